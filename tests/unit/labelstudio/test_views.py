from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.labelstudio.api.view_json import read_content, read_view, to_json
from mraru.labelstudio.formats.data_manager_views import (
    SHOWN,
    TITLES,
    TabKind,
    ViewContent,
    ViewFilter,
    define_tabs,
    hidden_columns,
    merge_content,
    place_new,
)
from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK, audit_code, blind_mark

LANGUAGE = ViewFilter(column="filter:tasks:data.lang", operator="equal", type="String", value="en")


def definitions(teacher_versions: tuple[str, ...] = ("mraru-gpt",)) -> dict[TabKind, ViewContent]:
    tabs = define_tabs(project_id=1, teacher_versions=teacher_versions, has_audit=True, has_ties=True)
    return {tab.kind: tab.content for tab in tabs}


def test_every_tab_has_its_title_and_none_is_left_out_where_all_can_be_told() -> None:
    assert {kind: content.title for kind, content in definitions().items()} == TITLES


def test_without_an_audit_ties_or_an_llm_their_tabs_are_left_out() -> None:
    tabs = define_tabs(project_id=1, teacher_versions=[], has_audit=False)
    assert [tab.kind for tab in tabs] == [TabKind.REVIEW, TabKind.STUDENT, TabKind.CORRECTED]
    assert [item.operator for item in tabs[1].content.filters] == ["greater", "empty"]


def test_the_built_in_teacher_is_not_called_an_llm() -> None:
    tabs = define_tabs(project_id=1, teacher_versions=["mraru-zero-shot"], has_audit=True, teacher="zero-shot")
    titles = [tab.content.title for tab in tabs]
    assert titles[0] == "Review: zero-shot and student disagree"
    assert not any("LLM" in title for title in titles)


def test_tabs_ask_only_what_label_studios_own_screens_can_show() -> None:
    known_there = {"equal", "not_equal", "less", "greater", "in", "not_in", "empty", "contains", "not_contains"}
    for content in definitions().values():
        assert {item.operator for item in content.filters} <= known_there
        assert len(content.filters) <= 3
        assert content.conjunction == "and"


def test_a_further_llm_changes_the_tabs_that_go_by_who_labelled_alone() -> None:
    before, after = definitions(), definitions(("mraru-gpt", "mraru-other"))
    assert {kind for kind in TabKind if before[kind] != after[kind]} == {TabKind.LLM, TabKind.STUDENT}


def test_no_mark_is_found_in_another() -> None:
    marks = [DISAGREEMENT_MARK, TIE_MARK, audit_code(1)]
    assert not any(one in other for one in marks for other in marks if one is not other)


def test_the_audits_tasks_are_found_and_look_like_all_others() -> None:
    code = audit_code(1)
    audited = [blind_mark(1, task_id, is_audited=True) for task_id in range(500)]
    others = [blind_mark(1, task_id, is_audited=False) for task_id in range(500)]
    assert all(code in mark for mark in audited)
    assert not any(code in mark for mark in others)
    assert len(set(audited)) == len(set(others)) == 500  # none is told by being equal to another
    assert {len(mark) for mark in [*audited, *others]} == {10}
    assert len({mark.index(code) for mark in audited}) > 3


def test_nobody_sees_a_score_in_the_audit_before_labelling() -> None:
    assert "tasks:predictions_score" in hidden_columns([])["explore"]
    assert "tasks:predictions_score" not in hidden_columns(["predictions_score"])["explore"]


@pytest.mark.parametrize("kind", list(TabKind))
def test_opinions_take_the_place_of_columns_that_are_empty_for_open_tasks(kind: TabKind) -> None:
    hidden = hidden_columns(SHOWN[kind])["explore"]
    shows_opinions = "tasks:predictions_results" not in hidden
    assert shows_opinions == (kind in (TabKind.REVIEW, TabKind.LLM, TabKind.STUDENT))
    assert ("tasks:completed_at" in hidden) == ("tasks:annotators" in hidden) == shows_opinions


@pytest.mark.parametrize("kind", list(TabKind))
def test_a_tab_survives_the_way_to_label_studio_and_back(kind: TabKind) -> None:
    content = definitions()[kind]
    assert read_content(to_json(content)) == content


def test_what_label_studios_screens_write_is_read_as_the_same() -> None:
    content = definitions()[TabKind.LLM]
    shown = to_json(content)
    shown |= {"columnsWidth": {}, "hiddenColumns": {"explore": []}, "gridWidth": 4}
    shown["filters"] = {
        "conjunction": "and",
        "items": [{**item, "child_filter": None} for item in shown["filters"]["items"]],  # type: ignore[index]
    }
    assert read_view({"id": 3, "data": shown}).content == content


def test_a_filter_with_one_below_it_is_kept_whole() -> None:
    content = ViewContent(title="Theirs", filters=(replace(LANGUAGE, child=replace(LANGUAGE, value=["de", [1]])),))
    assert read_content(to_json(content)).filters[0].child == replace(LANGUAGE, value=("de", (1,)))


def test_a_tab_without_anything_is_read_as_empty() -> None:
    assert read_view({"id": 3, "data": {"ordering": {}, "filters": None}}).content == ViewContent(title="")
    assert read_view({"id": 3, "data": None}).content == ViewContent(title="")


class TestMerging:
    new = definitions()[TabKind.REVIEW]
    old = replace(new, filters=(replace(new.filters[0], value="another mark"), *new.filters[1:]))

    def merge(self, current: ViewContent) -> ViewContent:
        return merge_content(wanted=self.new, written=self.old, current=current)

    def test_an_untouched_tab_becomes_what_is_wanted(self) -> None:
        assert self.merge(self.old) == self.new

    def test_the_teams_title_and_ordering_stay(self) -> None:
        theirs = replace(self.old, title="Look here", ordering=("tasks:id",))
        assert self.merge(theirs) == replace(self.new, title="Look here", ordering=("tasks:id",))

    def test_the_teams_own_filter_stays_beside_ours(self) -> None:
        theirs = replace(self.old, filters=(LANGUAGE, *self.old.filters))
        assert self.merge(theirs).filters == (LANGUAGE, *self.new.filters)

    def test_a_filter_of_ours_that_the_team_took_out_stays_out(self) -> None:
        assert self.merge(replace(self.old, filters=self.old.filters[:1])).filters == self.new.filters[:1]

    def test_a_filter_of_ours_that_the_team_changed_stays_as_they_made_it(self) -> None:
        changed = replace(self.old.filters[0], value="mraru:")
        theirs = replace(self.old, filters=(changed, self.old.filters[1]))
        assert self.merge(theirs).filters == (changed, self.new.filters[1])

    def test_a_filter_that_the_definition_gained_is_added_and_one_that_it_lost_goes(self) -> None:
        gained = replace(self.new, filters=(LANGUAGE,))
        assert merge_content(wanted=gained, written=self.old, current=self.old).filters == (LANGUAGE,)

    def test_what_asks_the_same_otherwise_is_left_out_where_the_team_took_the_former_back(self) -> None:
        former = ViewFilter(column="filter:tasks:total_annotations", operator="equal", type="Number", value=0)
        written = replace(self.old, filters=(self.old.filters[0], former))
        assert merge_content(wanted=self.new, written=written, current=written) == self.new
        removed = replace(written, filters=written.filters[:1])
        assert merge_content(wanted=self.new, written=written, current=removed).filters == self.new.filters[:1]
        theirs = replace(former, value=3)
        changed = replace(written, filters=(written.filters[0], theirs))
        assert merge_content(wanted=self.new, written=written, current=changed).filters == (self.new.filters[0], theirs)

    def test_a_mark_of_another_kind_is_the_teams_own(self) -> None:
        (tie,) = definitions()[TabKind.TIES].filters
        theirs = replace(self.old, filters=(*self.old.filters, tie))
        assert self.merge(theirs).filters == (*self.new.filters, tie)


def test_new_tabs_stand_among_ours_or_at_the_end() -> None:
    assert place_new([1, 2], [5, 6]) == [1, 2, 5, 6]
    assert place_new([1, 5, 7, 2], [5, 6, 7]) == [1, 5, 6, 7, 2]
    assert place_new([1, 7, 2], [5, 7]) == [1, 5, 7, 2]
    assert place_new([2, 7, 5], [5, 6, 7]) == [2, 7, 5, 6]
