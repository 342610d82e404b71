"""Labels in the form that Label Studio stores, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mraru.errors import LabelConfigError
from mraru.records import LabelSchema, Prediction

MARKS_KEY = "mraru"


def to_result(schema: LabelSchema, label: str, note: str | None = None) -> list[dict[str, object]]:
    """A label as the `result` of a prediction, with a note where the label config has room for one.

    `label` is the stored form, the alias where a choice has one: Label Studio's import refuses the shown
    value of such a choice, and its editor preselects by the alias alone.

    Raises:
        LabelConfigError: the label is none of the schema's, so Label Studio would drop it.
    """
    if label not in schema.labels:
        raise LabelConfigError(f"{label!r} is no label of <Choices name={schema.from_name!r}>: {schema.labels}")
    result: list[dict[str, object]] = [
        {
            "from_name": schema.from_name,
            "to_name": schema.to_name,
            "type": "choices",
            "value": {"choices": [label]},
        }
    ]
    if note is not None and schema.note_name is not None:
        result.append(
            {
                "from_name": schema.note_name,
                "to_name": schema.to_name,
                "type": "textarea",
                "value": {"text": [note]},
            }
        )
    return result


def to_import(schema: LabelSchema, prediction: Prediction) -> dict[str, object]:
    """A prediction as an entry of Label Studio's bulk import.

    Its marks stand beside the choice under a key of ours: Label Studio keeps it, and its editor leaves it out of what
    annotators submit.

    Raises:
        LabelConfigError: the label is none of the schema's.
    """
    result = to_result(schema, prediction.label, prediction.note)
    if prediction.marks:
        result[0] |= {MARKS_KEY: list(prediction.marks)}
    return {
        "task": prediction.task_id,
        "result": result,
        "score": prediction.score,
        "model_version": prediction.model_version,
    }


class StoredPrediction(Protocol):
    """A prediction as the SDK gives it."""

    task: int | None
    result: object
    score: float | None
    model_version: str | None


def to_predictions(stored: Sequence[StoredPrediction], schema: LabelSchema) -> list[Prediction]:
    """Predictions as Label Studio holds them; those without one of our labels are left out."""
    return [
        Prediction(task_id=row.task, label=label, score=row.score or 0.0, model_version=row.model_version or "")
        for row in stored
        if row.task is not None and (label := label_of_result(row.result, schema)) is not None
    ]


def label_of_result(result: object, schema: LabelSchema) -> str | None:
    """The label in a `result`, as stored; None where it holds not exactly one choice of ours.

    >>> from mraru.records import Choice
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="A"),))
    >>> label_of_result(to_result(schema, "A"), schema), label_of_result([], schema)
    ('A', None)
    """
    labels = {label for label in _choices_of(result, schema) if label in schema.labels}
    return labels.pop() if len(labels) == 1 else None


def choice_of_result(result: object, schema: LabelSchema) -> str | None:
    """The same or, where it holds none of ours, the one choice that a label of another name was once.

    >>> from mraru.records import Choice
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="A"),))
    >>> choice_of_result([{"from_name": "c", "value": {"choices": ["Former name of A"]}}], schema)
    'Former name of A'
    """
    label = label_of_result(result, schema)
    if label is not None:
        return label
    choices = set(_choices_of(result, schema))
    return choices.pop() if len(choices) == 1 else None


def _choices_of(result: object, schema: LabelSchema) -> list[str]:
    """All that a `result` chooses in our `<Choices>`."""
    if not isinstance(result, Sequence) or isinstance(result, str):
        return []
    return [choice for region in result for choice in _choices_of_region(region, schema)]


def _choices_of_region(region: object, schema: LabelSchema) -> list[str]:
    if not isinstance(region, Mapping) or region.get("from_name") != schema.from_name:
        return []
    value = region.get("value")
    choices = value.get("choices") if isinstance(value, Mapping) else None
    if not isinstance(choices, Sequence) or isinstance(choices, str):
        return []
    return [choice for choice in choices if isinstance(choice, str)]
