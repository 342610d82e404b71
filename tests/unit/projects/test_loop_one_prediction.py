"""A task has one prediction of the final label and one of each LLM, and each is as the store says, come what may."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, LoopBench, class_of, finish_rounds
from mraru.projects.predictions.reconciling import ANSWER_S
from mraru.records import HeldPrediction, Prediction
from mraru.store.tasks.prediction_repository import RowState

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]
FAR = 10_000.0  # seconds: beyond every wait


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@pytest.fixture
def done(begin_after: Callable[..., LoopBench]) -> LoopBench:
    """A project whose rounds are over and whose every task has its prediction."""
    return begin_after(finish_rounds)


def work_with_kills(bench: LoopBench, rng: np.random.Generator, n_kills: int) -> None:
    """Work to the end of what is to be done now, killed at some talks with Label Studio on the way."""
    for _ in range(n_kills):
        left = [int(rng.integers(1, 30))]

        def step(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        bench.label_studio.before_call = step
        with contextlib.suppress(Killed):
            bench.run()
        bench.label_studio.before_call = lambda name: None
        bench.restart()
    bench.run()


def assert_law(bench: LoopBench) -> None:
    held = bench.label_studio.predictions
    assert {*Counter((row.task_id, row.model_version) for row in held).values()} <= {1}
    noted = {row.key: row for row in bench.store.predictions.load_rows(PROJECT, sorted(bench.label_studio.tasks))}
    assert {(row.task_id, row.model_version) for row in held} == set(noted)
    open_tasks = {task_id for task_id, _ in bench.store.tasks.list_open(PROJECT)}
    for row in held:
        of_store = noted[row.task_id, row.model_version]
        said = of_store.prediction
        assert (row.label, row.score, row.marks) == (said.label, said.score, said.marks)
        assert of_store.prediction_id in (None, row.prediction_id)
        # whoever labelled the task before its text was changed keeps what they saw
        assert of_store.state is RowState.HELD or row.task_id not in open_tasks


def test_a_score_that_moved_too_little_to_be_written_is_told_as_it_stands(make_bench: BenchMaker) -> None:
    """Whatever was said of the text in between: it moved away and came back to nearly what Label Studio shows."""
    bench = make_bench(n_texts=24, max_rounds=2, audit_share=0.0)
    bench.start()
    bench.run()
    with bench.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE opinions SET score = score / 2")
        connection.exec_driver_sql("UPDATE predictions SET score = score - 0.02 WHERE model_version = 'mraru'")
    open_tasks = dict(bench.store.tasks.list_open(PROJECT))
    labelled, *_ = open_tasks
    bench.correct(labelled, class_of(bench.label_studio.tasks[labelled]))
    bench.clock.advance(FAR)
    bench.run()
    rows = bench.store.predictions.load(PROJECT, "mraru", sorted(open_tasks))
    said = bench.store.opinions.load(PROJECT, sorted(open_tasks.values()))
    told = {task_id: said[name].score for task_id, name in open_tasks.items() if task_id != labelled}
    assert len(told) > 10
    assert told == {task_id: rows[task_id].score for task_id in told}


def test_what_people_were_served_stays_beside_what_they_said(done: LoopBench) -> None:
    """So that it can be seen what they corrected, however the student changes its mind."""
    before = {task_id: (row.label, row.score) for task_id, row in done.label_studio.of_version("mraru").items()}
    corrected = {}
    for task_id in list(before)[:5]:
        other = "tech" if before[task_id][0] == "sport" else "sport"
        done.correct(task_id, other)
        corrected[task_id] = before[task_id]
    done.clock.advance(FAR)
    done.run()
    assert done.project.n_corrections == 0
    now = {task_id: (row.label, row.score) for task_id, row in done.label_studio.of_version("mraru").items()}
    assert {task_id: now[task_id] for task_id in corrected} == corrected


def served(bench: LoopBench) -> dict[int, HeldPrediction]:
    return bench.label_studio.of_version("mraru")


@pytest.mark.parametrize("seed", range(6))
def test_rounds_kills_corrections_and_what_others_do_leave_one_of_each(make_bench: BenchMaker, seed: int) -> None:
    rng = np.random.default_rng(seed)
    bench = make_bench(n_texts=24, max_rounds=2, batch_size=3, push_limit=5, audit_share=0.1)
    bench.teacher.answer = lambda text: LABELS[0] if text.endswith("1") else class_of(text)
    studio = bench.label_studio
    bench.start()
    work_with_kills(bench, rng, 3)
    for step in range(4):
        match int(rng.integers(5)):
            case 0:  # the team deletes predictions
                for number in rng.choice(sorted(studio.held), size=4, replace=False):
                    del studio.held[int(number)]
            case 1:  # tasks come
                studio.tasks |= {100 * (step + 1) + n: f"{LABELS[n]} {100 * step + n}" for n in range(3)}
                bench.store.projects.request_sync(PROJECT)
            case 2:  # a text is changed
                studio.tasks[5] = f"tech anew {step}"
                bench.store.projects.request_sync(PROJECT)
            case 3:  # Label Studio keeps an answer of ours: the one of two, the other got lost
                studio.tasks |= {900 + step: "food later", 950 + step: "food lost"}
                answers = [
                    Prediction(task_id=task_id, label="food", score=0.5, model_version="mraru")
                    for task_id in (900 + step, 950 + step)
                ]
                bench.store.predictions.note_answers(PROJECT, answers)
                studio.keep(answers[0])
                bench.store.projects.request_sync(PROJECT)
            case _:  # the budget is raised
                bench.set_options(max_rounds=(bench.settings.max_rounds or 0) + 1)
        for task_id in rng.choice(sorted(studio.tasks), size=3, replace=False):
            bench.correct(int(task_id), str(rng.choice(LABELS)))
        bench.clock.advance(FAR)
        work_with_kills(bench, rng, 2)
    bench.clock.advance(FAR)
    bench.run()
    bench.correct(1, "sport")
    bench.clock.advance(FAR)
    bench.run()
    assert_law(bench)
    open_tasks = {task_id for task_id, _ in bench.store.tasks.list_open(PROJECT)}
    assert open_tasks <= set(served(bench))
    assert studio.model_version == "mraru"


def test_a_task_keeps_its_label_and_where_it_is_from_until_a_newer_one_is_written(
    make_bench: BenchMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mraru.projects.predictions.pushing.CHANGES_PER_ROUND", 3)
    bench = make_bench()
    bench.start()
    bench.run()
    former = bench.project.served_round
    for task_id in range(1, 6):
        bench.correct(task_id, "food")  # of every class: much changes
    while bench.project.served_round == former:
        bench.loop.advance()
    rows = bench.store.predictions.load(PROJECT, "mraru", sorted(bench.label_studio.tasks))
    assert set(rows) == set(bench.label_studio.tasks)  # none is blank
    assert {row.round_number for row in rows.values()} == {former, bench.project.served_round}
    assert_law(bench)


def test_what_hardly_moved_is_not_written_again(done: LoopBench) -> None:
    n_before = len(done.label_studio.changes)
    done.correct(1, class_of(done.label_studio.tasks[1]))  # what the student says anyway
    done.clock.advance(FAR)
    done.run()
    assert len(done.label_studio.changes) - n_before < 20
    rounds = {row.round_number for row in done.store.predictions.load(PROJECT, "mraru", range(2, 61)).values()}
    assert rounds == {done.project.served_round}


def test_an_open_form_keeps_the_prediction_that_it_began_with(done: LoopBench) -> None:
    numbers = {task_id: row.prediction_id for task_id, row in served(done).items()}
    for task_id in range(1, 6):
        done.correct(task_id, "food")
    done.clock.advance(FAR)
    done.run()
    assert {task_id: row.prediction_id for task_id, row in served(done).items()} == numbers
    assert done.label_studio.changes
    assert not done.label_studio.deletions


def test_an_llms_own_label_is_written_once_and_again_when_it_changes_alone(done: LoopBench) -> None:
    of_llm = done.label_studio.of_version("mraru-simulated")
    assert len(of_llm) == len(done.teacher.asked)
    assert {row.score for row in of_llm.values()} == {None}  # it does not say how sure it is
    done.set_options(max_rounds=5)
    done.run()
    later = done.label_studio.of_version("mraru-simulated")
    assert {task_id: later[task_id] for task_id in of_llm} == of_llm
    assert not any(done.label_studio.held[number].model_version != "mraru" for number in done.label_studio.changes)


def test_a_few_new_ones_are_made_one_by_one_where_an_import_would_count_all_tasks_anew(
    make_bench: BenchMaker,
) -> None:
    bench = make_bench(n_texts=400)
    bench.start()
    bench.run()
    n_imports = len(bench.label_studio.imports)
    bench.label_studio.tasks |= {501: "tech 501", 502: "food 502"}
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert {501, 502} <= set(served(bench))
    assert len(bench.label_studio.imports) == n_imports
    assert_law(bench)


def test_corrections_that_come_due_are_learned_before_the_rest_is_written(done: LoopBench) -> None:
    done.store.predictions.doubt(PROJECT)  # every one is to be written again
    n_before = len(done.label_studio.changes)

    def correct_meanwhile(name: str) -> None:
        if name == "change_prediction" and len(done.label_studio.changes) == n_before + 3:
            done.label_studio.before_call = lambda name: None
            for task_id in range(1, 6):
                done.correct(task_id, "sport")

    done.label_studio.before_call = correct_meanwhile
    done.loop.advance()
    assert len(done.label_studio.changes) - n_before == 25  # those that were under way
    former = done.project.served_round
    done.loop.advance()
    assert done.project.served_round != former
    done.clock.advance(FAR)
    done.run()
    assert done.store.predictions.list_in_state(PROJECT, [RowState.STALE]) == [
        row for row in done.store.predictions.load_rows(PROJECT, range(1, 6)) if row.state is RowState.STALE
    ]  # those that people have labelled are left as they are


def test_an_answer_that_label_studio_does_not_keep_is_written_after_a_while(done: LoopBench) -> None:
    answer = Prediction(task_id=501, label="tech", score=0.5, model_version="mraru", round_number=4)
    done.label_studio.tasks[501] = "tech 501"
    done.store.predictions.note_answers(PROJECT, [answer])
    done.store.projects.request_sync(PROJECT)
    done.run()
    assert 501 not in served(done)  # Label Studio may be about to keep it
    done.clock.advance(ANSWER_S + 1)
    done.label_studio.tasks[502] = "tech 502"
    done.store.projects.request_sync(PROJECT)
    done.run()
    assert 501 in served(done)
    assert_law(done)


def test_of_a_double_the_one_that_the_editor_selects_stays(done: LoopBench) -> None:
    first = served(done)[7]
    done.label_studio.held[5000] = replace(first, prediction_id=5000, score=0.0)
    done.label_studio.tasks[501] = "tech 501"
    done.store.projects.request_sync(PROJECT)
    done.run()
    assert served(done)[7].prediction_id == first.prediction_id
    assert done.label_studio.deletions == [5000]
    assert_law(done)


def test_what_label_studio_holds_is_looked_at_only_where_it_may_differ(done: LoopBench) -> None:
    done.label_studio.n_looks = 0
    for task_id in range(1, 6):
        done.correct(task_id, class_of(done.label_studio.tasks[task_id]))
    done.clock.advance(FAR)
    done.run()
    assert done.label_studio.n_looks < 60  # to learn the numbers of those that an import made
    done.label_studio.n_looks = 0
    done.store.predictions.doubt(PROJECT)
    done.run()
    assert done.label_studio.n_looks < 60


def test_other_peoples_predictions_are_left_alone(done: LoopBench) -> None:
    theirs = done.label_studio.keep(Prediction(task_id=3, label="food", score=0.3, model_version="their-model"))
    before = done.label_studio.held[theirs]
    del done.label_studio.held[served(done)[3].prediction_id]  # makes us look
    for task_id in range(11, 16):
        done.correct(task_id, "sport")
    done.clock.advance(FAR)
    done.run()
    assert done.label_studio.held[theirs] == before
    assert 3 in served(done)
