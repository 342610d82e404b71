"""A project's export from Label Studio, in its formats JSON and JSON-MIN: texts and what people said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mraru.answers import join_labels
from mraru.errors import EventInvalid, LabelStudioError
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.export_schema import RawTasks, min_answers, schema_of_json, schema_of_json_min
from mraru.labelstudio.texts.task_text import read_text
from mraru.records import Annotation
from mraru.schema_records import LabelSchema

EXPECTED = "Export the project from Label Studio as JSON or JSON-MIN."


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedText:
    """A task's text and its annotations."""

    text: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedProject:
    """What an export says of a project."""

    schema: LabelSchema
    texts: tuple[AnnotatedText, ...]


def read_export(path: Path, schema: LabelSchema | None = None) -> ExportedProject:
    """Read an export of either format.

    Args:
        schema: what the label config asks; None = told from the export, where it leaves no choice.

    Raises:
        LabelStudioError: there is no such file, or it is no export of these formats, or one without texts.
        LabelConfigError: the export leaves open which field is the text or which the label.
    """
    if schema is not None and schema.has_addresses:
        raise LabelStudioError(
            f"The texts of this label config are in files, and {path} has their addresses alone. "
            "Read the project itself."
        )
    tasks = _read_tasks(path)
    if any("annotations" in task for task in tasks):
        schema = schema or schema_of_json(tasks)
        return ExportedProject(schema=schema, texts=tuple(_from_json(path, task, schema) for task in tasks))
    if all("annotator" in task or "annotation_id" in task for task in tasks):
        schema = schema or schema_of_json_min(tasks)
        return ExportedProject(schema=schema, texts=tuple(_from_json_min(task, schema) for task in tasks))
    raise LabelStudioError(f"{path} holds no annotations as Label Studio's JSON or JSON-MIN has them. {EXPECTED}")


def _read_tasks(path: Path) -> RawTasks:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise LabelStudioError(f"There is no file {path}. {EXPECTED}") from exc
    except (OSError, ValueError) as exc:
        raise LabelStudioError(f"{path} cannot be read as JSON: {exc}. {EXPECTED}") from exc
    if not isinstance(content, list) or not content or not all(isinstance(task, dict) for task in content):
        raise LabelStudioError(f"{path} is no list of tasks. {EXPECTED}")
    return content


def _from_json(path: Path, task: Mapping[str, object], schema: LabelSchema) -> AnnotatedText:
    fields, annotations = task.get("data"), task.get("annotations")
    if not isinstance(fields, Mapping) or not isinstance(annotations, list):
        raise LabelStudioError(f"{path} holds a task without data or annotations. {EXPECTED}")
    try:
        # the task's number stands in each annotation or, in some versions, around them alone
        read = tuple(to_annotation({"task": task.get("id"), **raw}, schema) for raw in annotations)
    except (EventInvalid, TypeError) as exc:
        raise LabelStudioError(f"{path} holds an annotation that cannot be read: {exc}. {EXPECTED}") from exc
    return AnnotatedText(text=read_text(fields, schema), annotations=read)


def _from_json_min(entry: Mapping[str, object], schema: LabelSchema) -> AnnotatedText:
    """One entry stands for one annotation; skipped ones are not exported."""
    lead_time = entry.get("lead_time")
    annotation = Annotation(
        annotation_id=_number(entry.get("annotation_id")),
        task_id=_number(entry.get("id")),
        label=_read_min(entry, schema),
        lead_time_s=float(lead_time) if isinstance(lead_time, int | float) else None,
        updated_at=str(entry.get("updated_at") or ""),
    )
    return AnnotatedText(text=read_text(entry, schema), annotations=(annotation,))


def _read_min(entry: Mapping[str, object], schema: LabelSchema) -> str | None:
    if schema.questions:
        read = {question.from_name: _read_min(entry, question) for question in schema.questions}
        parts = {name: said for name, said in read.items() if said is not None}
        answer = schema.with_nothing_chosen(schema.join_parts(parts) if parts else None)
        return answer if schema.is_answer(answer) else None
    said = min_answers(entry.get(schema.from_name), schema)
    if schema.is_multiple:
        answer = join_labels(said)
        return answer if schema.is_answer(answer) else None
    labels = [label for label in said if label in schema.labels]
    return labels[0] if len(labels) == 1 else None


def _number(raw: object) -> int:
    return raw if isinstance(raw, int) else 0
