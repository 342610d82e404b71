"""Labels in the form that Label Studio stores, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mraru.answers import join_labels
from mraru.errors import LabelConfigError
from mraru.labelstudio.formats.answer_json import answers_of, to_value
from mraru.labelstudio.formats.ids import require_id
from mraru.records import HeldPrediction, Prediction
from mraru.schema_records import LabelSchema

MARKS_KEY = "mraru"


def to_result(
    schema: LabelSchema, label: str, note: str | None = None, marks: Sequence[str] = ()
) -> list[dict[str, object]]:
    """A label as the `result` of a prediction, with a note where the label config has room for one.

    `label` is the stored form, the alias where a choice has one: Label Studio's import refuses the shown
    value of such a choice, and its editor preselects by the alias alone. Of a set of labels, all are chosen; the empty
    set is a choice of none. Of several questions, each that is seen has a region of its own.

    The marks stand before the answer under a key of ours, and the key stands there without any, too. Label Studio keeps
    it, and in annotations that it makes of predictions; its editor leaves it out of what annotators submit.

    Raises:
        LabelConfigError: the label is none of the schema's, so Label Studio would drop it.
    """
    if not schema.is_answer(label):
        raise LabelConfigError(f"{label!r} is no label of the control {schema.from_name!r}: {schema.labels}")
    parts = schema.parts_of(label)
    result: list[dict[str, object]] = [
        {
            "from_name": question.from_name,
            "to_name": question.to_name,
            "type": question.kind.value,
            "value": to_value(question, parts[question.from_name]),
        }
        for question in schema.asked
        if question.from_name in parts
    ]
    result[0] = {MARKS_KEY: list(marks), **result[0]}
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

    Raises:
        LabelConfigError: the label is none of the schema's.
    """
    return {
        "task": prediction.task_id,
        "result": to_result(schema, prediction.label, prediction.note, prediction.marks),
        "score": prediction.score,
        "model_version": prediction.model_version,
    }


def read_prediction(raw: Mapping[str, object], schema: LabelSchema) -> HeldPrediction:
    """A prediction as Label Studio's API gives it.

    Raises:
        EventInvalid: it has no number, or names no task.
    """
    score = raw.get("score")
    return HeldPrediction(
        prediction_id=require_id(raw, "id"),
        task_id=require_id(raw, "task"),
        model_version=str(raw.get("model_version") or ""),
        label=label_of_result(raw.get("result"), schema),
        score=float(score) if isinstance(score, int | float) else None,
        note=_note_of_result(raw.get("result"), schema),
        marks=tuple(mark for region in _regions(raw.get("result")) for mark in _marks_of_region(region)),
    )


def is_of_our_making(result: object) -> bool:
    """Whether a `result` is a prediction of ours, or was made of one without a person's doing.

    >>> is_of_our_making([{"mraru": [], "value": {"choices": ["A"]}}]), is_of_our_making([{"value": {}}])
    (True, False)
    """
    return any(MARKS_KEY in region for region in _regions(result))


def label_of_result(result: object, schema: LabelSchema) -> str | None:
    """The label in a `result`, as stored; None where it holds not exactly one of ours.

    Where several labels may be chosen, the set of them; None where nothing is said of them, or one is none of ours.

    >>> from mraru.schema_records import Choice
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="A"),))
    >>> label_of_result(to_result(schema, "A"), schema), label_of_result([], schema)
    ('A', None)
    """
    if schema.questions:
        answer = _join_questions(result, schema, label_of_result)
        return answer if schema.is_answer(answer) else None
    if schema.is_multiple:
        answer = _set_of_result(result, schema)
        return answer if schema.is_answer(answer) else None
    labels = {label for label in _answers_in(result, schema) if label in schema.labels}
    return labels.pop() if len(labels) == 1 else None


def _join_questions(
    result: object, schema: LabelSchema, read: Callable[[object, LabelSchema], str | None]
) -> str | None:
    """What is said of each question together; None where nothing is said of any. What people do not see is left out."""
    said = {question.from_name: read(result, question) for question in schema.questions}
    parts = {name: answer for name, answer in said.items() if answer is not None}
    return schema.join_parts(parts) if parts else None


def _set_of_result(result: object, schema: LabelSchema) -> str | None:
    """All labels that are chosen, also those of other names; None where our control is not spoken of."""
    is_said = any(region.get("from_name") == schema.from_name for region in _regions(result))
    return join_labels(_answers_in(result, schema)) if is_said else None


def former_label_of_result(result: object, schema: LabelSchema) -> str | None:
    """The same or, where it holds none of ours, what it does hold: a label of another name, or several.

    So what people said before the label config was changed is set aside, and not taken for nothing.

    >>> from mraru.schema_records import Choice
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(Choice(value="A"),))
    >>> former_label_of_result([{"from_name": "c", "value": {"choices": ["Former name of A"]}}], schema)
    'Former name of A'
    >>> former_label_of_result([{"from_name": "c", "value": {"choices": ["B", "C"]}}], schema)
    'B | C'
    """
    if schema.questions:
        return _join_questions(result, schema, former_label_of_result)
    if schema.is_multiple:
        return _set_of_result(result, schema)
    label = label_of_result(result, schema)
    if label is not None:
        return label
    answers = _answers_in(result, schema)
    return join_labels(answers) if answers else None


def _answers_in(result: object, schema: LabelSchema) -> list[str]:
    """All that a `result` answers to our control."""
    ours = [region for region in _regions(result) if region.get("from_name") == schema.from_name]
    return [answer for region in ours for answer in answers_of(region.get("value"), schema)]


def _note_of_result(result: object, schema: LabelSchema) -> str | None:
    if schema.note_name is None:
        return None
    of_note = [region for region in _regions(result) if region.get("from_name") == schema.note_name]
    return "\n".join(text for region in of_note for text in _strings(region, "text")) if of_note else None


def _marks_of_region(region: Mapping[str, object]) -> list[str]:
    marks = region.get(MARKS_KEY)
    return [mark for mark in marks if isinstance(mark, str)] if isinstance(marks, list | tuple) else []


def _strings(region: Mapping[str, object], key: str) -> list[str]:
    value = region.get("value")
    listed = value.get(key) if isinstance(value, Mapping) else None
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list | tuple) else []


def _regions(result: object) -> list[Mapping[str, object]]:
    if not isinstance(result, list | tuple):
        return []
    return [region for region in result if isinstance(region, Mapping)]
