from __future__ import annotations

import pytest

from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.formats.prediction_json import to_result
from mraru.schema_records import Choice, LabelSchema

SCHEMA = LabelSchema(from_name="label", to_name="text", text_field="text", choices=(Choice(value="A"),))
BARE: dict[str, object] = {"id": 5, "task": 9, "result": [], "completed_by": 1}


@pytest.mark.parametrize(
    ("parent_prediction", "lead_time", "updated_by", "is_human"),
    [
        (None, 4.0, 1, True),  # a person, on an empty form
        (8, 4.0, 1, True),  # a person, on a prefilled form
        (8, None, None, False),  # "create annotations from predictions"
        (8, None, 1, True),  # the same, then saved by a person
        (8, 4.0, None, True),
        (None, None, None, True),  # an import of annotated tasks
    ],
)
def test_only_an_untouched_copy_of_a_prediction_is_not_human(
    parent_prediction: int | None, lead_time: float | None, updated_by: int | None, is_human: bool
) -> None:
    raw = BARE | {"parent_prediction": parent_prediction, "lead_time": lead_time, "updated_by": updated_by}
    assert to_annotation(raw, None).is_human is is_human


def test_users_and_tasks_may_come_as_objects() -> None:
    annotation = to_annotation(BARE | {"completed_by": {"id": 4, "email": "x"}, "task": {"id": 2}}, None)
    assert (annotation.completed_by, annotation.task_id) == (4, 2)


def test_what_was_made_of_a_prediction_of_ours_is_no_persons_even_when_the_prediction_is_gone() -> None:
    result = to_result(SCHEMA, "A")
    made = {"id": 1, "task": 2, "result": result, "parent_prediction": None, "lead_time": None, "updated_by": None}
    assert not to_annotation(made, SCHEMA).is_human
    assert to_annotation(made | {"updated_by": 3}, SCHEMA).is_human  # a person saved it since
    imported = [{name: value for name, value in region.items() if name != "mraru"} for region in result]
    assert to_annotation(made | {"result": imported}, SCHEMA).is_human
