"""What people do to the rounds: pause them in their midst, have one more, change budget and student."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.errors import LabelStudioUnreachable, NothingToPause, ProjectUnknown, TeacherUnavailable, WorkInterrupted
from mraru.projects.round_controls import pause_rounds, run_one_round, start_rounds
from mraru.store.projects.project_repository import PAUSED_BY_PERSON, ROUNDS_DONE, ProgressPhase, ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.store import Store
from mraru.students.linear_discriminant import LinearDiscriminantStudent

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]


def pause_at(bench: LoopBench, n_asked: int) -> None:
    """Run until a person pauses the project while it is asked about text `n_asked`."""

    def pause(text: str) -> None:
        if len(bench.teacher.asked) == n_asked - 1:
            pause_rounds(bench.store, PROJECT)

    bench.teacher.before_call = pause
    bench.start()
    bench.run()
    bench.teacher.before_call = lambda text: None


def sampled(bench: LoopBench) -> list[RoundStep]:
    return [round_.step for round_ in bench.store.rounds.list_all(PROJECT) if round_.is_sampled]


@pytest.fixture
def paused(make_bench: BenchMaker) -> LoopBench:
    """Paused in the midst of its first sampled round."""
    bench = make_bench(teacher_concurrency=1)
    bench.set_options(max_rounds=1)
    bench.start()
    bench.run()
    n_before = len(bench.teacher.asked)
    bench.set_options(max_rounds=4)
    pause_at(bench, n_before + 3)
    assert sampled(bench) == [RoundStep.DONE, RoundStep.ASKING]
    assert len(bench.teacher.asked) == n_before + 3  # the one under way was the last
    return bench


def test_a_pause_ends_a_round_at_the_next_text_and_keeps_what_was_asked(paused: LoopBench) -> None:
    project = paused.project
    assert (project.state, project.reason, project.phase) == (
        ProjectState.PAUSED,
        PAUSED_BY_PERSON,
        ProgressPhase.IDLE,
    )
    assert len(paused.store.teacher_labels.list_all(PROJECT)) == len(paused.teacher.asked)
    assert paused.store.ledger.spending(PROJECT).n_calls == len(paused.teacher.asked)


def test_a_pause_does_not_end_by_itself_nor_by_a_restart_of_worker_or_sync(paused: LoopBench) -> None:
    n_asked = len(paused.teacher.asked)
    for _ in range(5):
        paused.clock.advance(3600)
        paused.store.projects.request_sync(PROJECT)
        paused.restart()
        paused.run()
    assert len(paused.teacher.asked) == n_asked
    assert (paused.project.state, paused.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)


def test_a_round_that_was_paused_goes_on_where_it_stood(paused: LoopBench) -> None:
    start_rounds(paused.store, PROJECT, 10)
    paused.run()
    assert paused.project.state is ProjectState.STOPPED
    assert sampled(paused) == [RoundStep.DONE] * 4
    assert len(paused.teacher.asked) == len(set(paused.teacher.asked))  # none was asked twice
    asked_in_second = [label for label in paused.store.teacher_labels.list_all(PROJECT) if label.round_number == 3]
    assert len(asked_in_second) == 5


def test_corrections_are_learned_while_a_person_has_paused(paused: LoopBench) -> None:
    n_asked, round_number = len(paused.teacher.asked), paused.project.served_round
    for task_id in sorted(paused.label_studio.tasks)[:5]:
        paused.correct(task_id, class_of(paused.label_studio.tasks[task_id]))
    assert paused.project.n_corrections > 0
    paused.clock.advance(61)
    paused.run()
    assert paused.project.n_corrections == 0
    assert paused.project.served_round != round_number
    assert len(paused.teacher.asked) == n_asked
    assert (paused.project.state, paused.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)


def test_while_it_is_paused_every_task_gets_a_prediction_and_new_ones_too_without_any_call(
    make_bench: BenchMaker,
) -> None:
    bench = make_bench(max_rounds=1, push_limit=3)
    bench.start()
    while bench.project.served_version is None or sampled(bench) != [RoundStep.DONE]:
        bench.loop.advance()
    pause_rounds(bench.store, PROJECT)
    n_asked = len(bench.teacher.asked)
    bench.run()
    assert set(bench.label_studio.of_version(bench.project.served_version)) == set(bench.label_studio.tasks)
    bench.label_studio.tasks |= {501: "tech 501", 502: "food 502"}
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    assert (served[501].label, served[502].label) == ("tech", "food")
    assert bench.project.state is ProjectState.PAUSED
    assert len(bench.teacher.asked) == n_asked


def test_tasks_that_come_in_the_midst_of_a_paused_round_get_their_prediction(paused: LoopBench) -> None:
    n_asked = len(paused.teacher.asked)
    paused.label_studio.tasks[501] = "tech 501"
    paused.store.projects.request_sync(PROJECT)
    paused.run()
    assert paused.label_studio.of_version(paused.project.served_version)[501].label == "tech"
    assert sampled(paused) == [RoundStep.DONE, RoundStep.ASKING]
    assert len(paused.teacher.asked) == n_asked


def test_a_pause_while_seeding_is_a_pause_too(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=1)
    pause_at(bench, 2)
    assert len(bench.teacher.asked) == 2
    assert not bench.project.is_seeded
    start_rounds(bench.store, PROJECT, 10)
    bench.run()
    assert bench.project.is_seeded
    assert sampled(bench) == [RoundStep.DONE] * 3


def test_a_person_who_pauses_while_the_teacher_is_away_pauses_for_good(bench: LoopBench) -> None:
    def fail(text: str) -> None:
        pause_rounds(bench.store, PROJECT)
        raise TeacherUnavailable("away")

    bench.teacher.before_call = fail
    bench.start()
    bench.run()
    bench.clock.advance(3600)
    bench.run()
    assert (bench.project.state, bench.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)


def test_label_studio_that_is_away_meanwhile_does_not_end_a_pause(paused: LoopBench) -> None:
    def fail(name: str) -> None:
        raise LabelStudioUnreachable("away")

    paused.label_studio.before_call = fail
    paused.store.projects.request_sync(PROJECT)
    assert paused.loop.advance().again_at is not None
    paused.label_studio.before_call = lambda name: None
    paused.clock.advance(3600)
    paused.run()
    assert (paused.project.state, paused.project.reason) == (ProjectState.PAUSED, PAUSED_BY_PERSON)
    assert not paused.project.is_sync_due


def test_a_pause_that_is_over_before_the_worker_saw_it_leaves_the_work_going_on(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=1)

    def interrupt(text: str) -> None:
        if len(bench.teacher.asked) == 3:
            bench.teacher.before_call = lambda text: None
            raise WorkInterrupted  # as of the teacher that saw the pause

    bench.teacher.before_call = interrupt
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    assert sampled(bench) == [RoundStep.DONE] * 3


@pytest.mark.parametrize("n_before", [0, 1], ids=["not seeded", "seeded"])
def test_one_round_is_one_sampled_round_and_then_a_pause(make_bench: BenchMaker, n_before: int) -> None:
    bench = make_bench(max_rounds=n_before)
    bench.start()
    bench.run()
    bench.set_options(max_rounds=None)
    for n_rounds in (1, 2):
        run_one_round(bench.store, PROJECT)
        bench.run()
        assert sampled(bench) == [RoundStep.DONE] * (n_before + n_rounds)
        assert (bench.project.state, bench.project.reason) == (ProjectState.PAUSED, ROUNDS_DONE)
    bench.clock.advance(3600)
    bench.restart()
    bench.run()
    assert sampled(bench) == [RoundStep.DONE] * (n_before + 2)


def test_one_round_asked_for_during_a_round_is_that_round(paused: LoopBench) -> None:
    run_one_round(paused.store, PROJECT)
    paused.run()
    assert sampled(paused) == [RoundStep.DONE] * 2
    assert paused.project.waits_for_people


def test_a_crash_after_the_one_round_begins_no_other(make_bench: BenchMaker) -> None:
    class Killed(BaseException):
        pass

    bench = make_bench()
    bench.start()
    run_one_round(bench.store, PROJECT)
    update = bench.store.rounds.update

    def update_and_die(project_id: int, number: int, **values: object) -> None:
        update(project_id, number, **values)
        if values.get("step") is RoundStep.DONE and number == 2:
            raise Killed

    bench.store.rounds.update = update_and_die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        bench.run()
    del bench.store.rounds.update
    bench.restart()
    bench.run()
    assert sampled(bench) == [RoundStep.DONE]
    assert bench.project.waits_for_people


def test_one_round_that_the_budget_cuts_short_says_so_when_another_is_asked_for(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.store.project_settings.change(PROJECT, {"max_calls": 6})
    bench.start()
    for _ in range(2):
        run_one_round(bench.store, PROJECT)
        bench.run()
    assert (bench.project.state, bench.project.rounds_left) == (ProjectState.STOPPED, 1)
    assert "6 of 6 calls made" in bench.project.reason
    bench.store.project_settings.change(PROJECT, {"max_calls": 50})
    bench.run()
    assert bench.project.waits_for_people  # the round that was asked for is had now


def test_a_rule_of_quality_gives_way_to_people(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()
    bench.run()
    bench.store.stop_rules.note(PROJECT, {"target accuracy": "reached"}, 3, bench.clock())
    assert run_one_round(bench.store, PROJECT) == ["target accuracy"]
    assert [row.overruled_until for row in bench.store.stop_rules.list_all(PROJECT)] == [4]


def test_what_is_unknown_or_was_never_started_is_refused(store: Store) -> None:
    for act in (pause_rounds, run_one_round):
        with pytest.raises(ProjectUnknown, match="mraru connect 7"):
            act(store, 7)
    with pytest.raises(ProjectUnknown):
        start_rounds(store, 7, 10)
    store.projects.connect(7, label_config="", hostname=None, access_token=None, backend_url=None)
    with pytest.raises(NothingToPause, match="Nobody has started project 7"):
        pause_rounds(store, 7)


def test_a_budget_lowered_below_what_is_spent_stops_a_round_under_way_with_that_reason(make_bench: BenchMaker) -> None:
    bench = make_bench(teacher_concurrency=1)

    def lower(text: str) -> None:
        if len(bench.teacher.asked) == 8:
            bench.store.project_settings.change(PROJECT, {"max_calls": 5})

    bench.teacher.before_call = lower
    bench.start()
    bench.run()
    assert len(bench.teacher.asked) == 9  # the call that was under way
    assert bench.project.state is ProjectState.STOPPED
    assert bench.project.reason == "budget: 9 of 5 calls made (MRARU_MAX_CALLS)"
    assert sampled(bench)[-1] is RoundStep.DONE  # what was answered is learned
    bench.store.project_settings.change(PROJECT, {}, unset=["max_calls"])
    bench.run()
    assert bench.project.reason == "3 of 3 rounds done (MRARU_MAX_ROUNDS)"


def test_a_raised_budget_lets_the_rounds_go_on(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.store.project_settings.change(PROJECT, {"max_calls": 6})
    bench.start()
    bench.run()
    assert "6 of 6 calls made" in bench.project.reason
    bench.store.project_settings.change(PROJECT, {"max_calls": 12})
    bench.run()
    assert "12 of 12 calls made" in bench.project.reason
    assert len(bench.teacher.asked) == 12


def test_another_student_learns_the_next_round_while_the_former_is_served(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=1)
    bench.start()
    bench.run()
    served = bench.served_student
    assert served is not None
    assert served.startswith("mraru-logreg-")
    bench.make_student = LinearDiscriminantStudent
    bench.set_options(max_rounds=1)
    bench.run()
    assert bench.served_student == served
    bench.set_options(max_rounds=3)
    bench.run()
    rounds = [round_ for round_ in bench.store.rounds.list_all(PROJECT) if round_.kind is RoundKind.MRARU]
    assert [round_.student for round_ in rounds][-2:] == ["lda", "lda"]
    assert bench.served_student == "mraru-lda-r004"
