from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from mraru.errors import LabelStudioRefused, PredictionsNotStored
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Prediction, TaskText
from mraru.schema_records import LabelSchema

pytestmark = pytest.mark.label_studio

LABELS = ("A", "B")
ALIASED = (
    '<View><HyperText name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sports" alias="sp"/><Choice value="World news"/></Choices></View>'
)

ProjectMaker = Callable[..., int]


def schema_of(client: LabelStudioClient, project_id: int) -> LabelSchema:
    return parse_label_config(client.describe_project(project_id).label_config)


def task_ids(client: LabelStudioClient, project_id: int) -> list[int]:
    return [task.task_id for task in client.list_tasks(project_id, schema_of(client, project_id))]


def push(client: LabelStudioClient, project_id: int, scores: dict[int, float], version: str = "v1") -> int:
    schema = schema_of(client, project_id)
    predictions = [
        Prediction(task_id=task_id, label=schema.labels[0], score=score, model_version=version)
        for task_id, score in scores.items()
    ]
    return client.push_predictions(project_id, schema, predictions)


def test_a_project_is_described_as_its_webhooks_describe_it(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project = label_studio_client.describe_project(make_project([], LABELS))
    assert project.title == "A test's project"
    assert project.created_at.endswith("Z")
    assert (project.model_version, project.sampling) == (None, "Sequential sampling")


def test_tasks_are_listed_with_their_texts_across_pages(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mraru.labelstudio.api.task_pages.PAGE_SIZE", 2)
    texts = ["one <b>& two", "ünï", "", "four"]
    project_id = make_project(texts, LABELS)
    tasks = list(label_studio_client.list_tasks(project_id, schema_of(label_studio_client, project_id)))
    assert [task.text for task in tasks] == texts
    assert all(isinstance(task, TaskText) for task in tasks)


def test_a_project_that_is_not_there_is_refused_by_every_call(label_studio_client: LabelStudioClient) -> None:
    schema = parse_label_config(ALIASED)
    prediction = Prediction(task_id=1, label="sp", score=0.5, model_version="v1")
    for call in (
        lambda: label_studio_client.describe_project(999_999),
        lambda: list(label_studio_client.list_tasks(999_999, schema)),
        lambda: label_studio_client.list_annotations(999_999, schema),
        lambda: label_studio_client.push_predictions(999_999, schema, [prediction]),
        lambda: label_studio_client.count_predictions(999_999),
        lambda: list(label_studio_client.list_all_predictions(999_999, schema)),
        lambda: label_studio_client.list_backends(999_999),
    ):
        with pytest.raises(LabelStudioRefused, match="project 999999") as raised:
            call()
        assert raised.value.status == 404


def test_a_wrong_token_is_refused(label_studio_client: LabelStudioClient) -> None:
    with (
        LabelStudioClient(label_studio_client.url, "0" * 40, timeout_s=30) as client,
        pytest.raises(LabelStudioRefused, match="LABEL_STUDIO_API_KEY") as raised,
    ):
        client.describe_project(1)
    assert raised.value.status == 401
    assert "0" * 40 not in str(raised.value)


def test_pushed_predictions_are_stored_and_counted(
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    make_project: ProjectMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mraru.labelstudio.api.prediction_client.IMPORT_SIZE", 2)
    project_id = make_project(["x", "y", "z"], LABELS, ALIASED)
    ids = task_ids(label_studio_client, project_id)
    assert push(label_studio_client, project_id, dict.fromkeys(ids, 0.25)) == 3
    assert label_studio_client.count_predictions(project_id) == {"v1": 3}
    listed = label_studio_client.list_predictions(project_id, parse_label_config(ALIASED), ids)
    assert [(task_id, row.label, row.score) for task_id, rows in listed.items() for row in rows] == [
        (task_id, "sp", 0.25) for task_id in ids
    ]
    (stored,) = label_studio_sdk.predictions.list(task=ids[0])
    assert (stored.score, stored.model_version) == (0.25, "v1")
    assert stored.result[0]["value"] == {"choices": ["sp"]}


def test_labels_that_the_config_lacks_are_not_lost_silently(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x"], LABELS)
    stale = parse_label_config(ALIASED)  # as if the config had changed since
    prediction = Prediction(
        task_id=task_ids(label_studio_client, project_id)[0], label="sp", score=0.5, model_version="v1"
    )
    with pytest.raises(PredictionsNotStored, match="0 of 1"):
        label_studio_client.push_predictions(project_id, stale, [prediction])


def test_tasks_deleted_meanwhile_do_not_stop_the_others_predictions(
    label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio, make_project: ProjectMaker
) -> None:
    project_id = make_project(["x", "y", "z"], LABELS)
    ids = task_ids(label_studio_client, project_id)
    label_studio_sdk.tasks.delete(id=str(ids[1]))
    assert push(label_studio_client, project_id, dict.fromkeys(ids, 0.5)) == 2
    assert push(label_studio_client, project_id, {ids[1]: 0.5}, "v2") == 0
    assert label_studio_client.count_predictions(project_id) == {"v1": 2}


def test_the_label_stream_serves_the_lowest_score_first(
    label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio, make_project: ProjectMaker
) -> None:
    project_id = make_project([f"text {i}" for i in range(5)], LABELS)
    ids = task_ids(label_studio_client, project_id)
    scores = dict(zip(ids, (0.9, 0.2, 0.5, 0.1, 0.7), strict=True))
    push(label_studio_client, project_id, scores)
    assert label_studio_client.serve_lowest_score_first(project_id, "v1")
    assert not label_studio_client.serve_lowest_score_first(project_id, "v1")
    served = []
    for _ in ids:
        task = next_task(label_studio_sdk, project_id)
        assert [prediction["model_version"] for prediction in task["predictions"]] == ["v1"]
        served.append(task["id"])
        submit(label_studio_sdk, task["id"], "A")
    assert served == sorted(ids, key=scores.__getitem__)


def test_a_version_without_predictions_is_refused(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker
) -> None:
    with pytest.raises(LabelStudioRefused, match="Model version") as raised:
        label_studio_client.serve_lowest_score_first(make_project(["x"], LABELS), "never-pushed")
    assert raised.value.status == 400


def test_annotations_are_listed_and_those_made_from_predictions_are_not_human(
    label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio, make_project: ProjectMaker
) -> None:
    project_id = make_project([f"text {i}" for i in range(5)], LABELS)
    plain, prefilled, skipped, copied, saved_later = task_ids(label_studio_client, project_id)
    push(label_studio_client, project_id, dict.fromkeys((prefilled, copied, saved_later), 0.5))
    (prediction,) = label_studio_sdk.predictions.list(task=prefilled)
    submit(label_studio_sdk, plain, "B")
    submit(label_studio_sdk, prefilled, "B", parent_prediction=prediction.id)
    label_studio_sdk.annotations.create(skipped, result=[], was_cancelled=True, lead_time=1.0)
    copy_predictions(label_studio_sdk, project_id, [copied, saved_later])
    schema = schema_of(label_studio_client, project_id)
    by_task = {row.task_id: row for row in label_studio_client.list_annotations(project_id, schema)}
    label_studio_sdk.annotations.update(by_task[saved_later].annotation_id, lead_time=2.0)

    annotations = label_studio_client.list_annotations(project_id, schema)

    by_task = {row.task_id: row for row in annotations}
    assert len(annotations) == len(by_task) == 5
    assert {task for task, row in by_task.items() if row.is_gold} == {plain, prefilled, saved_later}
    assert by_task[plain].label == "B"
    assert by_task[prefilled].parent_prediction == prediction.id
    assert by_task[skipped].was_cancelled
    assert (by_task[copied].label, by_task[copied].is_human) == ("A", False)


def test_reading_annotations_page_by_page_finds_each_once_and_leaves_no_file(
    label_studio: Any,
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    second_member: LabelStudio,
    make_project: ProjectMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mraru.labelstudio.api.task_pages.PAGE_SIZE", 2)
    project_id = make_project([f"text {i}" for i in range(6)], LABELS)
    ids = task_ids(label_studio_client, project_id)
    submit(label_studio_sdk, ids[0], "A")
    submit(second_member, ids[0], "B")
    label_studio_sdk.annotations.create(ids[2], result=[], was_cancelled=True, lead_time=1.0)
    starred = label_studio_sdk.annotations.create(ids[4], result=[], ground_truth=True, lead_time=3.0)
    submit(label_studio_sdk, ids[5], "B")
    schema = schema_of(label_studio_client, project_id)
    before = kept_files(label_studio.folder)

    read = label_studio_client.list_annotations(project_id, schema)

    exported = b"".join(label_studio_sdk.projects.exports.download_sync(project_id, export_type="JSON"))
    assert read == [to_annotation(raw, schema) for task in json.loads(exported) for raw in task["annotations"]]
    assert [row.task_id for row in read] == [ids[0], ids[0], ids[2], ids[4], ids[5]]
    assert len({row.completed_by for row in read[:2]}) == 2
    assert [row.annotation_id for row in read if row.is_ground_truth] == [starred.id]
    assert kept_files(label_studio.folder) - before != set()  # an export leaves its files, which shows where to look
    before = kept_files(label_studio.folder)
    assert label_studio_client.list_annotations(project_id, schema) == read
    assert kept_files(label_studio.folder) == before


def test_pages_that_label_studio_cuts_shorter_lose_no_task(
    label_studio_client: LabelStudioClient, make_project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_id = make_project([f"text {i}" for i in range(5)], LABELS)
    schema = schema_of(label_studio_client, project_id)
    call = label_studio_client._call

    def cut(method: str, path: str, subject: str, body: Any = None, query: Any = None) -> object:
        return call(method, path, subject, body, {**query, "page_size": 2})  # as TASK_API_PAGE_SIZE_MAX=2 does

    monkeypatch.setattr(label_studio_client, "_call", cut)
    ids = [task.task_id for task in label_studio_client.list_tasks(project_id, schema)]
    assert len(ids) == 5
    assert label_studio_client.list_predictions(project_id, schema, ids).keys() == set(ids)


def kept_files(folder: Path) -> set[Path]:
    """What exports leave."""
    return {path for name in ("export", "media") for path in (folder / name).rglob("*") if path.is_file()}


def next_task(sdk: LabelStudio, project_id: int) -> dict[str, object]:
    """What an annotator of the label stream gets."""
    answer = sdk._client_wrapper.httpx_client.request(f"api/projects/{project_id}/next", method="GET")
    assert answer.is_success
    task: dict[str, object] = answer.json()
    return task


def submit(sdk: LabelStudio, task_id: int, label: str, parent_prediction: int | None = None) -> None:
    """What the editor sends when an annotator submits."""
    region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}
    sdk.annotations.create(
        task_id,
        result=[region],
        lead_time=2.5,
        request_options={"additional_body_parameters": {"parent_prediction": parent_prediction}},
    )


def copy_predictions(sdk: LabelStudio, project_id: int, task_ids: list[int]) -> None:
    """The Data Manager's "create annotations from predictions"."""
    answer = sdk._client_wrapper.httpx_client.request(
        f"api/dm/actions?id=predictions_to_annotations&project={project_id}",
        method="POST",
        json={"selectedItems": {"all": False, "included": task_ids}, "model_version": "v1"},
    )
    assert answer.is_success
