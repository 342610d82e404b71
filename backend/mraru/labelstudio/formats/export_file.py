"""A project's export from Label Studio, in its formats JSON and JSON-MIN: texts and what people said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mraru.answers import join_labels
from mraru.errors import EventInvalid, LabelConfigError, LabelStudioError
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.texts.task_text import read_text
from mraru.records import Annotation, Choice, LabelSchema

# What JSON-MIN puts beside a task's own fields and its labels.
MIN_KEYS = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"})
EXPECTED = "Export the project from Label Studio as JSON or JSON-MIN."
NAME_IT = "Say what is meant with the project's label config (--label-config)."

RawTasks = Sequence[Mapping[str, object]]


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
        LabelStudioError: there is no such file, or it is no export of these formats.
        LabelConfigError: the export leaves open which field is the text or which the label.
    """
    tasks = _read_tasks(path)
    if any("annotations" in task for task in tasks):
        schema = schema or _schema_of_json(tasks)
        return ExportedProject(schema=schema, texts=tuple(_from_json(path, task, schema) for task in tasks))
    if all("annotator" in task or "annotation_id" in task for task in tasks):
        schema = schema or _schema_of_json_min(tasks)
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
        label=_read_min(entry.get(schema.from_name), schema),
        lead_time_s=float(lead_time) if isinstance(lead_time, int | float) else None,
        updated_at=str(entry.get("updated_at") or ""),
    )
    return AnnotatedText(text=read_text(entry, schema), annotations=(annotation,))


def _read_min(value: object, schema: LabelSchema) -> str | None:
    """What JSON-MIN gives of a choice: one as a string, several as {"choices": [...]}, none as nothing at all."""
    if not schema.is_multiple:
        return value if isinstance(value, str) and schema.is_answer(value) else None
    answer = join_labels(_choices_in_min(value))
    return answer if schema.is_answer(answer) else None


def _choices_in_min(value: object) -> list[str]:
    listed = value.get("choices") if isinstance(value, Mapping) else value
    return [listed] if isinstance(listed, str) else [str(each) for each in listed] if isinstance(listed, list) else []


def _schema_of_json(tasks: RawTasks) -> LabelSchema:
    labels: dict[str, set[str]] = {}
    to_names: dict[str, str] = {}
    several: set[str] = set()  # controls in which somebody chose more than one
    fields: set[str] = set()
    for task in tasks:
        data, annotations = task.get("data"), task.get("annotations")
        if isinstance(data, Mapping):
            fields |= {name for name, value in data.items() if isinstance(value, str)}
        for annotation in annotations if isinstance(annotations, list) else ():
            for region in annotation.get("result") or ():
                if region.get("type") == "choices":
                    name = str(region.get("from_name"))
                    chosen = [str(each) for each in region["value"].get("choices", ())]
                    labels.setdefault(name, set()).update(chosen)
                    several |= {name} if len(chosen) > 1 else set()
                    to_names[name] = str(region.get("to_name"))
    name = _the_only(sorted(labels), "choice")
    return _make_schema(name, to_names[name], _text_field(sorted(fields)), labels[name], is_multiple=name in several)


def _schema_of_json_min(entries: RawTasks) -> LabelSchema:
    values: dict[str, list[str]] = {}
    several: set[str] = set()  # controls in which somebody chose more than one
    for entry in entries:
        for name, value in entry.items():
            if name in MIN_KEYS:
                continue
            if isinstance(value, str) or (isinstance(value, Mapping) and "choices" in value):
                values.setdefault(name, []).extend(_choices_in_min(value))
                several |= {name} if isinstance(value, Mapping) else set()
    # A label repeats itself more than a text does.
    by_variety = sorted(values, key=lambda name: (len(set(values[name])), name))
    if len(by_variety) != 2:
        raise LabelConfigError(f"Text and label could be any of: {', '.join(by_variety) or 'nothing'}. {NAME_IT}")
    label, text = by_variety
    return _make_schema(label, "text", text, set(values[label]), is_multiple=label in several)


def _text_field(names: Sequence[str]) -> str:
    return "text" if "text" in names else _the_only(names, "text field")


def _the_only(names: Sequence[str], what: str) -> str:
    if len(names) != 1:
        raise LabelConfigError(f"The {what} could be any of: {', '.join(names) or 'nothing'}. {NAME_IT}")
    return names[0]


def _make_schema(from_name: str, to_name: str, text_field: str, labels: set[str], *, is_multiple: bool) -> LabelSchema:
    return LabelSchema(
        from_name=from_name,
        to_name=to_name,
        text_field=text_field,
        choices=tuple(Choice(value=label) for label in sorted(labels)),
        is_multiple=is_multiple,
    )


def _number(raw: object) -> int:
    return raw if isinstance(raw, int) else 0
