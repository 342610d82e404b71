"""What becomes of predictions that are changed in place or deleted, of the stream, and of what began with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from e2e.annotator import Annotator, label_of
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import HeldPrediction, Prediction
from mraru.schema_records import LabelSchema

pytestmark = pytest.mark.label_studio

LABELS = ("A", "B")
NOTE_TAG = '<TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/></View>'

ProjectMaker = Callable[..., int]


class Bench:
    """A project of five tasks with a prediction each, the lowest score last."""

    def __init__(self, client: LabelStudioClient, sdk: LabelStudio, project_id: int) -> None:
        self.client = client
        self.sdk = sdk
        self.project_id = project_id
        self.annotator = Annotator(sdk, project_id)
        self.schema: LabelSchema = parse_label_config(client.describe_project(project_id).label_config)
        self.task_ids = [task.task_id for task in client.list_tasks(project_id, self.schema)]
        listed = [self.wanted(task_id, score=0.9 - 0.1 * place) for place, task_id in enumerate(self.task_ids)]
        client.push_predictions(project_id, self.schema, listed)
        client.serve_lowest_score_first(project_id, "mraru")

    def wanted(self, task_id: int, **changes: Any) -> Prediction:
        fields = {"label": "A", "score": 0.5, "model_version": "mraru", "note": "Why.", "marks": ("one", "two")}
        return Prediction(task_id=task_id, **{**fields, **changes})

    def held(self, task_id: int) -> list[HeldPrediction]:
        return self.client.list_predictions(self.project_id, self.schema, [task_id])[task_id]

    def change(self, task_id: int, **changes: Any) -> bool:
        (held,) = self.held(task_id)
        return self.client.change_prediction(self.schema, held.prediction_id, self.wanted(task_id, **changes))


@pytest.fixture
def bench(label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio, make_project: ProjectMaker) -> Bench:
    choices = "".join(f'<Choice value="{label}"/>' for label in LABELS)
    config = f'<View><Text name="text" value="$text"/><Choices name="label" toName="text">{choices}</Choices>{NOTE_TAG}'
    project_id = make_project([f"text {number}" for number in range(5)], LABELS, config)
    return Bench(label_studio_client, label_studio_sdk, project_id)


def test_a_prediction_is_read_as_it_was_written(bench: Bench) -> None:
    (held,) = bench.held(bench.task_ids[0])
    assert (held.label, held.note, held.marks, held.model_version) == ("A", "Why.", ("one", "two"), "mraru")
    assert held.score == pytest.approx(0.9)


def test_a_prediction_that_is_changed_in_place_is_served_by_its_new_score_with_its_new_label(bench: Bench) -> None:
    first, *_, last = bench.task_ids
    (before,) = bench.held(first)
    assert bench.change(first, label="B", score=0.01)
    served = bench.annotator.next_task()
    assert served["id"] == first
    (prediction,) = served["predictions"]
    assert (prediction["id"], label_of(prediction), prediction["score"]) == (before.prediction_id, "B", 0.01)
    bench.annotator.submit(first, "B", parent_prediction=before.prediction_id)
    assert bench.annotator.next_task()["id"] == last


def test_a_former_name_is_changed_in_place_too(bench: Bench) -> None:
    task_id = bench.task_ids[0]
    bench.change(task_id, model_version="mraru-logreg-r007")
    (former,) = bench.held(task_id)
    assert former.model_version == "mraru-logreg-r007"
    bench.change(task_id)
    (renamed,) = bench.held(task_id)
    assert (renamed.prediction_id, renamed.model_version) == (former.prediction_id, "mraru")


def test_whoever_began_with_a_prediction_submits_after_it_was_changed_but_not_after_it_was_deleted(
    bench: Bench,
) -> None:
    changed, deleted = bench.task_ids[:2]
    (of_changed,), (of_deleted,) = bench.held(changed), bench.held(deleted)
    bench.change(changed, label="B")
    annotation_id = bench.annotator.submit(changed, "A", parent_prediction=of_changed.prediction_id)
    assert bench.sdk.annotations.get(annotation_id).parent_prediction == of_changed.prediction_id
    bench.client.delete_prediction(of_deleted.prediction_id)
    with pytest.raises(ApiError) as refused:  # why predictions are changed in place
        bench.annotator.submit(deleted, "A", parent_prediction=of_deleted.prediction_id)
    assert refused.value.status_code == 400


def test_predictions_are_made_changed_and_deleted_singly_and_what_is_gone_is_told(bench: Bench) -> None:
    task_id = bench.task_ids[0]
    made = bench.client.create_prediction(bench.schema, bench.wanted(task_id, model_version="mraru-llm", score=None))
    assert made is not None
    assert {row.model_version: row.score for row in bench.held(task_id)}["mraru-llm"] is None
    bench.client.delete_prediction(made)
    bench.client.delete_prediction(made)  # a second time does no harm
    assert [row.model_version for row in bench.held(task_id)] == ["mraru"]
    assert not bench.client.change_prediction(bench.schema, made, bench.wanted(task_id))
    bench.sdk.tasks.delete(id=str(task_id))
    assert bench.client.create_prediction(bench.schema, bench.wanted(task_id)) is None
    assert bench.client.list_predictions(bench.project_id, bench.schema, bench.task_ids).keys() == {*bench.task_ids[1:]}


def test_all_are_listed_page_by_page_and_many_by_several_requests(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mraru.labelstudio.api.task_pages.PAGE_SIZE", 2)
    monkeypatch.setattr("mraru.labelstudio.api.prediction_client.LOOK_SIZE", 2)
    pages = list(bench.client.list_all_predictions(bench.project_id, bench.schema))
    assert [task_id for page in pages for task_id in page] == bench.task_ids
    assert [len(page) for page in pages] == [2, 2, 1]
    monkeypatch.setattr("mraru.labelstudio.api.task_pages.PAGE_SIZE", 5)
    assert len(list(bench.client.list_all_predictions(bench.project_id, bench.schema))) == 1  # the last one is full
    listed = bench.client.list_predictions(bench.project_id, bench.schema, bench.task_ids)
    assert sorted(listed) == bench.task_ids


def test_what_a_machine_made_of_our_prediction_is_told_after_the_prediction_is_deleted(bench: Bench) -> None:
    first, second = bench.task_ids[:2]
    bench.annotator.copy_predictions([first, second], "mraru")
    (held,) = bench.held(first)
    assert bench.client.list_parents(first) == {held.prediction_id}
    assert bench.client.list_parents(bench.task_ids[2]) == set()
    bench.client.delete_prediction(held.prediction_id)
    by_task = {row.task_id: row for row in bench.client.list_annotations(bench.project_id, bench.schema)}
    assert by_task[first].parent_prediction is None
    assert not by_task[first].is_human
    assert not by_task[second].is_human
