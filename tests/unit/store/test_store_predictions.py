"""What is noted of our predictions in Label Studio."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.records import Prediction, TaskText
from mraru.store.store import Store
from mraru.store.tasks.prediction_repository import PredictionRow, RowState

OF_LLM = "mraru-llm"


def predicted(task_id: int = 1, **changes: object) -> Prediction:
    made = Prediction(task_id=task_id, label="A", score=0.5, model_version="mraru", round_number=1)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_task_has_one_prediction_of_each_version(store: Store) -> None:
    store.predictions.add(1, [predicted(), predicted(model_version=OF_LLM, label="B", score=None)])
    newer = predicted(label="C", score=0.9, round_number=2, note="Why", marks=("a", "b"))
    store.predictions.add(1, [newer])
    assert store.predictions.load(1, "mraru", [1]) == {1: newer}
    assert store.predictions.load(1, OF_LLM, [1])[1].score is None
    assert (store.predictions.count_rows(1), store.predictions.count(1)) == (2, 1)


def test_the_last_known_prediction_stands_until_a_newer_one(store: Store) -> None:
    store.predictions.add(1, [predicted(1), predicted(2)])
    store.predictions.add(1, [predicted(1, round_number=2)])
    store.predictions.confirm(1, [(3, "mraru")], 2)
    found = store.predictions.load(1, "mraru", [1, 2, 3])
    assert {task_id: row.round_number for task_id, row in found.items()} == {1: 2, 2: 1}


def test_what_a_later_student_says_too_is_its_own_from_then_on(store: Store) -> None:
    store.predictions.add(1, [predicted(1), predicted(2), predicted(1, model_version=OF_LLM)])
    store.predictions.confirm(1, [(1, "mraru")], 7)
    rows = {row.key: row.prediction.round_number for row in store.predictions.load_rows(1, [1, 2])}
    assert rows == {(1, "mraru"): 7, (1, OF_LLM): 1, (2, "mraru"): 1}


def test_an_answer_to_label_studio_takes_the_place_of_nothing(store: Store) -> None:
    store.predictions.add(1, [predicted(1)], ids={(1, "mraru"): 55})
    store.predictions.note_answers(1, [predicted(1, label="B"), predicted(2, label="B")])
    held, answered = store.predictions.load_rows(1, [1, 2])
    assert (held.prediction.label, held.state, held.prediction_id) == ("A", RowState.HELD, 55)
    assert (answered.prediction.label, answered.state) == ("B", RowState.ANSWERED)


def test_what_was_being_written_is_found_again(store: Store) -> None:
    store.predictions.add(1, [predicted(1), predicted(2)])
    store.predictions.add(1, [predicted(2, label="B")], RowState.WRITING)
    (unsure,) = store.predictions.list_in_state(1, [RowState.WRITING])
    assert unsure.key == (2, "mraru")
    store.predictions.replace_tasks(1, [2], [PredictionRow(prediction=predicted(2), state=RowState.HELD)])
    assert store.predictions.list_in_state(1, [RowState.WRITING]) == []


def test_superseded_ones_are_known_but_given_out_nowhere(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=1, text="one")])
    store.predictions.add(1, [predicted(1, model_version="mraru-logreg-r003#9")], RowState.SUPERSEDED)
    assert (store.predictions.count_rows(1), store.predictions.count(1)) == (1, 0)
    assert store.predictions.load(1, "mraru", [1]) == {}
    assert store.tasks.list_unpredicted(1, "mraru")


@pytest.mark.parametrize("mark", ["a tie", 'quo"te', "100%", "under_score", "ä"])
def test_tasks_are_found_by_a_mark_and_not_by_a_part_of_it(store: Store, mark: str) -> None:
    store.tasks.save(1, [TaskText(task_id=number, text=str(number)) for number in (1, 2, 3)])
    store.predictions.add(1, [predicted(1, marks=("other", mark)), predicted(2, marks=(mark + "s",)), predicted(3)])
    assert [task_id for task_id, _ in store.predictions.list_marked(1, mark)] == [1]


def test_after_a_change_of_the_label_config_all_are_written_again(store: Store) -> None:
    store.tasks.save(1, [TaskText(task_id=1, text="one")])
    store.predictions.add(1, [predicted(1)])
    store.predictions.add(2, [predicted(1)])
    store.predictions.doubt(1)
    assert [row.state for row in store.predictions.load_rows(1, [1])] == [RowState.STALE]
    assert store.predictions.load(1, "mraru", [1])  # its label stands
    assert [row.state for row in store.predictions.load_rows(2, [1])] == [RowState.HELD]


def test_no_project_sees_the_predictions_of_another(store: Store) -> None:
    store.predictions.add(1, [predicted(1)])
    store.predictions.add(2, [predicted(2)])
    store.predictions.forget_tasks(1, [1, 2])
    store.predictions.forget(1, (2, "mraru"))
    assert store.predictions.list_task_ids(2) == [2]
    assert store.predictions.list_task_ids(1) == []
