"""Where several labels may be chosen, a set of them is one answer: learned, predicted, corrected and renamed as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes.loop_bench import PROJECT, ClassEmbedder, LoopBench, make_loop_bench
from fakes.teachers import SimulatedTeacher
from mraru.answers import NO_LABELS, join_labels, split_answer
from mraru.interfaces import Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.syncing.label_renaming import rename_label
from mraru.projects.syncing.set_aside import list_set_aside
from mraru.records import hash_text

LABELS = ("sport", "tech", "food")
SETS = ("sport", "tech", "food", "sport tech", "food sport", "none")  # as texts name them


def answer_of(text: str) -> str:
    """The set that a text names before its number."""
    return join_labels(word for word in text.split()[:-1] if word in LABELS)


class SetEmbedder(ClassEmbedder):
    """Vectors that show each label of a text."""

    name = "sets"

    def _vector(self, text: str) -> Vectors:
        rng = np.random.default_rng(sum(text.encode()))
        vector = rng.normal(0.0, 0.05, 4)
        vector[3] += 0.3
        for label in split_answer(answer_of(text)):
            vector[LABELS.index(label)] += 1.0
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def label_config(labels: tuple[str, ...] = LABELS) -> str:
    choices = "".join(f'<Choice value="{label}"/>' for label in labels)
    return (
        '<View><Text name="text" value="$text"/>'
        f'<Choices name="label" toName="text" choice="multiple">{choices}</Choices></View>'
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LoopBench]:
    made = make_loop_bench(tmp_path, 0, LABELS, max_rounds=4, max_calls=60)
    made.label_studio.label_config = label_config()
    made.label_studio.tasks = {i: f"{SETS[i % len(SETS)]} {i}" for i in range(1, 91)}
    made.teacher = SimulatedTeacher(answer_of)
    made.embedder = SetEmbedder()
    made.restart()
    made.start()
    yield made
    made.store.close()


def served(bench: LoopBench) -> dict[int, str | None]:
    held = bench.label_studio.of_version(bench.project.served_version)
    return {task: prediction.label for task, prediction in held.items()}


def test_the_set_that_is_served_is_the_one_that_the_text_has(bench: LoopBench) -> None:
    bench.run()
    found = served(bench)
    assert set(found) == set(bench.label_studio.tasks)
    wrong = {task: label for task, label in found.items() if label != answer_of(bench.label_studio.tasks[task])}
    assert len(wrong) <= 3
    assert {"sport | tech", "food | sport", NO_LABELS} <= set(found.values())


def test_seeding_ends_once_each_label_is_in_some_set(bench: LoopBench) -> None:
    bench.label_studio.tasks = {i: f"sport tech {i}" if i % 2 else f"food {i}" for i in range(1, 61)}
    bench.run()
    seeded = bench.store.rounds.list_all(PROJECT)[0]
    assert seeded.kind == "seed"
    assert seeded.n_labels < 20
    assert bench.project.is_seeded


def test_a_correction_of_one_label_of_a_set_is_gold_and_stands(bench: LoopBench) -> None:
    bench.run()
    task = next(task for task, text in bench.label_studio.tasks.items() if answer_of(text) == "sport | tech")
    bench.correct(task, "food | tech")
    bench.clock.now += 3600.0
    bench.run()
    labelled = read_labelled_set(bench.store, PROJECT, parse_label_config(bench.project.label_config))
    text_hash = hash_text(bench.label_studio.tasks[task])
    assert labelled.gold == {text_hash: "food | tech"}
    assert bench.store.opinions.load(PROJECT, [text_hash])[text_hash].final_label == "food | tech"


def test_a_renamed_label_keeps_the_sets_that_it_is_in(bench: LoopBench) -> None:
    bench.run()
    bench.correct(2, "food")
    bench.correct(3, "sport | tech")
    bench.label_studio.label_config = label_config(("sport", "technology", "food"))
    bench.store.projects.request_sync(PROJECT)
    bench.clock.now += 3600.0
    bench.run()
    schema = parse_label_config(bench.project.label_config)
    (away,) = list_set_aside(bench.store, PROJECT, schema)
    assert (away.label, away.likely_name) == ("tech", "technology")
    assert away.n_people == 1
    assert away.n_teacher > 5
    rename_label(
        bench.store, PROJECT, schema, old="tech", new="technology", at=bench.clock(), identify_teachers=lambda: []
    )
    assert list_set_aside(bench.store, PROJECT, schema) == ()
    labelled = read_labelled_set(bench.store, PROJECT, schema)
    assert "sport | technology" in labelled.gold.values()
    assert {"technology", "sport | technology"} <= set(labelled.teacher.values())
    n_asked = len(bench.teacher.asked)
    bench.clock.now += 3600.0
    bench.run()
    assert len(set(bench.teacher.asked)) == len(bench.teacher.asked) >= n_asked  # nobody was asked twice
    assert "sport | technology" in served(bench).values()
    still_open = {task: label for task, label in served(bench).items() if task not in (2, 3)}
    assert not any(label and "tech" in split_answer(label) for label in still_open.values())


def test_an_answer_with_a_label_that_is_gone_is_set_aside_whole(bench: LoopBench) -> None:
    bench.run()
    bench.label_studio.label_config = label_config(("sport", "food", "news", "art"))
    bench.store.projects.request_sync(PROJECT)
    bench.clock.now += 3600.0
    bench.run()
    labelled = read_labelled_set(bench.store, PROJECT, parse_label_config(bench.project.label_config))
    assert {"tech", "sport | tech"} <= set(labelled.set_aside_teacher.values())
    assert not any("tech" in split_answer(label) for label in labelled.teacher.values() if label)


def test_a_text_that_people_left_without_a_label_is_gold_too(bench: LoopBench) -> None:
    bench.run()
    bench.correct(1, NO_LABELS)
    bench.clock.now += 3600.0
    bench.run()
    text_hash = hash_text(bench.label_studio.tasks[1])
    assert bench.store.opinions.load(PROJECT, [text_hash])[text_hash].final_label == NO_LABELS
