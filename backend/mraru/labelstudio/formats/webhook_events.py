"""What Label Studio's webhooks tell, read into records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mraru.errors import EventInvalid, LabelConfigError
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.ids import require_id
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_task
from mraru.records import Annotation, TaskText
from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection, LabelSchema


class EventKind(StrEnum):
    """The actions that we know."""

    ANNOTATION_CREATED = "ANNOTATION_CREATED"
    ANNOTATION_UPDATED = "ANNOTATION_UPDATED"
    ANNOTATIONS_CREATED = "ANNOTATIONS_CREATED"  # from predictions, many at once
    ANNOTATIONS_DELETED = "ANNOTATIONS_DELETED"
    TASKS_CREATED = "TASKS_CREATED"
    TASKS_DELETED = "TASKS_DELETED"
    PROJECT_UPDATED = "PROJECT_UPDATED"
    START_TRAINING = "START_TRAINING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One event; what does not belong to its kind is empty."""

    kind: EventKind
    action: str  # as sent
    project_id: int
    project_created_at: str  # ISO 8601; tells a project from a later one of the same number
    label_config: str
    schema: LabelSchema | None  # None: the config is not one of ours, so no label and no text is read
    maximum_annotations: int | None = None
    overlap_cohort_percentage: int | None = None
    skip_queue: str | None = None
    annotations: tuple[Annotation, ...] = ()
    deleted_annotation_ids: tuple[int, ...] = ()  # Label Studio does not say of which tasks
    tasks: tuple[TaskText, ...] = ()  # created, or those of the annotations
    deleted_task_ids: tuple[int, ...] = ()


def parse_event(payload: object, selection: ConfigSelection = NOTHING_CHOSEN) -> WebhookEvent:
    """Read the body of a webhook request, `START_TRAINING` included.

    Args:
        selection: what people chose of the project's label config.

    Raises:
        EventInvalid: the body lacks what every event of its action has.
    """
    if not isinstance(payload, Mapping):
        raise EventInvalid("A webhook's body must be a JSON object")
    action, project = payload.get("action"), payload.get("project")
    if not isinstance(action, str) or not action:
        raise EventInvalid("A webhook's body must name its action")
    if not isinstance(project, Mapping):
        raise EventInvalid(f"The body of {action} must hold its project")
    kind = EventKind.__members__.get(action, EventKind.UNKNOWN)
    label_config = project.get("label_config")
    label_config = label_config if isinstance(label_config, str) else ""
    schema = _read_schema(label_config, selection)
    annotations: tuple[Annotation, ...] = ()
    deleted_annotations: tuple[int, ...] = ()
    tasks: tuple[TaskText, ...] = ()
    deleted_tasks: tuple[int, ...] = ()
    match kind:
        case EventKind.ANNOTATION_CREATED | EventKind.ANNOTATION_UPDATED | EventKind.ANNOTATIONS_CREATED:
            # The keys are singular even where their values are lists.
            annotations = tuple(to_annotation(raw, schema) for raw in _read_objects(payload, "annotation"))
            tasks = _read_tasks(payload, "task", schema)
        case EventKind.ANNOTATIONS_DELETED:
            deleted_annotations = tuple(require_id(raw, "id") for raw in _read_objects(payload, "annotations"))
        case EventKind.TASKS_CREATED:
            tasks = _read_tasks(payload, "tasks", schema)
        case EventKind.TASKS_DELETED:
            deleted_tasks = tuple(require_id(raw, "id") for raw in _read_objects(payload, "tasks"))
    return WebhookEvent(
        kind=kind,
        action=action,
        project_id=require_id(project, "id"),
        project_created_at=str(project.get("created_at") or ""),
        label_config=label_config,
        schema=schema,
        maximum_annotations=_read_number(project, "maximum_annotations"),
        overlap_cohort_percentage=_read_number(project, "overlap_cohort_percentage"),
        skip_queue=str(project["skip_queue"]) if project.get("skip_queue") else None,
        annotations=annotations,
        deleted_annotation_ids=deleted_annotations,
        tasks=tasks,
        deleted_task_ids=deleted_tasks,
    )


def _read_schema(label_config: str, selection: ConfigSelection) -> LabelSchema | None:
    try:
        return parse_label_config(label_config, selection)
    except LabelConfigError:
        return None


def _read_number(project: Mapping[str, object], key: str) -> int | None:
    value = project.get(key)
    return value if isinstance(value, int) else None


def _read_objects(payload: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    value = payload.get(key)
    objects = [value] if isinstance(value, Mapping) else value
    if not isinstance(objects, Sequence) or isinstance(objects, str):
        raise EventInvalid(f"The body of {payload['action']} must hold {key!r}")
    if not all(isinstance(item, Mapping) for item in objects):
        raise EventInvalid(f"{key!r} of {payload['action']} must hold JSON objects")
    return list(objects)


def _read_tasks(payload: Mapping[str, object], key: str, schema: LabelSchema | None) -> tuple[TaskText, ...]:
    tasks = []
    for raw in _read_objects(payload, key):
        task_id, fields = require_id(raw, "id"), raw.get("data")
        if schema and isinstance(fields, Mapping):
            tasks.append(read_task(task_id, fields, schema))
    return tuple(tasks)
