from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from fakes.clocks import HandClock
from mraru.errors import LabelStudioRefused
from mraru.labelstudio.api.label_studio_client import LOWEST_SCORE_FIRST, LabelStudioClient
from mraru.labelstudio.formats.data_manager_views import TITLES, TabKind, ViewContent
from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK, blind_mark
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.predictions.data_manager_tabs import KeptTabs, Tabs
from mraru.projects.predictions.model_versions import FINAL, teacher_version
from mraru.projects.predictions.prediction_writing import Writing, never
from mraru.projects.predictions.reconciling import Reconciling
from mraru.records import Prediction, TaskText, TeacherAnswer, TeacherIdentity
from mraru.store.store import Store, open_store

pytestmark = pytest.mark.label_studio

LABELS = ("A", "B")
TEACHER = TeacherIdentity(model="gpt-4.1-mini", prompt_version="p1")
OURS = [title for kind, title in TITLES.items() if kind is not TabKind.TIES]

ProjectMaker = Callable[..., int]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A project whose student is served, with its tabs and the people at work in it."""

    client: LabelStudioClient
    sdk: LabelStudio
    store: Store
    project_id: int
    task_ids: list[int]

    @property
    def tabs(self) -> Tabs:
        return Tabs(self.store, self.client, self.project_id)

    def push(
        self, round_number: int, scores: dict[int, float], *, differing: Sequence[int] = (), tied: Sequence[int] = ()
    ) -> None:
        """What a round pushes: the student's predictions, and those of the LLM about the first four tasks."""
        audited = set(self.store.audit_samples.list_task_ids(self.project_id))
        final = [
            Prediction(
                task_id=task_id,
                label="A",
                score=score,
                model_version=FINAL,
                marks=(
                    *(DISAGREEMENT_MARK,) * (task_id in differing),
                    *(TIE_MARK,) * (task_id in tied),
                    blind_mark(self.project_id, task_id, is_audited=task_id in audited),
                ),
            )
            for task_id, score in scores.items()
        ]
        of_teacher = [
            Prediction(task_id=task_id, label="B", score=None, model_version=teacher_version(TEACHER.model))
            for task_id in self.task_ids[:4]
        ]
        schema = parse_label_config(self.client.describe_project(self.project_id).label_config)
        reconciling = Reconciling(
            store=self.store,
            project_id=self.project_id,
            label_studio=self.client,
            schema=schema,
            clock=HandClock(),
            should_stop=never,
        )
        reconciling.check()
        Writing(
            store=self.store,
            project_id=self.project_id,
            label_studio=self.client,
            schema=schema,
            reconciling=reconciling,
            should_stop=never,
        ).write([*final, *of_teacher])
        self.client.serve_lowest_score_first(self.project_id, FINAL)
        self.store.projects.set_served(self.project_id, FINAL, round_number)

    def show(self, kind: TabKind) -> list[int]:
        """The tasks that a tab lists, in its order."""
        view_id = {view.content.title: view.view_id for view in self.client.list_views(self.project_id)}[TITLES[kind]]
        listed = self.request("GET", f"api/tasks?project={self.project_id}&view={view_id}&page_size=100")
        return [task["id"] for task in listed["tasks"]]

    def request(self, method: str, path: str, json: dict[str, Any] | None = None) -> Any:
        answer = self.sdk._client_wrapper.httpx_client.request(path, method=method, json=json)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def titles(self) -> list[str]:
        return [view.content.title for view in self.client.list_views(self.project_id)]

    def find(self, title: str) -> int:
        return next(view.view_id for view in self.client.list_views(self.project_id) if view.content.title == title)


@pytest.fixture
def desk(
    tmp_path: Path, label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio, make_project: ProjectMaker
) -> Iterator[Desk]:
    """Eight tasks: the LLM named B for the first four and the student A, on two of them out of doubt."""
    project_id = make_project([f"text {i}" for i in range(8)], LABELS)
    schema = parse_label_config(label_studio_client.describe_project(project_id).label_config)
    tasks = list(label_studio_client.list_tasks(project_id, schema))
    store = open_store(tmp_path / "mraru.sqlite3", HandClock())
    store.projects.connect(project_id, label_config="<View/>", hostname=None, access_token=None, backend_url=None)
    store.projects.start(project_id)
    store.tasks.save(project_id, tasks)
    store.audit_samples.add(project_id, "corpus", [task.text_hash for task in audit_of(tasks)], 1.0)
    for task in tasks[:4]:
        answer = TeacherAnswer(label="B", raw="B")
        store.teacher_labels.save(
            project_id, text_hash=task.text_hash, answer=answer, identity=TEACHER, round_number=1, at=1.0
        )
    yield Desk(
        client=label_studio_client,
        sdk=label_studio_sdk,
        store=store,
        project_id=project_id,
        task_ids=[task.task_id for task in tasks],
    )
    store.close()


def audit_of(tasks: Sequence[TaskText]) -> list[TaskText]:
    return [tasks[2], tasks[6]]


def scores_of(desk: Desk) -> dict[int, float]:
    """The later the task, the lower its score."""
    return {task_id: 0.9 - 0.1 * place for place, task_id in enumerate(desk.task_ids)}


@pytest.fixture
def pushed(desk: Desk) -> Desk:
    """The desk after its first round, on whose first and third task LLM and student disagree."""
    desk.push(1, scores_of(desk), differing=(desk.task_ids[0], desk.task_ids[2]))
    assert desk.tabs.keep() == KeptTabs(made=tuple(OURS))
    return desk


def label(sdk: LabelStudio, task_id: int) -> None:
    region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["B"]}}
    sdk.annotations.create(task_id, result=[region], lead_time=2.5)


def test_each_tab_lists_what_its_title_says_lowest_agreement_first(pushed: Desk) -> None:
    one, two, three, four, five, six, seven, eight = pushed.task_ids
    assert pushed.show(TabKind.REVIEW) == [three, one]
    assert sorted(pushed.show(TabKind.AUDIT)) == [three, seven]
    assert pushed.show(TabKind.LLM) == [four, three, two, one]
    assert pushed.show(TabKind.STUDENT) == [eight, seven, six, five]
    assert pushed.show(TabKind.CORRECTED) == []


def test_a_label_moves_a_task_at_once_a_skip_and_a_copied_prediction_do_not(pushed: Desk) -> None:
    one, two, three, *_, seven, eight = pushed.task_ids
    label(pushed.sdk, three)
    label(pushed.sdk, eight)
    pushed.sdk.annotations.create(one, result=[], was_cancelled=True, lead_time=1.0)
    body = {"selectedItems": {"all": False, "included": [two]}, "model_version": FINAL}
    pushed.request("POST", f"api/dm/actions?id=predictions_to_annotations&project={pushed.project_id}", json=body)
    assert pushed.show(TabKind.REVIEW) == [one]
    assert two not in pushed.show(TabKind.LLM)
    assert seven in pushed.show(TabKind.STUDENT)
    assert eight not in pushed.show(TabKind.STUDENT)
    assert pushed.show(TabKind.CORRECTED) == [eight, three]
    assert sorted(pushed.show(TabKind.AUDIT)) == [three, seven]


def test_the_review_tab_follows_the_rounds_without_being_changed(pushed: Desk) -> None:
    two, six = pushed.task_ids[1], pushed.task_ids[5]
    pushed.push(2, scores_of(pushed), differing=(two,))
    assert pushed.tabs.keep().changed == ()
    assert pushed.show(TabKind.REVIEW) == [two]
    assert six in pushed.show(TabKind.STUDENT)


def test_a_second_look_finds_nothing_to_do(pushed: Desk) -> None:
    before = pushed.client.list_views(pushed.project_id)
    assert pushed.tabs.keep() == KeptTabs(as_they_were=tuple(OURS))
    assert pushed.client.list_views(pushed.project_id) == before
    assert pushed.titles() == ["Default", *OURS]


def test_tabs_of_the_team_stay_where_and_as_they_are(desk: Desk) -> None:
    mine = desk.client.create_view(desk.project_id, ViewContent(title="Mine", ordering=("-tasks:id",)))
    desk.push(1, scores_of(desk))
    desk.tabs.keep()
    assert desk.titles() == ["Mine", *OURS]
    assert desk.client.list_views(desk.project_id)[0].view_id == mine
    assert desk.tabs.remove() == len(OURS)
    (left,) = desk.client.list_views(desk.project_id)
    assert left.content == ViewContent(title="Mine", ordering=("-tasks:id",))


def test_columns_widths_and_filters_of_the_team_survive_our_update(pushed: Desk) -> None:
    view_id = pushed.find(TITLES[TabKind.REVIEW])
    raw = pushed.request("GET", f"api/dm/views/{view_id}/")["data"]
    raw["columnsWidth"] = {"tasks:id": 321}
    raw["hiddenColumns"]["explore"] = ["tasks:total_predictions"]
    raw["filters"]["items"].append(
        {"filter": "filter:tasks:data.text", "operator": "contains", "type": "String", "value": "text 1"}
    )
    pushed.request("PATCH", f"api/dm/views/{view_id}/", json={"project": pushed.project_id, "data": raw})
    one, two = pushed.task_ids[:2]

    (written,) = (row for row in pushed.store.review_tabs.list_all(pushed.project_id) if row.kind == TabKind.REVIEW)
    former = replace(written, written=written.written.replace(DISAGREEMENT_MARK, "a former mark"))
    pushed.store.review_tabs.save(pushed.project_id, former)  # as if the definition had changed since
    raw["filters"]["items"][0]["value"] = "a former mark"
    pushed.request("PATCH", f"api/dm/views/{view_id}/", json={"project": pushed.project_id, "data": raw})
    pushed.push(2, scores_of(pushed), differing=(one, two))
    assert pushed.tabs.keep().changed == (TITLES[TabKind.REVIEW],)

    after = pushed.request("GET", f"api/dm/views/{view_id}/")["data"]
    assert after["columnsWidth"] == {"tasks:id": 321}
    assert after["hiddenColumns"]["explore"] == ["tasks:total_predictions"]
    assert pushed.show(TabKind.REVIEW) == [two]


def test_a_deleted_tab_comes_back_at_its_place_on_demand_alone(pushed: Desk) -> None:
    pushed.client.delete_view(pushed.project_id, pushed.find(TITLES[TabKind.LLM]))
    assert pushed.tabs.keep().deleted_by_team == (TITLES[TabKind.LLM],)
    assert pushed.tabs.restore() == 1
    assert pushed.tabs.keep().made == (TITLES[TabKind.LLM],)
    assert pushed.titles() == ["Default", *OURS]


def test_a_tab_that_is_gone_is_refused_clearly(desk: Desk) -> None:
    with pytest.raises(LabelStudioRefused, match="tab 999999") as raised:
        desk.client.change_view(desk.project_id, 999_999, ViewContent(title="Gone"))
    assert raised.value.status == 404


def next_task(sdk: LabelStudio, project_id: int) -> dict[str, Any]:
    answer = sdk._client_wrapper.httpx_client.request(f"api/projects/{project_id}/next", method="GET")
    assert answer.is_success, answer.text
    task: dict[str, Any] = answer.json()
    return task


def test_two_annotators_at_once_get_the_two_lowest_scores(pushed: Desk, second_member: LabelStudio) -> None:
    lowest_first = pushed.task_ids[::-1]
    for place in (0, 2, 4):
        mine, theirs = next_task(pushed.sdk, pushed.project_id)["id"], next_task(second_member, pushed.project_id)["id"]
        assert [mine, theirs] == lowest_first[place : place + 2]
        label(pushed.sdk, mine)
        label(second_member, theirs)


@pytest.fixture
def shared(pushed: Desk) -> Desk:
    """The desk, with every task for two people."""
    pushed.sdk.projects.update(pushed.project_id, maximum_annotations=2, sampling=LOWEST_SCORE_FIRST)
    description = pushed.client.describe_project(pushed.project_id)
    pushed.store.projects.describe(description)
    schema = parse_label_config(description.label_config)
    pushed.store.tasks.save(pushed.project_id, pushed.client.list_tasks(pushed.project_id, schema))
    return pushed


def versions_of(task: dict[str, Any]) -> list[str]:
    return [row["model_version"] for row in task["predictions"]]


def test_with_two_annotators_per_task_both_get_the_lowest_score_with_its_prediction(
    shared: Desk, second_member: LabelStudio
) -> None:
    for expected in shared.task_ids[:-4:-1]:
        for sdk in (shared.sdk, second_member):
            task = next_task(sdk, shared.project_id)
            assert task["id"] == expected
            assert versions_of(task) == [FINAL]
        label(shared.sdk, expected)
        label(second_member, expected)
    assert shared.show(TabKind.CORRECTED) == shared.task_ids[:-4:-1][::-1]


def test_a_half_labelled_task_stays_in_its_tabs_until_the_second_label(
    shared: Desk, second_member: LabelStudio
) -> None:
    one, three, eight = shared.task_ids[0], shared.task_ids[2], shared.task_ids[7]
    for task_id in (three, eight):
        label(shared.sdk, task_id)
    assert shared.show(TabKind.REVIEW) == [three, one]
    assert three in shared.show(TabKind.LLM)
    assert eight in shared.show(TabKind.STUDENT)
    for task_id in (three, eight):
        label(second_member, task_id)
    assert shared.show(TabKind.REVIEW) == [one]
    assert three not in shared.show(TabKind.LLM)
    assert eight not in shared.show(TabKind.STUDENT)


def test_ties_have_a_tab_of_their_own_last_completed_first(shared: Desk, second_member: LabelStudio) -> None:
    *_, six, seven = shared.task_ids[:7]
    for task_id in (six, seven):
        label(shared.sdk, task_id)
        label(second_member, task_id)
    shared.push(2, scores_of(shared), tied=(six, seven))
    assert shared.tabs.keep().made == (TITLES[TabKind.TIES],)
    assert shared.titles()[1:3] == [TITLES[TabKind.REVIEW], TITLES[TabKind.TIES]]
    assert shared.show(TabKind.TIES) == [seven, six]
    shared.push(3, scores_of(shared), tied=(six,))
    assert shared.tabs.keep().changed == ()
    assert shared.show(TabKind.TIES) == [six]


def test_label_studio_and_we_count_the_same_tasks_as_open(shared: Desk, second_member: LabelStudio) -> None:
    one, two, three, four = shared.task_ids[:4]
    label(shared.sdk, one)
    label(shared.sdk, two)
    label(shared.sdk, two)  # by the same person again
    label(shared.sdk, three)
    label(second_member, three)
    shared.sdk.annotations.create(four, result=[], was_cancelled=True, lead_time=1.0)
    schema = parse_label_config(shared.client.describe_project(shared.project_id).label_config)
    shared.store.annotations.replace_all(
        shared.project_id, shared.client.list_annotations(shared.project_id, schema), 1.0
    )
    done = shared.request("GET", f"api/tasks?project={shared.project_id}&page_size=100&fields=task_only")["tasks"]
    assert [task["id"] for task in done if task["is_labeled"]] == [three]
    opened = [task_id for task_id, _ in shared.store.tasks.list_open(shared.project_id)]
    assert opened == [task_id for task_id in shared.task_ids if task_id != three]
    assert [task_id for task_id, _ in shared.store.tasks.list_begun(shared.project_id)] == [one, two, four]
