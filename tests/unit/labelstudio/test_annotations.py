from __future__ import annotations

import pytest

from mraru.labelstudio.annotations import to_annotation

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
