"""People who label fast: corrections and rounds take turns, so neither keeps the other waiting."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pytest

from fakes.loop_bench import LoopBench, class_of
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep

PROJECT = 1
N_TEXTS = 400
BenchMaker = Callable[..., LoopBench]


class FastPeople:
    """Label a task a second, also while the backend is at work: each write to Label Studio takes a second."""

    def __init__(self, bench: LoopBench) -> None:
        self._bench = bench
        self._tasks = iter(sorted(bench.label_studio.tasks, reverse=True))

    def label(self, *_: object) -> None:
        self._bench.clock.advance(1.0)
        task_id = next(self._tasks, None)
        if task_id is not None:
            self._bench.correct(task_id, class_of(self._bench.label_studio.tasks[task_id]))


@pytest.fixture
def labelled_fast(make_bench: BenchMaker) -> LoopBench:
    """A project with rounds without end, seeded, in which people begin to label a task a second."""
    bench = make_bench(n_texts=N_TEXTS, max_rounds=None)
    bench.start()
    while not bench.project.is_seeded:
        bench.loop.advance()
    people = FastPeople(bench)
    bench.label_studio.before_call = people.label
    bench.teacher.before_call = people.label
    return bench


def kinds(bench: LoopBench) -> list[RoundKind]:
    return [round_.kind for round_ in bench.store.rounds.list_all(PROJECT) if round_.step is RoundStep.DONE]


def test_people_who_label_fast_do_not_keep_the_llm_from_being_asked(labelled_fast: LoopBench) -> None:
    n_asked = len(labelled_fast.teacher.asked)
    n_before = len(kinds(labelled_fast))
    while len(kinds(labelled_fast)) < n_before + 8:
        labelled_fast.loop.advance()
    done = kinds(labelled_fast)[n_before:]
    assert {RoundKind.CORRECTIONS, RoundKind.MRARU} == set(done)
    in_a_row = [len(list(group)) for kind, group in groupby(done) if kind is RoundKind.CORRECTIONS]
    assert set(in_a_row) == {1}
    rounds = labelled_fast.store.rounds.list_all(PROJECT)[n_before:]
    sampled = [round_ for round_ in rounds if round_.is_sampled]
    assert len(labelled_fast.teacher.asked) >= n_asked + 4 * len(sampled)  # a batch is 5; people take some of it


def test_a_round_finishes_asking_although_corrections_come_due(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=1)
    bench.start()
    while not any(round_.is_sampled for round_ in bench.store.rounds.list_all(PROJECT)):
        bench.loop.advance()
    n_asked = len(bench.teacher.asked)
    opened = bench.store.rounds.list_all(PROJECT)[-1]
    assert opened.step is RoundStep.ASKING
    chosen = {visit.text_hash for visit in bench.store.rounds.list_visits(PROJECT, opened.number) if visit.accepted}
    free = [row for row in bench.store.tasks.list_open(PROJECT) if row[1] not in chosen]
    for task_id, _ in free[:5]:
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    bench.loop.advance()
    assert len(bench.teacher.asked) == n_asked + 5
    assert bench.project.n_corrections == 0  # its student has learned them


def test_corrections_are_learned_at_once_where_no_further_round_begins(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()
    bench.run()
    for first in (1, 6, 11):
        for task_id in range(first, first + 5):
            bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
        bench.run()
    assert kinds(bench)[-3:] == [RoundKind.CORRECTIONS] * 3
    assert (bench.project.state, bench.project.n_corrections) == (ProjectState.STOPPED, 0)


@pytest.mark.parametrize(("took_s", "break_s"), [(200.0, 200.0), (10_000.0, 900.0)])
def test_retraining_waits_as_long_as_the_last_one_took(make_bench: BenchMaker, took_s: float, break_s: float) -> None:
    bench = make_bench()
    bench.start()
    bench.run()

    def take_long(_: str) -> None:
        bench.label_studio.before_call = lambda _: None
        bench.clock.advance(took_s)

    def correct(first: int) -> None:
        for task_id in range(first, first + 5):
            bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))

    correct(1)
    bench.label_studio.before_call = take_long
    bench.run()
    n_done = len(kinds(bench))
    correct(6)
    bench.run()
    bench.clock.advance(break_s - 1.0)
    bench.run()
    assert len(kinds(bench)) == n_done
    bench.clock.advance(1.0)
    bench.run()
    assert kinds(bench)[n_done:] == [RoundKind.CORRECTIONS]
