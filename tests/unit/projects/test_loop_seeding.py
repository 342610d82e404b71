"""Zero-shot seeding: near what classes are called, bounded, and the same after a restart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import ClassEmbedder, LoopBench
from mraru.interfaces import Vectors
from mraru.projects.learning.class_words import describe_class
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.records import hash_text
from mraru.schema_records import Choice
from mraru.store.projects.round_repository import RoundKind

PROJECT = 1
BenchMaker = Callable[..., LoopBench]


class NamingEmbedder(ClassEmbedder):
    """Understands what classes are called."""

    def _vector(self, text: str) -> Vectors:
        for number, label in enumerate(LABELS):
            if f"about {label}" in text:
                return np.eye(4, dtype=np.float32)[number]
        return super()._vector(text)


@pytest.fixture
def make_zero_shot(make_bench: BenchMaker) -> BenchMaker:
    """A bench with one rare class: three `food` among many others."""

    def make(n_texts: int = 120, **options: object) -> LoopBench:
        bench = make_bench(n_texts=3, seeding=SeedingMethod.ZERO_SHOT, max_rounds=1, **options)
        rare = {task: f"food {task}" for task in (7, 77, 177)}
        common = {task: f"{LABELS[task % 2]} {task}" for task in range(1, n_texts + 1)}
        assert LABELS[2] == "food"
        bench.label_studio.tasks = common | rare
        bench.embedder = NamingEmbedder()
        bench.restart()
        return bench

    return make


def seeded(bench: LoopBench) -> list[str]:
    bench.start()
    bench.run()
    seed = bench.store.rounds.list_all(PROJECT)[0]
    assert seed.kind is RoundKind.SEED
    return bench.teacher.asked[: seed.n_accepted]


def test_a_rare_class_is_found_by_its_name_in_a_few_calls(make_zero_shot: BenchMaker) -> None:
    asked = seeded(make_zero_shot())
    assert {text.split()[0] for text in asked} == set(LABELS)
    assert len(asked) <= 4


def test_random_seeding_needs_many_more_calls_for_it(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot()
    bench.set_options(seeding=SeedingMethod.RANDOM, seed=2)
    assert len(seeded(bench)) > 20


@pytest.mark.parametrize("seed", [0, 1, 2])  # samples that end before the highest hash, and past it
def test_only_a_bounded_sample_is_embedded_to_look_for_the_classes(make_zero_shot: BenchMaker, seed: int) -> None:
    bench = make_zero_shot(seeding_sample=20, seed=seed)
    bench.start()
    while not bench.teacher.asked:
        assert bench.loop.advance().more
        if bench.store.rounds.list_all(PROJECT):
            break
    bench.teacher.before_call = lambda text: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        bench.loop.advance()
    texts = [text for text in bench.embedder.embedded if not text.startswith("This text")]
    assert len(texts) == len(set(texts)) == 20


def test_some_draws_are_made_anywhere_and_all_say_how_likely_they_were(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot()
    seeded(bench)
    visits = bench.store.rounds.list_visits(PROJECT, 1)
    first = visits[:4]
    assert [visit.acceptance_probability for visit in first] == 4 * [1.0]  # three classes had a turn, and one draw
    assert {name for name in (visit.text_hash for visit in first)} == {
        hash_text(text) for text in bench.teacher.asked[:4]
    }


def test_classes_that_people_labelled_need_no_draw(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot()
    bench.correct(7, "food")
    bench.correct(2, LABELS[0])
    bench.correct(1, LABELS[1])
    bench.start()
    bench.run()
    assert RoundKind.SEED not in {round_.kind for round_ in bench.store.rounds.list_all(PROJECT)}


def test_a_name_that_says_nothing_falls_back_to_random_draws(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot(n_texts=150, seeding_limit=400)
    bench.embedder = ClassEmbedder()  # understands no name
    bench.restart()
    asked = seeded(bench)
    assert {text.split()[0] for text in asked} == set(LABELS)
    assert len(asked) == len(set(asked))


def test_the_limit_holds(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot(seeding_limit=6)
    bench.teacher.answer = lambda text: LABELS[0]
    assert len(seeded(bench)) == 6


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_a_kill_during_seeding_asks_about_the_same_texts_and_nothing_twice(
    make_zero_shot: BenchMaker, count: int
) -> None:
    def answer(text: str) -> str | None:
        return None if hash_text(text)[0] in "0123456789" else text.split()[0]  # so that seeding takes a while

    unharmed = make_zero_shot(teacher_concurrency=1, n_texts=60)
    unharmed.teacher.answer = answer
    expected = seeded(unharmed)
    bench = make_zero_shot(teacher_concurrency=1, n_texts=60)
    bench.teacher.answer = answer

    def kill(text: str) -> None:
        if len(bench.teacher.asked) == count:
            raise Killed

    bench.teacher.before_call = kill
    bench.start()
    with pytest.raises(Killed):
        bench.run()
    bench.teacher.before_call = lambda text: None
    bench.restart()
    bench.run()
    assert bench.teacher.asked[: len(expected)] == expected
    assert len(set(expected)) == len(expected) > count


def test_tasks_that_are_deleted_during_seeding_do_not_stop_it(make_zero_shot: BenchMaker) -> None:
    bench = make_zero_shot(teacher_concurrency=1, n_texts=60)
    bench.start()

    def delete(text: str) -> None:
        if len(bench.teacher.asked) == 1:
            gone = [task for task, name in bench.label_studio.tasks.items() if name not in bench.teacher.asked][::2]
            bench.store.tasks.remove(PROJECT, gone)

    bench.teacher.before_call = delete
    bench.run()
    assert bench.project.is_seeded
    assert len(bench.teacher.asked) == len(set(bench.teacher.asked))


def test_a_class_is_described_by_its_name_its_hint_and_its_definition() -> None:
    choice = Choice(value="card_arrival", alias="42", hint="late cards")
    assert describe_class(choice, "The card is on its way.") == (
        "This text is about card arrival. late cards The card is on its way."
    )
