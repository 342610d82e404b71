"""Kills and failures at every point: nothing is asked twice, nothing is lost, nothing is written twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from fakes.loop_bench import LoopBench
from mraru.errors import (
    LabelStudioRefused,
    LabelStudioUnreachable,
    PredictionsNotStored,
    TeacherMisconfigured,
    TeacherUnavailable,
    VersionNotKept,
    WorkInterrupted,
)
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundStep

pytestmark = pytest.mark.slow

PROJECT = 1
BenchMaker = Callable[..., LoopBench]


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def kill_at(bench: LoopBench, count: int) -> None:
    """Kill the process at its `count`-th talk with Label Studio, or before that call to the teacher."""
    left = [count]
    guard = threading.Lock()

    def step(_: str) -> None:
        with guard:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    bench.label_studio.before_call = step
    bench.teacher.before_call = step


def unkill(bench: LoopBench) -> None:
    bench.label_studio.before_call = lambda name: None
    bench.teacher.before_call = lambda text: None


@pytest.mark.parametrize("count", range(1, 24))  # each call and each write of a run
def test_a_kill_at_any_point_repeats_no_call_and_no_prediction(make_bench: BenchMaker, count: int) -> None:
    bench = make_bench(n_texts=30, teacher_concurrency=1, max_rounds=1)
    bench.start()
    kill_at(bench, count)
    was_killed = False
    try:
        bench.run()
    except Killed:
        was_killed = True
    unkill(bench)
    bench.restart()
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert was_killed
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))
    assert len(bench.teacher.asked) == len(bench.store.teacher_labels.list_all(PROJECT))
    assert bench.project.reason == "1 of 1 rounds done (MRARU_MAX_ROUNDS)"
    assert all(round_.step is RoundStep.DONE for round_ in bench.store.rounds.list_all(PROJECT))
    version = bench.project.served_version
    assert bench.label_studio.model_version == version
    assert set(bench.label_studio.of_version(version)) == set(bench.label_studio.tasks)


def test_a_kill_asks_about_the_texts_that_were_selected_before_it(make_bench: BenchMaker) -> None:
    unharmed = make_bench(teacher_concurrency=1)
    unharmed.start()
    unharmed.run()
    bench = make_bench(teacher_concurrency=1)
    bench.start()
    kill_at(bench, 20)
    with pytest.raises(Killed):
        bench.run()
    unkill(bench)
    bench.restart()
    bench.run()
    assert bench.teacher.asked == unharmed.teacher.asked


def test_a_call_lost_in_a_kill_stays_booked(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=1)
    bench.start()

    def kill_after_booking(text: str) -> None:
        if len(bench.teacher.asked) == 6:
            bench.store.ledger.forfeit = lambda call_id, error: None  # a dead process books nothing more
            raise Killed

    bench.teacher.before_call = kill_after_booking
    with pytest.raises(Killed):
        bench.run()
    del bench.store.ledger.forfeit
    unkill(bench)
    bench.restart()
    bench.run()
    assert bench.store.ledger.spending(PROJECT).n_calls == len(bench.teacher.asked) + 1


def test_a_worker_that_shuts_down_keeps_the_answers_under_way(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=4)
    bench.start()
    together = threading.Barrier(4, timeout=10)

    def shut_down_meanwhile(text: str) -> None:
        together.wait()
        bench.stops = True

    bench.teacher.before_call = shut_down_meanwhile
    with pytest.raises(WorkInterrupted):
        bench.run()
    assert len(bench.store.teacher_labels.list_all(PROJECT)) == len(bench.teacher.asked) == 4
    bench.stops = False
    unkill(bench)
    bench.run()
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))


def test_a_teacher_that_does_not_answer_pauses_the_project_until_later(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()

    def fail(text: str) -> None:
        if len(bench.teacher.asked) == 10:
            raise TeacherUnavailable("the server is down")

    bench.teacher.before_call = fail
    bench.run()
    assert bench.project.state is ProjectState.PAUSED
    assert bench.project.reason == "the server is down"
    unkill(bench)
    bench.run()
    assert len(bench.teacher.asked) == 10  # too early
    bench.clock.advance(61)
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))


def test_a_refusing_teacher_fails_the_project_but_what_was_answered_is_used(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()

    def refuse(text: str) -> None:
        if len(bench.teacher.asked) >= 12:
            raise TeacherMisconfigured("OPENAI_API_KEY: wrong key")

    bench.teacher.before_call = refuse
    bench.run()
    assert bench.project.state is ProjectState.FAILED
    assert bench.project.reason == "OPENAI_API_KEY: wrong key"
    assert set(bench.label_studio.of_version(bench.project.served_version)) == set(bench.label_studio.tasks)
    assert bench.store.rounds.list_all(PROJECT)[-1].n_labels == len(set(bench.teacher.asked))


def test_a_mended_teacher_goes_on_after_the_next_sync(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()
    bench.teacher.before_call = lambda text: (_ for _ in ()).throw(TeacherMisconfigured("wrong key"))
    bench.run()
    assert bench.project.state is ProjectState.FAILED
    unkill(bench)
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert bench.project.reason == "3 of 3 rounds done (MRARU_MAX_ROUNDS)"


def test_a_version_that_label_studio_did_not_keep_pauses_the_project_and_is_set_later(bench: LoopBench) -> None:
    bench.start()
    refused = ["once"]

    def drop_once(name: str) -> None:
        if name == "serve_lowest_score_first" and refused:
            refused.clear()
            raise VersionNotKept("something else sets it")

    bench.label_studio.before_call = drop_once
    bench.run()
    assert (bench.project.state, bench.project.reason) == (ProjectState.PAUSED, "something else sets it")
    assert bench.project.retry_at is not None
    bench.clock.now = bench.project.retry_at
    bench.run()
    assert bench.project.reason == "3 of 3 rounds done (MRARU_MAX_ROUNDS)"
    assert bench.label_studio.model_version == bench.project.served_version


@pytest.mark.parametrize("failure", [LabelStudioUnreachable("gone"), PredictionsNotStored("too few")])
def test_a_push_that_breaks_off_writes_nothing_twice(make_bench: BenchMaker, failure: Exception) -> None:
    bench = make_bench()
    bench.start()
    n_imports = [0]

    def break_off(name: str) -> None:
        n_imports[0] += name == "after push_predictions"
        if name == "after push_predictions" and n_imports[0] == 2:
            raise failure

    bench.label_studio.before_call = break_off
    bench.run()
    assert bench.project.state is ProjectState.PAUSED
    bench.clock.advance(61)
    bench.run()
    assert set(bench.label_studio.of_version("mraru")) == set(bench.label_studio.tasks)  # none has two
    assert len(bench.label_studio.of_version("mraru-simulated")) == len(bench.teacher.asked)
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))


def test_a_refusing_label_studio_fails_the_project_and_says_why(bench: LoopBench) -> None:
    bench.start()
    bench.label_studio.before_call = lambda name: (_ for _ in ()).throw(
        LabelStudioRefused("LABEL_STUDIO_API_KEY: not valid", status=401)
    )
    bench.run()
    assert bench.project.state is ProjectState.FAILED
    assert bench.project.reason == "LABEL_STUDIO_API_KEY: not valid"
    unkill(bench)
    bench.run()
    assert bench.project.state is ProjectState.FAILED  # not every time that somebody looks
    bench.clock.advance(bench.settings.retry_delay_s)
    bench.run()  # the sync is still due
    assert bench.project.state is ProjectState.STOPPED


def test_an_unsupported_label_config_fails_the_project_until_it_is_changed(bench: LoopBench) -> None:
    good = bench.label_studio.label_config
    bench.start()
    bench.label_studio.label_config = "<View><Text name='t' value='$text'/></View>"
    bench.run()
    assert bench.project.state is ProjectState.FAILED
    assert "Choices" in bench.project.reason
    bench.label_studio.label_config = good
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert bench.project.state is ProjectState.STOPPED


def test_another_label_studio_is_not_taken_for_the_known_one(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    bench.label_studio.created_at = "2027-01-01T00:00:00Z"
    bench.store.projects.request_sync(PROJECT)
    n_before = len(bench.label_studio.predictions)
    bench.run()
    assert bench.project.state is ProjectState.FAILED
    assert "another MODEL_DIR" in bench.project.reason
    assert len(bench.label_studio.predictions) == n_before


def test_a_damaged_student_is_trained_anew_from_the_labels(bench: LoopBench) -> None:
    bench.set_options(max_rounds=1)
    bench.start()
    bench.run()
    for path in bench.folder.rglob("*.skops"):
        path.write_bytes(b"damaged")
    bench.set_options(max_rounds=2)
    bench.run()
    assert bench.served_student == "mraru-logreg-r003"


def test_a_project_that_is_disconnected_during_a_round_is_asked_about_no_more(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=1)
    bench.start()

    def disconnect(text: str) -> None:
        if len(bench.teacher.asked) == 9:
            bench.store.projects.disconnect(PROJECT)

    bench.teacher.before_call = disconnect
    with pytest.raises(WorkInterrupted):
        bench.run()
    assert not bench.loop.advance().more
    assert len(bench.teacher.asked) == len(bench.store.teacher_labels.list_all(PROJECT)) == 10  # one was under way
    assert bench.project.state is ProjectState.DISCONNECTED
    unkill(bench)
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))
