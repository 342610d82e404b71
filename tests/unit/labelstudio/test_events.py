from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mraru.errors import EventInvalid
from mraru.labelstudio.formats.webhook_events import EventKind, WebhookEvent, parse_event
from mraru.records import TaskText

RECORDED = Path(__file__).parents[2] / "fixtures" / "label_studio"


def recorded(name: str) -> dict[str, Any]:
    """The body of a request that Label Studio 1.23.2 really sent."""
    body = json.loads((RECORDED / f"webhook_{name}.json").read_text())["body"]
    assert isinstance(body, dict)
    return body


def parsed(name: str) -> WebhookEvent:
    return parse_event(recorded(name))


def test_every_recorded_event_names_its_project_and_schema() -> None:
    names = [path.stem.removeprefix("webhook_") for path in RECORDED.glob("webhook_*.json")]
    assert {name.upper() for name in names} == set(EventKind) - {EventKind.UNKNOWN}
    for name in names:
        event = parsed(name)
        assert event.kind == event.action == name.upper()
        assert (event.project_id, event.project_created_at) == (2, "2026-11-24T08:16:22.364673Z")
        assert event.schema is not None
        assert event.schema.labels == ("A", "B")


def test_a_persons_submit_of_a_prefilled_form_is_gold_and_keeps_its_prediction() -> None:
    event = parsed("annotation_created")
    (annotation,) = event.annotations
    assert annotation.is_human
    assert annotation.is_gold
    assert (annotation.annotation_id, annotation.task_id, annotation.label) == (1, 7, "A")
    assert (annotation.parent_prediction, annotation.lead_time_s, annotation.completed_by) == (6, 3.2, 1)
    assert event.tasks == (TaskText(task_id=7, text="text 0"),)


def test_a_skip_is_no_gold() -> None:
    body = recorded("annotation_created")
    body["annotation"] |= {"was_cancelled": True, "result": []}
    (annotation,) = parse_event(body).annotations
    assert annotation.was_cancelled
    assert not annotation.is_gold


def test_annotations_made_from_predictions_are_not_human() -> None:
    (annotation,) = parsed("annotations_created").annotations
    assert annotation.label == "B"
    assert not annotation.is_human
    assert not annotation.is_gold


def test_deletions_give_ids_alone() -> None:
    assert parsed("annotations_deleted").deleted_annotation_ids == (1,)
    assert parsed("tasks_deleted").deleted_task_ids == (10,)
    assert parsed("tasks_deleted").tasks == ()


def test_new_tasks_come_with_their_texts() -> None:
    assert parsed("tasks_created").tasks == (TaskText(task_id=11, text="late"),)


def test_a_config_that_is_not_ours_leaves_labels_and_texts_unread() -> None:
    body = recorded("annotation_created")
    body["project"]["label_config"] = "<View/>"
    event = parse_event(body)
    assert event.schema is None
    assert event.tasks == ()
    assert event.annotations[0].label is None


def test_an_unknown_action_is_kept_as_it_came() -> None:
    event = parse_event({"action": "LABEL_LINK_CREATED", "project": {"id": 3}})
    assert (event.kind, event.action, event.project_id) == (EventKind.UNKNOWN, "LABEL_LINK_CREATED", 3)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"action": 3, "project": {"id": 1}},
        {"action": "PROJECT_UPDATED"},
        {"action": "PROJECT_UPDATED", "project": {}},
        {"action": "PROJECT_UPDATED", "project": {"id": "1"}},
        {"action": "ANNOTATION_CREATED", "project": {"id": 1}},
        {"action": "ANNOTATION_CREATED", "project": {"id": 1}, "annotation": {"id": 1}, "task": {"id": 1}},
        {"action": "ANNOTATION_CREATED", "project": {"id": 1}, "annotation": [3], "task": []},
        {"action": "TASKS_DELETED", "project": {"id": 1}, "tasks": [{}]},
        {"action": "TASKS_DELETED", "project": {"id": 1}, "tasks": "all"},
    ],
)
def test_a_malformed_body_is_refused_with_a_message(payload: object) -> None:
    with pytest.raises(EventInvalid) as raised:
        parse_event(payload)
    assert str(raised.value)
