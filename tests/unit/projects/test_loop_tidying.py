"""Projects that were begun under the names of versions that named a round: what is left of those goes away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.predictions.reconciling import sort_predictions
from mraru.projects.predictions.tidying import QUIET_S, Tidying
from mraru.records import HeldPrediction, Prediction
from mraru.store.tasks.prediction_repository import RowState

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]
N_ROUNDS = 4


def held(prediction_id: int, version: str, **changes: object) -> HeldPrediction:
    made = HeldPrediction(prediction_id=prediction_id, task_id=1, model_version=version, label="A", score=0.5)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_newest_former_one_takes_the_place_of_the_one_that_stays() -> None:
    found = sort_predictions(
        [
            held(1, "mraru-logreg-r001"),
            held(2, "mraru-gpt-4.1-r001"),
            held(3, "mraru-svm-r002"),
            held(4, "mraru-svm-r002.2"),
            held(5, "mraru-zero-shot-r002"),
        ],
        students={"logreg", "svm"},
        names={"mraru"},
    )
    assert {name: row.prediction_id for name, row in found.kept.items()} == {
        "mraru": 4,
        "mraru-gpt-4.1": 2,
        "mraru-zero-shot": 5,
    }
    assert sorted(row.prediction_id for row in found.further) == [1, 3]


def test_the_one_under_the_name_that_stays_goes_before_and_of_doubles_the_first() -> None:
    found = sort_predictions(
        [held(1, "mraru-logreg-r099"), held(3, "mraru"), held(2, "mraru")], students={"logreg"}, names={"mraru"}
    )
    assert found.kept["mraru"].prediction_id == 2
    assert sorted(row.prediction_id for row in found.further) == [1, 3]


def test_a_model_whose_name_looks_like_a_round_is_no_round() -> None:
    rows = [held(1, "mraru-deepseek-r1"), held(2, "mraru-odd-r2024")]
    found = sort_predictions(rows, students={"logreg"}, names={"mraru", "mraru-odd-r2024"})
    assert set(found.kept) == {"mraru-deepseek-r1", "mraru-odd-r2024"}
    assert not found.further


@pytest.fixture
def former(bench: LoopBench) -> LoopBench:
    """A project whose rounds are over, as it was left under the former names: a version a round."""
    bench.start()
    bench.run()
    studio = bench.label_studio
    now = dict(studio.held)
    studio.held.clear()
    for number in range(1, N_ROUNDS + 1):
        for row in now.values():
            name = "logreg" if row.model_version == "mraru" else "simulated"
            studio.keep(
                Prediction(
                    task_id=row.task_id,
                    label=row.label or "",
                    score=row.score,
                    model_version=f"mraru-{name}-r{number:03d}",
                )
            )
    served = studio.of_version(f"mraru-logreg-r{N_ROUNDS:03d}").values()
    bench.store.predictions.forget_tasks(PROJECT, list(studio.tasks))
    rows = [
        Prediction(task_id=row.task_id, label=row.label or "", score=row.score, model_version="mraru", round_number=4)
        for row in served
    ]
    bench.store.predictions.add(PROJECT, rows, RowState.STALE)  # as the migration leaves them
    studio.model_version = f"mraru-logreg-r{N_ROUNDS:03d}"
    studio.changes.clear()
    return bench


def test_former_predictions_are_renamed_in_place_and_the_superseded_removed(former: LoopBench) -> None:
    studio = former.label_studio
    newest = {task: row.prediction_id for task, row in studio.of_version(f"mraru-logreg-r{N_ROUNDS:03d}").items()}
    former.run()
    assert {task: row.prediction_id for task, row in studio.of_version("mraru").items()} == newest
    assert studio.model_version == "mraru"
    n_of_llm = len(studio.of_version("mraru-simulated"))
    assert n_of_llm == len(former.teacher.asked)
    assert len(studio.predictions) == len(studio.tasks) + n_of_llm


def test_the_first_renamed_are_served_before_all_are(former: LoopBench) -> None:
    former.loop.advance()
    served = former.label_studio.of_version("mraru")
    assert former.label_studio.model_version == "mraru"
    lowest = sorted(row.score or 0.0 for row in former.label_studio.predictions if "logreg" in row.model_version)
    assert max(row.score or 0.0 for row in served.values()) >= min(lowest, default=0.0)
    assert served


def test_nothing_is_deleted_while_somebody_labels(former: LoopBench) -> None:
    former.correct(1, class_of(former.label_studio.tasks[1]))
    former.clock.advance(61)
    former.run()
    former.clock.advance(61)
    former.run()
    assert set(former.label_studio.of_version("mraru")) >= set(former.label_studio.tasks) - {1}
    assert not former.label_studio.deletions
    former.clock.advance(QUIET_S)
    former.run()
    assert former.label_studio.deletions


def test_what_an_annotation_refers_to_stays_and_so_what_a_machine_made_stays_a_machines(former: LoopBench) -> None:
    studio = former.label_studio
    parent = studio.of_version("mraru-logreg-r002")[9].prediction_id
    former.correct(9, "food", is_human=False, parent_prediction=parent)
    former.clock.advance(QUIET_S + 1)
    former.run()
    assert parent in studio.held
    assert not studio.annotations[9].is_human
    assert studio.annotations[9].parent_prediction == parent
    assert {row.model_version for row in studio.predictions if row.task_id == 9} >= {"mraru-logreg-r002"}
    kept = former.store.predictions.list_in_state(PROJECT, [RowState.KEPT])
    assert [row.prediction_id for row in kept] == [parent]
    n_deleted = len(studio.deletions)
    former.correct(2, "food")
    former.clock.advance(QUIET_S + 1)
    former.run()
    assert len(studio.deletions) == n_deleted  # nothing is tried again


def test_in_a_store_that_was_lost_the_version_that_is_served_tells_the_student(
    former: LoopBench, make_bench: BenchMaker
) -> None:
    another = make_bench()
    another.label_studio = former.label_studio
    another.restart()
    another.start()
    another.run()
    studio = former.label_studio
    assert set(studio.of_version("mraru")) == set(studio.tasks)
    assert not any("logreg" in row.model_version for row in studio.predictions)


def test_tidying_says_what_it_removed_what_it_kept_and_what_is_left(former: LoopBench) -> None:
    parent = former.label_studio.of_version("mraru-logreg-r001")[3].prediction_id
    former.correct(3, "food", parent_prediction=parent)
    tidying = Tidying(
        store=former.store,
        project_id=PROJECT,
        label_studio=former.label_studio,
        schema=parse_label_config(former.label_studio.label_config),
        clock=former.clock,
        should_stop=lambda: False,
    )
    n_further = tidying.look()
    assert n_further == len(former.label_studio.predictions) * (N_ROUNDS - 1) / N_ROUNDS
    done = tidying.remove(limit=10)
    assert (done.n_removed + done.n_kept, done.n_left) == (10, n_further - 10)
    done = tidying.remove(limit=1000)
    assert done.n_left == 0
    assert parent in former.label_studio.held
    assert tidying.look() == 0


def test_what_an_llm_said_of_a_text_that_was_changed_goes(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    task_id = min(bench.label_studio.of_version("mraru-simulated"))
    bench.label_studio.tasks[task_id] = "tech of another kind"
    bench.store.projects.request_sync(PROJECT)
    bench.clock.advance(61)
    bench.run()
    bench.clock.advance(QUIET_S + 1)
    bench.run()
    assert task_id not in bench.label_studio.of_version("mraru-simulated")
    assert bench.label_studio.of_version("mraru")[task_id].label == "tech"


@pytest.fixture
def emptied(bench: LoopBench) -> int:
    """A task that the LLM was asked about, whose text was removed in Label Studio while somebody labelled."""
    bench.start()
    bench.run()
    task_id, another = sorted(bench.label_studio.of_version("mraru-simulated"))[:2]
    bench.correct(another, class_of(bench.label_studio.tasks[another]))
    _set_text(bench, task_id, " ")
    assert task_id in bench.label_studio.of_version("mraru")
    return task_id


def _set_text(bench: LoopBench, task_id: int, text: str) -> None:
    bench.label_studio.tasks[task_id] = text
    bench.store.projects.request_sync(PROJECT)
    bench.clock.advance(61)
    bench.run()


def test_all_that_was_said_of_a_text_that_was_removed_goes(bench: LoopBench, emptied: int) -> None:
    n_texts = len(bench.label_studio.tasks) - 1
    assert bench.store.predictions.count(PROJECT) == n_texts
    bench.clock.advance(QUIET_S + 1)
    bench.run()
    assert emptied not in {row.task_id for row in bench.label_studio.predictions}
    assert bench.store.predictions.count(PROJECT) == n_texts


def test_a_text_that_returns_gets_its_own_label(bench: LoopBench, emptied: int) -> None:
    assert bench.store.predictions.load(PROJECT, "mraru", [emptied]) == {}
    _set_text(bench, emptied, "tech that came back")
    assert bench.label_studio.of_version("mraru")[emptied].label == "tech"
    assert bench.store.predictions.load(PROJECT, "mraru", [emptied])[emptied].label == "tech"


def test_what_an_annotation_refers_to_stays_of_a_text_that_was_removed_and_is_not_looked_at_again(
    bench: LoopBench, emptied: int
) -> None:
    parent = bench.label_studio.of_version("mraru")[emptied].prediction_id
    bench.correct(emptied, "food", is_human=False, parent_prediction=parent)
    bench.clock.advance(QUIET_S + 1)
    bench.run()
    assert [row.prediction_id for row in bench.label_studio.predictions if row.task_id == emptied] == [parent]
    assert bench.store.predictions.list_of_no_text(PROJECT) == []
    _set_text(bench, emptied, "tech that came back")
    assert bench.store.predictions.load(PROJECT, "mraru", [emptied]) == {}  # no label of the former text
