"""Rules that end a project's rounds, people who go on in spite of them, and warnings that come and go."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from fakes.loop_bench import LoopBench
from fakes.students import make_overconfident_student
from mraru.projects.diagnoses.diagnostics import DiagnosisCode
from mraru.projects.stopping.stop_decision import go_on
from mraru.query_strategies.mraru import MRaru
from mraru.records import hash_text
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.projects.round_repository import Round, RoundKind
from mraru.students.logistic_regression import LogisticRegressionStudent

pytestmark = pytest.mark.slow

PROJECT = 1
BenchMaker = Callable[..., LoopBench]
AT_ONCE = {"stop_acceptance_rate": 0.999, "stop_rounds": 1, "stop_min_rounds": 2}  # holds from the second round on
STABLE = {"stop_kappa": 0.5, "stop_set_size": 150, "stop_rounds": 2, "stop_min_rounds": 2}


def sampled(bench: LoopBench) -> list[Round]:
    return [round_ for round_ in bench.store.rounds.list_all(PROJECT) if round_.is_sampled]


def start_and_run(bench: LoopBench) -> None:
    bench.start()
    bench.run()


def test_a_rule_of_quality_ends_the_rounds_and_says_why(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=None, **AT_ONCE)
    start_and_run(bench)
    assert len(sampled(bench)) == 2
    assert bench.project.state is ProjectState.STOPPED
    assert bench.project.reason.startswith("acceptance rate: the paper's rule would accept")
    assert "MRARU_STOP_ACCEPTANCE_RATE" in bench.project.reason
    assert set(bench.label_studio.of_version(bench.project.served_version)) == set(bench.label_studio.tasks)


def test_everything_that_ends_the_rounds_is_named(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=2, **AT_ONCE)
    start_and_run(bench)
    limit, rule = bench.project.reason.split("; ")
    assert limit == "2 of 2 rounds done (MRARU_MAX_ROUNDS)"
    assert rule.startswith("acceptance rate: ")


def test_people_go_on_for_some_rounds_after_which_the_rule_counts_again(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=None, **AT_ONCE)
    start_and_run(bench)
    assert go_on(bench.store, PROJECT, 3) == ["acceptance rate"]
    bench.store.projects.start(PROJECT)
    bench.run()
    assert len(sampled(bench)) == 2 + 3
    assert bench.project.reason.startswith("acceptance rate: ")
    assert go_on(bench.store, PROJECT, 1) == ["acceptance rate"]


def test_a_restart_between_does_not_forget_who_went_on(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=None, **AT_ONCE)
    start_and_run(bench)
    go_on(bench.store, PROJECT, 3)
    bench.store.projects.start(PROJECT)
    while len(sampled(bench)) < 4:
        assert bench.loop.advance().more
    bench.restart()
    bench.run()
    assert len(sampled(bench)) == 5


def test_a_stop_is_not_overruled_by_a_restart_alone(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=None, **AT_ONCE)
    start_and_run(bench)
    bench.restart()
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert len(sampled(bench)) == 2
    assert bench.project.state is ProjectState.STOPPED


def test_no_budget_is_overruled(make_bench: BenchMaker) -> None:
    bench = make_bench(max_calls=15, max_rounds=None)
    start_and_run(bench)
    assert go_on(bench.store, PROJECT, 10) == []
    bench.store.projects.start(PROJECT)
    bench.run()
    assert len(bench.teacher.asked) == 15


def test_students_are_compared_on_one_stop_set_while_the_rule_is_on(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300, max_rounds=5, **STABLE)
    start_and_run(bench)
    first, *later = sampled(bench)
    assert first.n_compared == 150  # with the seeding's student
    assert all(round_.kappa is not None and 0 < round_.kappa <= 1 for round_ in later)
    assert bench.project.reason.startswith("stable predictions: kappa ")


def test_the_stop_set_hardly_changes_while_texts_are_labelled_and_tasks_added(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300, max_rounds=4, stop_kappa=1.0, stop_set_size=100)
    bench.start()
    while not sampled(bench) or sampled(bench)[-1].kappa is None:
        bench.loop.advance()
    before = set(bench.embedder.embedded)
    bench.label_studio.tasks |= {1000 + number: f"food {1000 + number}" for number in range(6)}
    bench.store.projects.request_sync(PROJECT)
    while len(sampled(bench)) < 3 or sampled(bench)[-1].kappa is None:
        bench.loop.advance()
    visited = {
        visit.text_hash
        for round_ in bench.store.rounds.list_all(PROJECT)
        for visit in bench.store.rounds.list_visits(PROJECT, round_.number)
    }
    fresh = {hash_text(text) for text in set(bench.embedder.embedded) - before} - visited
    assert len(fresh) <= 15  # two batches left it, a few new texts fell into it


def test_nothing_is_embedded_for_a_rule_that_is_off(make_bench: BenchMaker) -> None:
    embedded = []
    for quality in ({}, {"stop_kappa": 1.0, "stop_set_size": 200}):
        bench = make_bench(n_texts=300, max_rounds=1, **quality)
        bench.start()
        while not sampled(bench) or sampled(bench)[0].finished_at is None:
            bench.loop.advance()
        embedded.append(len(set(bench.embedder.embedded)))
        assert (sampled(bench)[0].kappa is None) == ("stop_kappa" not in quality)
    assert embedded[0] < 150 < 200 <= embedded[1]


def test_a_round_of_corrections_alone_has_no_kappa(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300, max_rounds=2, **STABLE)
    start_and_run(bench)
    for task_id in range(1, 7):
        bench.correct(task_id, "sport")
    bench.run()
    corrections = bench.store.rounds.list_all(PROJECT)[-1]
    assert (corrections.kind, corrections.kappa, corrections.n_compared) == (RoundKind.CORRECTIONS, None, 0)


def test_a_round_that_taught_too_little_has_no_kappa(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300, max_rounds=2, **STABLE)
    bench.start()
    while not sampled(bench):
        bench.loop.advance()
    bench.teacher.answer = lambda text: None
    bench.run()
    assert [(round_.student, round_.kappa) for round_ in sampled(bench)] == 2 * [("logreg", None)]


def test_agreement_is_estimated_by_the_chances_with_which_texts_were_accepted(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=300, batch_size=20, max_rounds=3)
    bench.teacher.answer = lambda text: "food" if text.endswith("7") else text.split()[0]
    start_and_run(bench)
    last = sampled(bench)[-1]
    assert last.agreement is not None
    assert last.estimated_agreement is not None
    assert last.estimated_agreement != pytest.approx(last.agreement, abs=0.01)


def test_gold_is_judged_by_students_that_have_not_learned_it(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=3)
    start_and_run(bench)
    for task_id in range(1, 11):
        text = bench.label_studio.tasks[task_id]
        bench.correct(task_id, text.split()[0] if task_id > 3 else "food")
    bench.run()
    last = bench.store.rounds.list_all(PROJECT)[-1]
    n_foods = sum(bench.label_studio.tasks[task_id].startswith("food") for task_id in range(1, 4))
    assert last.n_gold_checked == 10
    assert 5 <= last.n_gold_right <= 7 + n_foods


def test_a_target_that_is_reached_ends_the_rounds(make_bench: BenchMaker) -> None:
    quality = {"stop_accuracy": 0.5, "stop_accuracy_min_gold": 12, "stop_min_rounds": 1}
    bench = make_bench(max_rounds=None, **quality)
    for task_id in range(1, 16):
        bench.correct(task_id, bench.label_studio.tasks[task_id].split()[0])
    start_and_run(bench)
    assert len(sampled(bench)) == 1
    assert "of 15 texts that people labelled" in bench.project.reason


def test_an_overconfident_student_is_named_and_the_warning_goes_when_it_is_replaced(
    make_bench: BenchMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench = make_bench(n_texts=300, batch_size=10, max_rounds=3)
    bench.sampler = MRaru(max_passes=2)
    bench.teacher.answer = lambda text: ("sport", "tech", "food")[int(hash_text(text), 16) % 3]  # it only guesses
    bench.make_student = make_overconfident_student
    bench.restart()
    start_and_run(bench)
    (warning,) = [
        warning for warning in bench.store.warnings.list_all(PROJECT) if warning.code == DiagnosisCode.STARVING
    ]
    assert warning.level is WarningLevel.ERROR
    assert "The student is overconfident" in warning.message
    assert "MRARU_ACCEPTANCE_RULE=adaptive" in warning.remedy
    events = [record.__dict__.get("event") for record in caplog.records]
    assert events.count("diagnosis") == len(bench.store.warnings.list_all(PROJECT))

    bench.make_student = LogisticRegressionStudent
    bench.teacher.answer = lambda text: text.split()[0]
    for task_id in range(1, 40):  # people mend what it guessed, and the new student learns from them
        bench.correct(task_id, bench.label_studio.tasks[task_id].split()[0])
    bench.set_options(max_rounds=8)
    bench.run()
    codes = [warning.code for warning in bench.store.warnings.list_all(PROJECT)]
    assert DiagnosisCode.STARVING not in codes
    assert "diagnosis_withdrawn" in [record.__dict__.get("event") for record in caplog.records]


def test_a_run_that_goes_well_is_warned_of_nothing(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=400, batch_size=10, max_rounds=18)
    bench.start()
    warned: set[str] = set()
    for _ in range(200):
        if not bench.loop.advance().more:
            break
        warned |= {warning.code for warning in bench.store.warnings.list_all(PROJECT)}
    assert len(sampled(bench)) == 18
    assert warned & set(DiagnosisCode) == set()


def test_figures_of_a_round_are_kept(make_bench: BenchMaker) -> None:
    bench = make_bench()
    start_and_run(bench)
    first = sampled(bench)[0]
    assert first.mean_uncertainty is not None
    assert first.mean_confidence is not None
    assert 0 < first.mean_uncertainty < 1
    assert first.mean_confidence == pytest.approx(1 - first.mean_uncertainty * 2 / 3)  # three classes
    assert first.estimated_agreement is not None
    assert 0.5 < first.estimated_agreement <= 1
    assert first.n_judged == first.n_labels
