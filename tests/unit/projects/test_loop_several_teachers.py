"""The loop with an ensemble of simulated teachers, and with a cascade."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import LoopBench, class_of
from fakes.members import SureTeacher
from mraru.errors import TeacherUnavailable
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.final_labels.stored_teacher_standing import read_standings
from mraru.projects.final_labels.vote_consensus import settle_votes
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.predictions.model_versions import teacher_version
from mraru.records import TeacherMode, Vote
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundStep
from mraru.store.teachers.teacher_labels import TeacherLabel
from mraru.teachers.combined.cascade import CascadeTeacher
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher

pytestmark = pytest.mark.slow

PROJECT = 1
BenchMaker = Callable[..., LoopBench]


def number_of(text: str) -> int:
    return int(text.split()[1])


def takes_every(n: int, wrong: str) -> Callable[[str], str]:
    """A simulated teacher's answers: wrong on every n-th text."""
    return lambda text: wrong if number_of(text) % n == 0 else class_of(text)


def ask_several(bench: LoopBench, teachers: Sequence[SureTeacher], mode: TeacherMode = TeacherMode.ENSEMBLE) -> None:
    """Have several teachers label, each with books of its own."""

    def make_teacher(project: object, schema: LabelSchema) -> EnsembleTeacher | CascadeTeacher:
        members = [NamedTeacher(name=one.identity.model, teacher=bench.keep_books(one)) for one in teachers]
        if mode is TeacherMode.CASCADE:
            return CascadeTeacher(members, unsure_below=0.8)
        return EnsembleTeacher(members, schema.labels)

    bench.make_teacher = make_teacher  # type: ignore[method-assign]
    bench.restart()


@pytest.fixture
def teachers() -> list[SureTeacher]:
    """One that takes tech for sport at times, one that takes it for food then, and one that is right."""

    def takes_tech_for(wrong: str, also: str, n: int) -> Callable[[str], str]:
        def answer(text: str) -> str:
            if class_of(text) == "tech" and number_of(text) % 4 == 0:
                return wrong
            return "tech" if class_of(text) == also and number_of(text) % n == 0 else class_of(text)

        return answer

    biased = [
        SureTeacher("a", takes_tech_for("sport", "food", 5)),
        SureTeacher("b", takes_tech_for("food", "sport", 7)),
    ]
    return [*biased, SureTeacher("c", class_of)]


def rows_of(bench: LoopBench) -> list[TeacherLabel]:
    return bench.store.teacher_labels.list_all(PROJECT)


def schema_of(bench: LoopBench) -> LabelSchema:
    return parse_label_config(bench.label_studio.label_config)


def test_every_text_is_asked_of_each_teacher_once_and_votes_are_kept(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench()
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    for teacher in teachers:
        assert len(teacher.asked) == len(set(teacher.asked)) == len(rows_of(bench))
    assert {tuple(vote.teacher for vote in row.votes) for row in rows_of(bench)} == {("a", "b", "c")}
    assert {row.model for row in rows_of(bench)} == {"ensemble"}


def test_predictions_of_the_ensemble_carry_a_short_name(make_bench: BenchMaker, teachers: list[SureTeacher]) -> None:
    bench = make_bench(max_rounds=1)
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    assert bench.label_studio.of_version(teacher_version("ensemble"))


def test_texts_on_which_the_teachers_differ_come_before_those_on_which_they_agree(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench(n_texts=60, max_rounds=4)
    teachers[2].answer = takes_every(2, "food")
    teachers[0].answer = teachers[1].answer = class_of
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    tasks_of = bench.store.tasks.list_tasks_of(PROJECT, [row.text_hash for row in rows_of(bench)])
    split, agreed = [], []
    for row in rows_of(bench):
        scores = [served[task].score for task in tasks_of[row.text_hash]]
        (split if len({vote.label for vote in row.votes}) > 1 else agreed).extend(scores)
    assert split
    assert agreed
    assert sum(split) / len(split) < sum(agreed) / len(agreed)
    assert min(split) < min(agreed)


def test_with_enough_overlap_the_votes_are_settled_before_the_student_learns(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench(n_texts=90, max_rounds=4, batch_size=20, dawid_skene_min_texts=10_000)
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    by_majority = {row.text_hash: row for row in rows_of(bench)}
    bench.set_options(dawid_skene_min_texts=30, retrain_after=1)
    task_id = next(task for task, text in bench.label_studio.tasks.items() if class_of(text) == "food")
    bench.correct(task_id, "food")
    bench.run()
    settled = {row.text_hash: row for row in rows_of(bench)}
    assert {name: row.votes for name, row in settled.items()} == {name: row.votes for name, row in by_majority.items()}
    changed = [name for name, row in settled.items() if row.label != by_majority[name].label]
    assert changed
    assert {(by_majority[name].label, settled[name].label) for name in changed} == {("sport", "tech")}
    assert all(sum((row.probabilities or {}).values()) == pytest.approx(1) for row in settled.values())
    assert read_labelled_set(bench.store, PROJECT, schema_of(bench)).agreeing_share[changed[0]] == pytest.approx(1 / 3)


def test_settling_again_changes_nothing(make_bench: BenchMaker, teachers: list[SureTeacher]) -> None:
    bench = make_bench(n_texts=90, max_rounds=3, batch_size=20, dawid_skene_min_texts=30)
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    before = rows_of(bench)
    assert settle_votes(bench.store, PROJECT, schema_of(bench), 30)
    assert rows_of(bench) == before


def test_two_teachers_are_never_settled(make_bench: BenchMaker, teachers: list[SureTeacher]) -> None:
    bench = make_bench(max_rounds=6, dawid_skene_min_texts=1)
    ask_several(bench, teachers[1:])
    bench.start()
    bench.run()
    assert not settle_votes(bench.store, PROJECT, schema_of(bench), 1)
    differing = [row for row in rows_of(bench) if len({vote.label for vote in row.votes}) > 1]
    assert differing
    assert all(row.label == row.votes[0].label for row in differing)  # of equals the earlier


def test_a_kill_between_two_teachers_loses_and_repeats_nothing(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench(max_rounds=2, teacher_concurrency=1)
    ask_several(bench, teachers)
    bench.start()

    def fail_on_the_third(text: str) -> None:
        if len(teachers[1].asked) == 2:
            raise TeacherUnavailable

    teachers[1].before_call = fail_on_the_third
    bench.run()
    assert bench.project.state is ProjectState.PAUSED
    teachers[1].before_call = lambda text: None
    ask_several(bench, teachers)  # a new process
    bench.clock.advance(3600)
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    for teacher in teachers:
        assert len(teacher.asked) == len(set(teacher.asked)) == len(rows_of(bench))


def test_a_budget_that_ends_between_teachers_keeps_what_was_paid(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench(max_rounds=None, max_calls=50, teacher_concurrency=8)
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    assert bench.store.ledger.spending(PROJECT).n_calls == 50
    assert "MRARU_MAX_CALLS" in bench.project.reason
    n_votes = sum(len(row.votes) for row in rows_of(bench))
    assert n_votes == sum(len(teacher.asked) for teacher in teachers) == 50
    assert all(round_.step is RoundStep.DONE for round_ in bench.store.rounds.list_all(PROJECT))


def test_standings_compare_each_teacher_with_the_label_and_with_people(
    make_bench: BenchMaker, teachers: list[SureTeacher]
) -> None:
    bench = make_bench(n_texts=90, max_rounds=4, batch_size=20, dawid_skene_min_texts=30)
    ask_several(bench, teachers)
    bench.start()
    bench.run()
    gold = {row.text_hash: "tech" for row in rows_of(bench)[:1]}
    standings = read_standings(bench.store, PROJECT, ["a", "b", "c"], gold, 30)
    assert [standing.name for standing in standings] == ["a", "b", "c"]
    assert all(standing.n_votes == len(rows_of(bench)) for standing in standings)
    assert standings[2].estimated_accuracy is not None
    assert standings[0].estimated_accuracy is not None
    assert standings[2].estimated_accuracy > standings[0].estimated_accuracy
    assert standings[0].on_gold.n_checked == 1
    before = read_standings(bench.store, PROJECT, ["a"], gold, 10_000)
    assert [standing.name for standing in before] == ["a", "b", "c"]
    assert before[0].estimated_accuracy is None


def test_in_a_cascade_the_deciding_answer_alone_makes_the_score(make_bench: BenchMaker) -> None:
    cheap = SureTeacher("cheap", lambda text: "food", lambda text: 0.9 if class_of(text) == "food" else 0.3)
    dear = SureTeacher("dear", class_of)
    bench = make_bench(max_rounds=2)
    ask_several(bench, [cheap, dear], TeacherMode.CASCADE)
    bench.start()
    bench.run()
    assert {class_of(text) for text in dear.asked} == set(LABELS) - {"food"}
    assert len(cheap.asked) == len(rows_of(bench))
    labelled = read_labelled_set(bench.store, PROJECT, schema_of(bench))
    assert labelled.agreeing_share == {}
    passed_on = [row for row in rows_of(bench) if len(row.votes) == 2]
    assert passed_on[0].votes[0] == Vote(teacher="cheap", label="food")
    assert passed_on[0].label == passed_on[0].votes[1].label != "food"
    assert bench.label_studio.of_version(teacher_version("cascade"))
