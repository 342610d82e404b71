from __future__ import annotations

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.errors import CircuitOpen, LabelStudioRefused, LabelStudioUnreachable, MRaruError, TeacherUnavailable
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("failure", [LabelStudioUnreachable("502"), TeacherUnavailable("503")])
def test_pauses_grow_while_nothing_answers_and_are_short_again_after_it_did(
    bench: LoopBench, failure: MRaruError
) -> None:
    def fail(_: str) -> None:
        raise failure

    if isinstance(failure, TeacherUnavailable):
        bench.teacher.before_call = fail
    bench.start()
    if isinstance(failure, LabelStudioUnreachable):
        bench.label_studio.before_call = fail
    waited = []
    for _ in range(6):
        bench.run()
        assert bench.project.state is ProjectState.PAUSED
        assert bench.project.retry_at is not None
        waited.append(bench.project.retry_at - bench.clock.now)
        bench.clock.now = bench.project.retry_at
    assert waited == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0]
    bench.teacher.before_call = bench.label_studio.before_call = lambda _: None
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    bench.store.projects.request_sync(PROJECT)
    bench.label_studio.before_call = lambda _: (_ for _ in ()).throw(LabelStudioUnreachable("503"))
    bench.run()
    assert bench.project.retry_at == bench.clock.now + 60.0


def test_what_people_must_mend_is_told_once_and_tried_again(bench: LoopBench, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: str) -> None:
        raise LabelStudioRefused("no permission", status=403)

    bench.start()
    bench.label_studio.before_call = refuse
    for _ in range(4):
        bench.run()
        assert (bench.project.state, bench.project.reason) == (ProjectState.FAILED, "no permission")
        assert bench.project.retry_at is not None
        bench.clock.now = bench.project.retry_at
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in told] == ["project 1 failed: no permission"]
    bench.label_studio.before_call = lambda _: None
    bench.run()
    assert bench.project.state is ProjectState.STOPPED


def test_a_pause_ends_also_where_the_clock_was_set_back_by_a_day(bench: LoopBench) -> None:
    pause_after(bench, 10, TeacherUnavailable("later"))
    bench.teacher.before_call = lambda text: None
    bench.run()
    assert bench.project.state is ProjectState.PAUSED
    bench.clock.advance(-86_400)
    bench.run()
    assert bench.project.state is ProjectState.STOPPED


def test_corrections_are_learned_also_where_the_clock_was_set_back_by_a_day(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    for task_id in sorted(bench.label_studio.tasks)[:5]:
        bench.correct(task_id, class_of(bench.label_studio.tasks[task_id]))
    assert bench.project.n_corrections > 0
    bench.clock.advance(-86_400)
    bench.run()
    assert bench.project.n_corrections == 0
