from __future__ import annotations

import pytest

from fakes.loop_bench import LoopBench, class_of
from mraru.errors import CircuitOpen, TeacherUnavailable
from mraru.store.projects import ProjectState
from mraru.store.rounds import RoundKind


def pause_after(bench: LoopBench, n_asked: int, failure: TeacherUnavailable) -> None:
    """Run until the teacher, asked so often, fails."""

    def fail(text: str) -> None:
        if len(bench.teacher.asked) >= n_asked:
            raise failure

    bench.teacher.before_call = fail
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.PAUSED


@pytest.mark.parametrize(
    ("asked_for_s", "paused_s"), [(None, 60.0), (5.0, 60.0), (600.0, 600.0), (1_000_000.0, 3600.0)]
)
def test_a_project_pauses_as_long_as_the_teachers_server_asks_for(
    bench: LoopBench, asked_for_s: float | None, paused_s: float
) -> None:
    pause_after(bench, 10, TeacherUnavailable("later", retry_after_s=asked_for_s))
    assert bench.project.retry_at == bench.clock.now + paused_s


def test_the_pause_begins_when_the_teacher_fails_not_when_the_work_began(bench: LoopBench) -> None:
    def fail_late(text: str) -> None:
        bench.clock.advance(100)
        raise TeacherUnavailable

    bench.teacher.before_call = fail_late
    bench.start()
    bench.run()
    assert bench.project.retry_at == bench.clock.now + 60.0


def test_an_open_circuit_is_the_reason_of_the_pause(bench: LoopBench) -> None:
    pause_after(bench, 10, CircuitOpen("gpt failed 10 times in a row", retry_after_s=120.0))
    assert bench.project.reason == "gpt failed 10 times in a row"
    assert bench.project.retry_at == bench.clock.now + 120.0


def test_corrections_are_learned_while_the_project_waits_for_its_teacher(bench: LoopBench) -> None:
    pause_after(bench, 10, CircuitOpen("the server is down", retry_after_s=900.0))
    n_asked = len(bench.teacher.asked)
    for task_id in sorted(bench.label_studio.tasks)[:5]:
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    assert bench.project.n_corrections > 0
    bench.clock.advance(61)
    bench.run()
    assert bench.project.n_corrections == 0
    assert bench.project.state is ProjectState.PAUSED
    assert bench.project.reason == "the server is down"
    assert len(bench.teacher.asked) == n_asked
    bench.clock.advance(900)
    bench.teacher.before_call = lambda text: None
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert any(round_.kind is RoundKind.MRARU for round_ in bench.store.rounds.list_all(1))
