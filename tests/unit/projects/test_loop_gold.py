"""Several people on one text: ties are not gold, are not asked about, and are settled by a star or a consensus."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.final_labels.vote_consensus import GoldConsensus
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import hash_text
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]


def book_of(bench: LoopBench) -> LabelledSet:
    return read_labelled_set(bench.store, PROJECT, parse_label_config(bench.label_studio.label_config))


def say(bench: LoopBench, task: int, person: int, label: str, **changes: object) -> None:
    """One of several people labels a task."""
    bench.correct(task, label, annotation_id=100 * person + task, completed_by=person, **changes)


def split(bench: LoopBench, task: int) -> str:
    """Two people label a task differently; returns its text's hash."""
    say(bench, task, 1, "sport")
    say(bench, task, 2, "tech")
    return hash_text(bench.label_studio.tasks[task])


@pytest.fixture
def small(make_bench: BenchMaker) -> LoopBench:
    """A project whose rounds end when every text was asked about."""
    bench = make_bench(n_texts=24, max_rounds=None)
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    return bench


def test_a_text_on_which_people_are_split_is_no_gold_and_the_teacher_is_not_asked_about_it(small: LoopBench) -> None:
    name = split(small, 1)
    small.run()
    assert small.project.state is ProjectState.STOPPED
    assert sorted(small.teacher.asked) == sorted(text for task, text in small.label_studio.tasks.items() if task != 1)
    labelled = book_of(small)
    assert labelled.ties == {name}
    assert name not in labelled.gold
    assert name not in labelled.labels


def test_a_text_of_an_open_round_on_which_people_split_is_not_asked_any_more(small: LoopBench) -> None:
    def split_all_that_are_left(text: str) -> None:
        small.teacher.before_call = lambda text: None
        for task, other in small.label_studio.tasks.items():
            if other != text:
                split(small, task)

    small.set_options(teacher_concurrency=1)
    small.teacher.before_call = split_all_that_are_left
    small.run()
    n_in_flight = 4  # a draw of seeding was under way
    assert len(small.teacher.asked) <= n_in_flight


def test_of_a_split_text_that_the_teacher_labelled_its_label_is_learned(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    task = next(task for task, text in bench.label_studio.tasks.items() if text in bench.teacher.asked)
    name = split(bench, task)
    labelled = book_of(bench)
    assert labelled.ties == {name}
    assert labelled.labels[name] == class_of(bench.label_studio.tasks[task])
    assert name not in labelled.gold


def test_a_star_settles_a_tie_and_retrains(small: LoopBench) -> None:
    name = split(small, 1)
    small.run()
    small.clock.advance(small.settings.retrain_delay_s)
    small.run()
    n_before = len(small.store.rounds.list_all(PROJECT))
    say(small, 1, 2, "tech", is_ground_truth=True)
    small.clock.advance(small.settings.retrain_delay_s)
    small.run()
    assert book_of(small).gold[name] == "tech"
    rounds = small.store.rounds.list_all(PROJECT)
    assert [round_.kind for round_ in rounds[n_before:]] == [RoundKind.CORRECTIONS]
    assert rounds[-1].n_gold == 1


def test_a_third_vote_settles_a_tie(small: LoopBench) -> None:
    name = split(small, 1)
    say(small, 1, 3, "tech")
    assert (book_of(small).gold[name], book_of(small).ties) == ("tech", frozenset())


def test_votes_for_labels_that_the_config_lost_make_no_tie(small: LoopBench) -> None:
    say(small, 1, 1, "sport")
    say(small, 1, 2, "gone")
    assert book_of(small).gold == {hash_text(small.label_studio.tasks[1]): "sport"}


@pytest.fixture
def confused(make_bench: BenchMaker) -> LoopBench:
    """Three people, one of whom takes sport for tech, label 30 texts; two of them are split about another."""
    bench = make_bench(n_texts=36, max_rounds=1)
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    for task in range(1, 31):
        right = class_of(bench.label_studio.tasks[task])
        for person in (1, 2):
            say(bench, task, person, right)
        say(bench, task, 3, "tech" if right == "sport" else right)
    say(bench, 31, 1, "sport")
    say(bench, 31, 3, "tech")
    return bench


def test_dawid_skene_settles_a_tie_by_how_each_person_errs(confused: LoopBench) -> None:
    name = hash_text(confused.label_studio.tasks[31])
    confused.set_options(gold_consensus=GoldConsensus.DAWID_SKENE, gold_min_texts=30)
    assert book_of(confused).ties == {name}  # nothing is settled before a student is trained
    confused.run()
    assert book_of(confused).gold[name] == "sport"
    assert book_of(confused).ties == frozenset()
    assert confused.store.rounds.list_all(PROJECT)[0].n_gold == 31


@pytest.mark.parametrize(
    "options", [{"gold_consensus": GoldConsensus.DAWID_SKENE, "gold_min_texts": 31}, {"gold_min_texts": 1}]
)
def test_without_enough_overlap_and_unless_asked_for_the_tie_stays(
    confused: LoopBench, options: dict[str, object]
) -> None:
    confused.set_options(**options)
    confused.run()
    assert book_of(confused).ties == {hash_text(confused.label_studio.tasks[31])}


def test_going_back_to_the_majority_forgets_what_was_settled(confused: LoopBench) -> None:
    confused.set_options(gold_consensus=GoldConsensus.DAWID_SKENE, gold_min_texts=1)
    confused.run()
    confused.set_options(gold_consensus=GoldConsensus.MAJORITY, retrain_after=1)
    say(confused, 32, 1, "sport")
    confused.run()
    assert book_of(confused).ties == {hash_text(confused.label_studio.tasks[31])}
