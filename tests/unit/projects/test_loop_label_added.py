"""A label that is added while people work is sought at once, as the first ones were; one that was renamed is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.label_studio import label_config
from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.syncing.label_renaming import rename_label
from mraru.projects.syncing.project_sync import sync_project
from mraru.projects.syncing.set_aside import list_set_aside
from mraru.store.projects.round_repository import RoundKind
from mraru.students.multilabel_student import MultilabelStudent

BenchMaker = Callable[..., LoopBench]
TWO = ("sport", "tech")


@pytest.fixture
def bench(make_bench: BenchMaker) -> LoopBench:
    """Rounds are over; a third of the texts are about food, of which the teacher can say nothing so far."""
    bench = make_bench(n_texts=60, labels=TWO, max_rounds=2, batch_size=5)
    bench.teacher.answer = lambda text: class_of(text) if class_of(text) in read_labels(bench) else None
    bench.start()
    bench.run()
    return bench


def read_labels(bench: LoopBench) -> tuple[str, ...]:
    return parse_label_config(bench.label_studio.label_config).labels


def change(bench: LoopBench, *labels: str) -> list[RoundKind]:
    """The team changes the label config and lets two more rounds be made; their kinds."""
    before = len(bench.store.rounds.list_all(PROJECT))
    bench.label_studio.label_config = label_config(labels)
    bench.store.projects.request_sync(PROJECT)
    bench.set_options(max_rounds=8)
    bench.clock.now += 3600.0
    bench.store.projects.start(PROJECT)
    bench.run()
    return [round_.kind for round_ in bench.store.rounds.list_all(PROJECT)[before:]]


def labels_taught(bench: LoopBench) -> set[str]:
    schema = parse_label_config(bench.label_studio.label_config)
    return set(read_labelled_set(bench.store, PROJECT, schema).labels.values())


def test_a_new_label_is_sought_before_rounds_go_on(bench: LoopBench) -> None:
    assert labels_taught(bench) == {"sport", "tech"}
    kinds = change(bench, "sport", "tech", "food")
    assert RoundKind.SEED in kinds[:2]  # what people changed is learned first
    assert "food" in labels_taught(bench)
    assert bench.project.is_seeded


def test_a_renamed_label_is_not_sought_at_the_team_s_cost(bench: LoopBench) -> None:
    kinds = change(bench, "sport", "technology")
    assert RoundKind.SEED not in kinds
    schema = parse_label_config(bench.label_studio.label_config)
    rename_label(
        bench.store, PROJECT, schema, old="tech", new="technology", at=bench.clock(), identify_teachers=lambda: []
    )
    bench.clock.now += 3600.0
    bench.run()
    assert {"sport", "technology"} <= labels_taught(bench)
    assert RoundKind.SEED not in [round_.kind for round_ in bench.store.rounds.list_all(PROJECT)[1:]]


def test_a_label_that_is_taken_away_is_not_sought(bench: LoopBench) -> None:
    assert RoundKind.SEED not in change(bench, "sport", "food")[:2]  # tech is set aside: food may be its new name


def test_a_choice_that_takes_several_labels_from_now_on_is_learned_anew(bench: LoopBench) -> None:
    bench.label_studio.label_config = label_config(TWO).replace('toName="text">', 'toName="text" choice="multiple">')
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    assert parse_label_config(bench.project.label_config).is_multiple
    assert bench.project.n_corrections == 1  # nobody corrected anything, but the student learns again
    n_asked = len(bench.teacher.asked)
    bench.clock.now += 3600.0
    bench.run()
    assert len(bench.teacher.asked) == n_asked
    assert labels_taught(bench) == {"sport", "tech"}
    schema = parse_label_config(bench.project.label_config)
    training, labelled = (
        bench.loop._context.make_training(PROJECT, schema),
        read_labelled_set(bench.store, PROJECT, schema),
    )
    last = bench.store.rounds.list_all(PROJECT)[-1].number
    assert isinstance(training.load(last, labelled), MultilabelStudent)


def test_annotations_of_several_labels_are_set_aside_once_only_one_may_be_chosen(bench: LoopBench) -> None:
    bench.correct(1, "sport | tech")
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    schema = parse_label_config(bench.project.label_config)
    (away,) = list_set_aside(bench.store, PROJECT, schema)
    assert (away.label, away.n_people) == ("sport | tech", 1)
    assert "sport | tech" not in read_labelled_set(bench.store, PROJECT, schema).gold.values()
