"""An end between writing and noting leaves nothing behind that is not seen the next time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import FakeLabelStudio
from fakes.stores import open_store
from mraru.errors import LabelStudioUnreachable, WorkInterrupted
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.predictions.prediction_writing import Writing
from mraru.projects.predictions.reconciling import Reconciling
from mraru.records import Prediction, TaskText
from mraru.store.store import Store

PROJECT = 1
WANTED = [Prediction(task_id=task_id, label="sport", score=0.5, model_version="mraru") for task_id in range(1, 41)]


@pytest.fixture
def studio() -> FakeLabelStudio:
    return FakeLabelStudio([f"text {number}" for number in range(1, 41)])


@pytest.fixture
def store(tmp_path: Path, studio: FakeLabelStudio) -> Iterator[Store]:
    store = open_store(tmp_path / "mraru.sqlite3", HandClock())
    store.projects.connect(
        PROJECT, label_config=studio.label_config, hostname=None, access_token=None, backend_url=None
    )
    store.tasks.save(PROJECT, [TaskText(task_id=task_id, text=text) for task_id, text in studio.tasks.items()])
    yield store
    store.close()


@pytest.fixture
def start(store: Store, studio: FakeLabelStudio) -> Callable[..., Writing]:
    """`start()`: as after a start of the worker, which looks first where something is not sure."""

    def make(should_stop: Callable[[], bool] = lambda: False) -> Writing:
        schema = parse_label_config(studio.label_config)
        reconciling = Reconciling(
            store=store,
            project_id=PROJECT,
            label_studio=studio,
            schema=schema,
            clock=HandClock(),
            should_stop=should_stop,
        )
        reconciling.check()
        return Writing(
            store=store,
            project_id=PROJECT,
            label_studio=studio,
            schema=schema,
            reconciling=reconciling,
            should_stop=should_stop,
        )

    return make


def fail_at(studio: FakeLabelStudio, name: str, count: int = 1) -> None:
    left = [count]

    def step(called: str) -> None:
        left[0] -= called == name
        if called == name and left[0] == 0:
            studio.before_call = lambda name: None
            raise LabelStudioUnreachable("the answer was lost")

    studio.before_call = step


def test_a_change_whose_answer_was_lost_is_known_the_next_time(
    start: Callable[..., Writing], store: Store, studio: FakeLabelStudio
) -> None:
    start().write(WANTED)
    fail_at(studio, "after change_prediction", count=3)
    with pytest.raises(LabelStudioUnreachable):
        start().write([replace(row, score=0.2) for row in WANTED])
    writing = start()
    noted = store.predictions.load(PROJECT, "mraru", range(1, 41))
    held = studio.of_version("mraru")
    assert {task: row.score for task, row in noted.items()} == {task: row.score for task, row in held.items()}
    assert sorted({row.score for row in held.values()}) == [0.2, 0.5]
    writing.write(WANTED)  # what was wanted before is wanted again
    assert {row.score for row in studio.of_version("mraru").values()} == {0.5}


@pytest.mark.parametrize("name", ["push_predictions", "after push_predictions"])
def test_an_import_whose_answer_was_lost_is_seen_even_where_as_many_others_went_away(
    start: Callable[..., Writing], store: Store, studio: FakeLabelStudio, name: str
) -> None:
    start().write(WANTED[:10])
    fail_at(studio, name)
    with pytest.raises(LabelStudioUnreachable):
        start().write(WANTED[:20])
    for task_id in range(1, 11):  # the team deletes as many as came
        del studio.held[studio.of_version("mraru")[task_id].prediction_id]
    start().write(WANTED)
    assert len(studio.of_version("mraru")) >= 30  # none has two
    start().write(WANTED)
    assert set(studio.of_version("mraru")) == set(studio.tasks)


def test_single_ones_whose_answer_was_lost_are_not_made_twice_even_where_as_many_others_went_away(
    start: Callable[..., Writing], store: Store, studio: FakeLabelStudio
) -> None:
    more = {task_id: f"text {task_id}" for task_id in range(100, 1200)}
    studio.tasks |= more
    store.tasks.save(PROJECT, [TaskText(task_id=task_id, text=text) for task_id, text in more.items()])
    start().write(WANTED[30:34])
    fail_at(studio, "after create_prediction", count=4)
    with pytest.raises(LabelStudioUnreachable):
        start().write(WANTED[:7])
    for task_id in range(31, 35):  # the team deletes as many as came
        del studio.held[studio.of_version("mraru")[task_id].prediction_id]
    start().write(WANTED[:7])
    assert set(studio.of_version("mraru")) == set(range(1, 8))
    assert not studio.imports


def test_a_worker_that_shuts_down_ends_between_two_chunks(
    start: Callable[..., Writing], studio: FakeLabelStudio
) -> None:
    start().write(WANTED)
    writing = start(should_stop=lambda: bool(studio.changes))
    with pytest.raises(WorkInterrupted):
        writing.write([replace(row, label="tech") for row in WANTED])
    assert len(studio.changes) == 25
    start().write([replace(row, label="tech") for row in WANTED])
    assert len(studio.changes) == 40


def test_what_was_deleted_between_the_look_and_the_change_is_made_anew(
    start: Callable[..., Writing], studio: FakeLabelStudio
) -> None:
    start().write(WANTED)
    number = studio.of_version("mraru")[5].prediction_id

    def delete_meanwhile(name: str) -> None:
        if name == "change_prediction":
            studio.held.pop(number, None)

    studio.before_call = delete_meanwhile
    changed = [replace(row, label="tech") for row in WANTED]
    start().write(changed)
    assert 5 not in studio.of_version("mraru")
    studio.before_call = lambda name: None
    start().write(changed)
    assert studio.of_version("mraru")[5].label == "tech"


def test_a_task_that_is_gone_asks_for_a_sync_and_holds_nothing_up(
    start: Callable[..., Writing], store: Store, studio: FakeLabelStudio
) -> None:
    store.projects.begin_sync(PROJECT, 1.0)
    del studio.tasks[3]
    written = start().write(WANTED)
    assert written.n_created == 39
    project = store.projects.get(PROJECT)
    assert project is not None
    assert project.is_sync_due


def test_the_lowest_are_changed_first_and_only_as_many_as_are_asked_for(
    start: Callable[..., Writing], studio: FakeLabelStudio
) -> None:
    scores = {1: (0.1, 0.9), 2: (0.9, 0.05)}  # was first, and is to be first
    start().write([replace(row, score=scores.get(row.task_id, (0.5, 0.6))[0]) for row in WANTED])
    written = start().write(
        [replace(row, score=scores.get(row.task_id, (0.5, 0.6))[1]) for row in WANTED], most_changed=2
    )
    assert (written.n_changed, written.n_left) == (2, 38)
    assert {studio.held[number].task_id for number in studio.changes} == {1, 2}


def test_a_turn_of_the_audit_is_written_however_little_it_moved(
    start: Callable[..., Writing], studio: FakeLabelStudio
) -> None:
    start().write(WANTED)
    start().write([replace(row, score=0.51) for row in WANTED], exact={7, 8})
    assert {studio.held[number].task_id for number in studio.changes} == {7, 8}
