from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from fakes.label_studio import LABELS, label_config
from fakes.loop_bench import ClassEmbedder
from mraru.interfaces import Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.gold_examples import GoldExamples
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.review.opinions import Opinion
from mraru.store.store import Store

SCHEMA = parse_label_config(label_config())
TEXTS = [f"{label} {number}" for number in range(4) for label in LABELS]  # task 1 is "sport 0"


@pytest.fixture
def embedder() -> ClassEmbedder:
    return ClassEmbedder()


@pytest.fixture
def examples(store: Store, embedder: ClassEmbedder) -> GoldExamples:
    store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate(TEXTS, start=1)])
    return GoldExamples(store, 1, SCHEMA, embedder)


def correct(store: Store, *texts: str, label: str | None = None) -> None:
    for text in texts:
        task_id = TEXTS.index(text) + 1
        said = Annotation(annotation_id=task_id, task_id=task_id, label=label or text.split()[0], lead_time_s=1.0)
        store.annotations.save(1, [said], 0.0)


def test_without_gold_there_are_no_examples(examples: GoldExamples, embedder: ClassEmbedder) -> None:
    assert examples.nearest("sport 9", 3) == ()
    assert "sport 9" not in embedder.embedded


def test_what_the_teacher_alone_labelled_is_no_example(store: Store, examples: GoldExamples) -> None:
    store.teacher_labels.save(
        1,
        text_hash=hash_text("sport 1"),
        answer=TeacherAnswer(label="sport", raw="sport"),
        identity=TeacherIdentity(model="simulated", prompt_version="p1"),
        round_number=0,
        at=0.0,
    )
    correct(store, "food 1")
    assert [example.text for example in examples.nearest("sport 9", 3)] == ["food 1"]


def test_the_nearest_of_each_class_come_first_and_then_the_nearest_of_all(store: Store, examples: GoldExamples) -> None:
    correct(store, "sport 1", "sport 2", "sport 3", "tech 1", "food 1")
    found = examples.nearest("sport 9", 5)
    assert found[0].label == "sport"
    assert {example.label for example in found[:3]} == set(LABELS)
    assert [example.label for example in found[3:]] == ["sport", "sport"]
    assert examples.nearest("sport 9", 2) == found[:2]


def test_the_label_is_the_one_that_people_gave(store: Store, examples: GoldExamples) -> None:
    correct(store, "sport 1", label="food")
    assert [(example.text, example.label) for example in examples.nearest("sport 9", 1)] == [("sport 1", "food")]


@pytest.mark.parametrize("asked", ["sport 1", "  SPORT\n1 "])
def test_neither_the_text_itself_nor_an_equal_one_is_an_example(
    store: Store, examples: GoldExamples, asked: str
) -> None:
    correct(store, "sport 1", "sport 2")
    assert [example.text for example in examples.nearest(asked, 5)] == ["sport 2"]


def test_new_gold_is_seen_and_old_gold_not_embedded_again(
    store: Store, examples: GoldExamples, embedder: ClassEmbedder
) -> None:
    correct(store, "sport 1")
    examples.nearest("sport 9", 1)
    examples.nearest("sport 9", 1)
    assert embedder.embedded.count("sport 1") == 1
    correct(store, "tech 1")
    assert [example.text for example in examples.nearest("tech 9", 2)] == ["tech 1", "sport 1"]


def ask_teacher(store: Store, text: str, label: str | None) -> None:
    store.teacher_labels.save(
        1,
        text_hash=hash_text(text),
        answer=TeacherAnswer(label=label, raw=""),
        identity=TeacherIdentity(model="simulated", prompt_version="p1"),
        round_number=0,
        at=0.0,
    )


def order_of(examples: GoldExamples, text: str = "sport 9") -> list[str]:
    return [example.text for example in examples.nearest(text, 9)]


class PlaneEmbedder:
    """Texts at angles to "sport 9", in degrees."""

    name = "plane"
    angles: ClassVar[dict[str, float]] = {"sport 9": 0.0, "sport 1": 20.0, "sport 2": 24.0, "sport 3": 40.0}

    def embed(self, texts: Sequence[str]) -> Vectors:
        radians = np.radians([self.angles[text] for text in texts])
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


@pytest.fixture
def on_a_plane(store: Store, examples: GoldExamples) -> GoldExamples:
    correct(store, "sport 1", "sport 2", "sport 3")
    return GoldExamples(store, 1, SCHEMA, PlaneEmbedder())


def test_of_about_equally_near_texts_one_that_people_corrected_comes_first(
    store: Store, on_a_plane: GoldExamples
) -> None:
    assert order_of(on_a_plane) == ["sport 1", "sport 2", "sport 3"]
    ask_teacher(store, "sport 1", "sport")
    ask_teacher(store, "sport 2", "tech")
    assert order_of(on_a_plane) == ["sport 2", "sport 1", "sport 3"]


def test_a_corrected_text_that_is_farther_away_does_not_come_before_a_near_one(
    store: Store, on_a_plane: GoldExamples
) -> None:
    ask_teacher(store, "sport 3", "tech")
    assert order_of(on_a_plane) == ["sport 1", "sport 2", "sport 3"]


@pytest.mark.parametrize(("is_out_of_fold", "first"), [(True, "sport 2"), (False, "sport 1")])
def test_where_llm_and_student_differed_the_text_that_people_decided_is_preferred(
    store: Store, on_a_plane: GoldExamples, is_out_of_fold: bool, first: str
) -> None:
    ask_teacher(store, "sport 2", "sport")
    said = Opinion(
        text_hash=hash_text("sport 2"),
        label="tech",
        confidence=0.6,
        final_label="sport",
        score=0.6,
        is_out_of_fold=is_out_of_fold,
    )
    store.opinions.save(1, [said], 1)
    assert order_of(on_a_plane)[0] == first


def test_held_out_texts_are_never_shown_whatever_is_asked_about(store: Store, embedder: ClassEmbedder) -> None:
    store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate(TEXTS, start=1)])
    correct(store, "sport 1", "sport 2", "tech 1")
    held_out = [hash_text("sport 1"), hash_text("tech 1")]
    assert order_of(GoldExamples(store, 1, SCHEMA, embedder, held_out)) == ["sport 2"]
