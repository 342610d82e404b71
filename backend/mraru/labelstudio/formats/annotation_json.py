"""Annotations as Label Studio's API, its export and its webhooks give them."""

from __future__ import annotations

from collections.abc import Mapping

from mraru.answers import NO_LABELS
from mraru.labelstudio.formats.ids import read_id, require_id
from mraru.labelstudio.formats.prediction_json import former_label_of_result, is_of_our_making
from mraru.records import Annotation
from mraru.schema_records import LabelSchema


def to_annotation(raw: Mapping[str, object], schema: LabelSchema | None) -> Annotation:
    """Read one annotation; without a schema its label stays None.

    A label that the label config has no more is read as well: it may have been renamed.

    Label Studio has no field that says "a machine made this". Seen in 1.23.2:

    | made by | parent_prediction | lead_time | updated_by |
    |---|---|---|---|
    | a person, on an empty form | None | seconds | the person |
    | a person, on a prefilled form | id | seconds | the person |
    | "create annotations from predictions" | id | None | None |
    | the same, once the prediction is deleted | None | None | None |
    | the same, then saved by a person | id | seconds or None | the person |
    | import of annotated tasks | None | None | None |

    So the third and the fourth are not human. The fourth looks like the last, but for the key of ours that all our
    predictions carry. `completed_by` is of no use: there it is whoever pressed the button.

    Raises:
        EventInvalid: an id is missing.
    """
    parent_prediction = read_id(raw.get("parent_prediction"))
    lead_time = raw.get("lead_time")
    untouched = lead_time is None and raw.get("updated_by") is None
    was_cancelled = bool(raw.get("was_cancelled"))
    return Annotation(
        annotation_id=require_id(raw, "id"),
        task_id=require_id(raw, "task"),
        label=_read_answer(raw.get("result"), schema, is_skipped=was_cancelled) if schema else None,
        was_cancelled=was_cancelled,
        is_human=not untouched or (parent_prediction is None and not is_of_our_making(raw.get("result"))),
        is_ground_truth=bool(raw.get("ground_truth")),
        completed_by=read_id(raw.get("completed_by")),
        parent_prediction=parent_prediction,
        lead_time_s=float(lead_time) if isinstance(lead_time, int | float) else None,
        updated_at=str(raw.get("updated_at") or ""),
    )


def _read_answer(result: object, schema: LabelSchema, *, is_skipped: bool) -> str | None:
    """What a person chose; Label Studio leaves out of a `result` what nothing is chosen in."""
    answer = former_label_of_result(result, schema)
    if schema.questions:
        return answer if is_skipped else schema.with_nothing_chosen(answer)
    may_be_empty = schema.is_multiple and schema.is_answer(NO_LABELS) and not is_skipped
    return NO_LABELS if answer is None and may_be_empty else answer
