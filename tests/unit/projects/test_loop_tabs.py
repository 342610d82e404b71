from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.label_studio import LABELS
from fakes.label_studio_views import FakeViews
from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.errors import LabelStudioUnreachable
from mraru.labelstudio.formats.data_manager_views import TITLES, TabKind, ViewContent
from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK, audit_code
from mraru.projects.predictions.data_manager_tabs import WARNING_CODE, Tabs
from mraru.records import HeldPrediction
from mraru.store.projects.project_repository import ProjectState

pytestmark = pytest.mark.slow

MINE = ViewContent(title="Mine")
OURS = [title for kind, title in TITLES.items() if kind is not TabKind.TIES]

MakeBench = Callable[..., LoopBench]


@pytest.fixture
def bench(make_bench: MakeBench) -> LoopBench:
    """A project that keeps its tabs, before its first round."""
    bench = make_bench(audit_share=0.2)
    bench.views = FakeViews()
    bench.restart()
    bench.start()
    return bench


def views_of(bench: LoopBench) -> FakeViews:
    assert bench.views is not None
    return bench.views


def tabs_of(bench: LoopBench) -> Tabs:
    return Tabs(bench.store, views_of(bench), PROJECT)


def run_one_more_round(bench: LoopBench) -> None:
    bench.set_options(max_rounds=(bench.settings.max_rounds or 0) + 1)
    bench.store.projects.start(PROJECT)
    bench.run()


def review_filter(bench: LoopBench) -> object:
    content = views_of(bench).contents[views_of(bench).find(TITLES[TabKind.REVIEW])]
    return next(item.value for item in content.filters if item.column.endswith("predictions_results"))


def test_tabs_are_made_once_after_a_default_one(bench: LoopBench) -> None:
    bench.run()
    assert views_of(bench).titles == ["Default", *OURS]
    assert views_of(bench).calls.count("create_view") == 6


def test_tabs_of_the_team_stay_before_ours_and_untouched(bench: LoopBench) -> None:
    views = views_of(bench)
    mine = views.create_view(PROJECT, MINE)
    bench.run()
    assert views.titles == ["Mine", *OURS]
    assert views.contents[mine] == MINE


def test_no_round_changes_a_tab(bench: LoopBench) -> None:
    bench.run()
    contents = dict(views_of(bench).contents)
    n_rounds = len(bench.store.rounds.list_all(PROJECT))
    run_one_more_round(bench)
    assert len(bench.store.rounds.list_all(PROJECT)) == n_rounds + 1
    assert views_of(bench).contents == contents


def test_nothing_is_written_where_nothing_is_other_than_before(bench: LoopBench) -> None:
    bench.run()
    views_of(bench).calls.clear()
    kept = tabs_of(bench).keep()
    assert views_of(bench).calls == ["list_views"]
    assert (kept.made, kept.changed, list(kept.as_they_were)) == ((), (), OURS)


def test_a_tab_that_the_team_deleted_is_made_again_on_demand_alone(bench: LoopBench) -> None:
    bench.run()
    views, title = views_of(bench), TITLES[TabKind.LLM]
    views.delete_view(PROJECT, views.find(title))
    run_one_more_round(bench)
    assert title not in views.titles
    assert tabs_of(bench).keep().deleted_by_team == (title,)

    tabs_of(bench).restore()
    assert tabs_of(bench).keep().made == (title,)
    assert views.titles == ["Default", *OURS]


def test_what_the_team_changed_in_a_tab_of_ours_survives_the_next_round(bench: LoopBench) -> None:
    bench.run()
    views_of(bench).change_by_hand(TITLES[TabKind.REVIEW], title="Look here", ordering=("tasks:id",))
    run_one_more_round(bench)
    content = views_of(bench).contents[views_of(bench).find("Look here")]
    assert content.ordering == ("tasks:id",)
    assert content.filters[0].value == DISAGREEMENT_MARK


def test_disagreements_and_nothing_else_are_marked(bench: LoopBench) -> None:
    bench.teacher.answer = lambda text: LABELS[0]  # the simulated teacher is wrong about two classes
    bench.set_options(audit_share=0.0)
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    said = {row.text_hash: row.label for row in bench.store.teacher_labels.list_all(PROJECT)}
    hash_of = dict(bench.store.tasks.list_open(PROJECT))
    marked = {task_id for task_id, prediction in served.items() if DISAGREEMENT_MARK in prediction.marks}
    differing = {
        task_id
        for task_id, prediction in served.items()
        if hash_of[task_id] in said and said[hash_of[task_id]] != prediction.label
    }
    assert marked == differing


def test_texts_that_the_llm_named_no_label_for_count_as_disagreements(bench: LoopBench) -> None:
    bench.teacher.answer = lambda text: None if text.endswith("0") else text.split()[0]
    bench.run()
    unnamed = {row.text_hash for row in bench.store.teacher_labels.list_all(PROJECT) if row.label is None}
    assert unnamed
    hash_of = dict(bench.store.tasks.list_open(PROJECT))
    mark = DISAGREEMENT_MARK
    served = bench.label_studio.of_version(bench.project.served_version)
    assert all(mark in served[task_id].marks for task_id in served if hash_of[task_id] in unnamed)


def test_a_text_on_which_people_are_split_gets_its_tab_until_somebody_decides(bench: LoopBench) -> None:
    bench.run()
    views, title = views_of(bench), TITLES[TabKind.TIES]
    bench.correct(1, "sport", annotation_id=101, completed_by=1)
    bench.correct(1, "food", annotation_id=102, completed_by=2)
    bench.clock.advance(61)
    bench.run()
    assert views.titles[1:3] == [TITLES[TabKind.REVIEW], title]
    (tie_filter,) = views.contents[views.find(title)].filters
    assert tie_filter.value == TIE_MARK
    assert list_tied(bench) == [1]

    bench.correct(1, "food", annotation_id=103, completed_by=3)
    bench.clock.advance(61)
    bench.run()
    assert title in views.titles
    assert list_tied(bench) == []


def list_tied(bench: LoopBench) -> list[int]:
    return [row.task_id for row in bench.label_studio.predictions if TIE_MARK in row.marks]


def is_audited(prediction: HeldPrediction) -> bool:
    return audit_code(PROJECT) in prediction.marks[-1]


def test_the_tab_of_ties_comes_back_on_demand(bench: LoopBench) -> None:
    bench.run()
    bench.correct(1, "sport", annotation_id=101, completed_by=1)
    bench.correct(1, "food", annotation_id=102, completed_by=2)
    bench.clock.advance(61)
    bench.run()
    views, title = views_of(bench), TITLES[TabKind.TIES]
    views.delete_view(PROJECT, views.find(title))
    assert tabs_of(bench).keep().deleted_by_team == (title,)
    assert tabs_of(bench).restore() == 1
    assert tabs_of(bench).keep().made == (title,)


def test_without_tabs_no_prediction_is_written_for_a_mark_alone(bench: LoopBench) -> None:
    bench.views = None
    bench.restart()
    bench.run()
    bench.correct(1, "sport", annotation_id=101, completed_by=1)
    bench.correct(1, "food", annotation_id=102, completed_by=2)
    bench.clock.advance(61)
    bench.run()
    assert list_tied(bench) == []


def test_where_several_people_label_a_task_the_tab_of_ties_waits_for_them(bench: LoopBench) -> None:
    bench.label_studio.overlap = 2
    bench.run()
    assert views_of(bench).titles == ["Default", *TITLES.values()]


def test_tasks_of_the_audit_sample_are_marked(bench: LoopBench) -> None:
    bench.run()
    sample = set(bench.store.audit_samples.list_task_ids(PROJECT))
    assert sample
    served = bench.label_studio.of_version(bench.project.served_version)
    assert {task_id for task_id, prediction in served.items() if is_audited(prediction)} == sample & set(served)


def test_what_was_labelled_before_it_was_drawn_for_the_audit_is_marked_too(make_bench: MakeBench) -> None:
    bench = make_bench(audit_share=0.2)
    bench.views = FakeViews()
    bench.restart()
    bench.start()
    for task_id in range(1, 41):
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    bench.run()
    sample = set(bench.store.audit_samples.list_task_ids(PROJECT))
    served = bench.label_studio.of_version(bench.project.served_version)
    assert sample & set(range(1, 41))
    assert {task_id for task_id, row in served.items() if is_audited(row)} == sample
    bench.clock.advance(61)
    run_one_more_round(bench)
    drawn = set(bench.store.audit_samples.list_task_ids(PROJECT))
    served = bench.label_studio.of_version(bench.project.served_version)
    assert {task_id for task_id, row in served.items() if is_audited(row)} == drawn
    assert set(served) & set(range(1, 41)) == drawn & set(range(1, 41))  # of those that are labelled, no others


def test_once_all_is_labelled_the_audits_tab_holds_all_that_was_drawn(make_bench: MakeBench) -> None:
    """Of what people labelled, hundreds may be drawn at once: far more than one push changes."""
    bench = make_bench(n_texts=260, audit_share=0.2, max_rounds=1)
    bench.views = FakeViews()
    bench.restart()
    bench.start()
    bench.run()
    for task_id in range(1, 261):
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    bench.clock.advance(61)
    bench.run()
    drawn = set(bench.store.audit_samples.list_task_ids(PROJECT))
    served = bench.label_studio.of_version(bench.project.served_version)
    assert len(drawn) > 200
    assert {task_id for task_id, row in served.items() if is_audited(row)} == drawn


def test_without_an_audit_there_is_no_tab_for_it(bench: LoopBench) -> None:
    bench.set_options(audit_share=0.0)
    bench.run()
    assert TITLES[TabKind.AUDIT] not in views_of(bench).titles


def test_a_failure_is_a_warning_that_stops_no_round_and_is_withdrawn(bench: LoopBench) -> None:
    def refuse(name: str) -> None:
        if name == "list_views":
            raise LabelStudioUnreachable("Label Studio is gone")

    views_of(bench).before_call = refuse
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert len(bench.store.rounds.list_all(PROJECT)) > 1
    (warning,) = [row for row in bench.store.warnings.list_all(PROJECT) if row.code == WARNING_CODE]
    assert "Label Studio is gone" in warning.message
    views_of(bench).before_call = lambda name: None
    run_one_more_round(bench)
    assert WARNING_CODE not in [row.code for row in bench.store.warnings.list_all(PROJECT)]
    assert views_of(bench).titles == ["Default", *OURS]


def test_a_tab_made_just_before_a_crash_is_not_made_twice(bench: LoopBench) -> None:
    def crash(name: str) -> None:
        if name == "after create_view" and len(views_of(bench).contents) == 3:
            views_of(bench).before_call = lambda name: None
            raise LabelStudioUnreachable("the answer was lost")

    views_of(bench).before_call = crash
    bench.run()
    run_one_more_round(bench)
    assert sorted(views_of(bench).titles) == sorted(["Default", *OURS])


def test_tabs_of_an_earlier_store_are_taken_over_and_brought_up_to_date(bench: LoopBench) -> None:
    bench.run()
    bench.store.review_tabs.forget(PROJECT, list(TabKind))
    views = views_of(bench)
    views.change_by_hand(TITLES[TabKind.REVIEW], filters=stale_filters(bench))
    tabs_of(bench).keep()
    assert views.titles == ["Default", *OURS]
    assert review_filter(bench) == DISAGREEMENT_MARK


def stale_filters(bench: LoopBench) -> tuple[object, ...]:
    content = views_of(bench).contents[views_of(bench).find(TITLES[TabKind.REVIEW])]
    return (replace(content.filters[0], value="mraru-logreg-r000:disagreement"), *content.filters[1:])


def test_a_tab_of_the_team_with_our_title_is_theirs(bench: LoopBench) -> None:
    views = views_of(bench)
    theirs = views.create_view(PROJECT, ViewContent(title=TITLES[TabKind.CORRECTED]))
    bench.run()
    assert views.contents[theirs] == ViewContent(title=TITLES[TabKind.CORRECTED])
    assert views.titles.count(TITLES[TabKind.CORRECTED]) == 2


def test_removing_takes_out_ours_alone(bench: LoopBench) -> None:
    views = views_of(bench)
    views.create_view(PROJECT, MINE)
    bench.run()
    views.delete_view(PROJECT, views.find(TITLES[TabKind.LLM]))
    assert tabs_of(bench).remove() == 4
    assert views.titles == ["Mine"]


def test_what_was_removed_comes_back_and_what_the_team_deleted_does_not(bench: LoopBench) -> None:
    bench.run()
    views = views_of(bench)
    views.delete_view(PROJECT, views.find(TITLES[TabKind.LLM]))
    before = views.titles
    tabs_of(bench).remove()
    bench.store.projects.disconnect(PROJECT)
    assert tabs_of(bench).keep().made == ()
    kept = tabs_of(bench).keep(is_starting=True)  # connected again
    assert views.titles == before
    assert kept.deleted_by_team == (TITLES[TabKind.LLM],)


def test_a_zero_shot_teacher_is_named_until_an_llm_takes_its_place(bench: LoopBench) -> None:
    bench.teacher.identity = replace(bench.teacher.identity, is_zero_shot=True)
    bench.run()
    assert "Open, labelled by zero-shot" in views_of(bench).titles
    bench.teacher.identity = replace(bench.teacher.identity, is_zero_shot=False)
    run_one_more_round(bench)
    assert views_of(bench).titles == ["Default", *OURS]


def test_before_the_first_push_nothing_is_asked(bench: LoopBench) -> None:
    assert tabs_of(bench).keep().made == ()
    assert views_of(bench).calls == []


def test_a_project_that_was_disconnected_meanwhile_gets_no_tabs(bench: LoopBench) -> None:
    bench.run()
    tabs_of(bench).remove()
    bench.store.projects.disconnect(PROJECT)
    assert tabs_of(bench).keep().made == ()
    assert views_of(bench).titles == ["Default"]
