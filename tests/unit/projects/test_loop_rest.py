"""When a project has something to do again, as its loop writes it down for whoever looks after all projects."""

from __future__ import annotations

from fakes.loop_bench import LoopBench, class_of
from mraru.errors import TeacherUnavailable

PROJECT = 1


def is_due(bench: LoopBench) -> bool:
    return bool(bench.store.due_projects.list_due(bench.clock(), 3600.0))


def test_a_project_whose_rounds_are_over_rests(bench: LoopBench) -> None:
    bench.start()
    bench.loop.advance()
    assert is_due(bench)
    bench.run()
    assert not is_due(bench)
    bench.correct(1, class_of(bench.label_studio.tasks[1]))
    assert is_due(bench)  # to see from when on it is learned
    bench.clock.advance(61)
    bench.run()
    assert not is_due(bench) or bench.project.again_at is not None
    bench.clock.advance(100_000)
    bench.run()
    assert bench.project.again_at is None


def test_a_project_that_pauses_is_due_when_it_goes_on(bench: LoopBench) -> None:
    def fail(_: str) -> None:
        raise TeacherUnavailable

    bench.teacher.before_call = fail
    bench.start()
    bench.run()
    assert not is_due(bench)
    assert bench.project.again_at == bench.project.retry_at
    bench.clock.now = bench.project.retry_at or 0.0
    assert is_due(bench)


def test_predictions_that_wait_until_people_are_quiet_make_it_due_then(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    bench.correct(1, class_of(bench.label_studio.tasks[1]))
    bench.clock.advance(61)
    bench.run()
    bench.correct(2, class_of(bench.label_studio.tasks[2]))
    bench.store.predictions.doubt(PROJECT)  # every one is to be written again
    bench.run()
    again_at = bench.project.again_at
    assert again_at is not None
    bench.clock.now = again_at
    assert is_due(bench)
