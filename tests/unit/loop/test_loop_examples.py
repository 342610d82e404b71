from __future__ import annotations

import pytest

from fakes.label_studio import LABELS, label_config
from fakes.loop_bench import ClassEmbedder
from mraru.labelstudio.label_config import parse_label_config
from mraru.loop.examples import GoldExamples
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
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
