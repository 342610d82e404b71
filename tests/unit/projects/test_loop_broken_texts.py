"""A text that would break what reads it is named and left out, and all others are worked on as ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench
from mraru.projects.syncing.project_sync import sync_project
from mraru.store.projects.project_repository import ProjectState

BROKEN = {3: "sport half an emoji \ud83d here", 4: "tech a\0b", 5: "food " + "word " * 400_000}


@pytest.fixture
def mixed(make_bench: Callable[..., LoopBench]) -> LoopBench:
    """A project in which three of 24 texts are broken, and whose rounds end when every other was asked about."""
    bench = make_bench(n_texts=24, max_rounds=None)
    bench.label_studio.tasks |= BROKEN
    return bench


def warnings_of(bench: LoopBench) -> dict[str, str]:
    return {warning.code: warning.message for warning in bench.store.warnings.list_all(PROJECT)}


def test_broken_texts_stop_nothing_and_are_neither_asked_about_nor_embedded_nor_pushed(mixed: LoopBench) -> None:
    mixed.start()
    mixed.run()
    assert mixed.project.state is ProjectState.STOPPED, mixed.project.reason
    usable = {task: text for task, text in mixed.label_studio.tasks.items() if task not in BROKEN}
    assert sorted(mixed.teacher.asked) == sorted(usable.values())
    assert not set(mixed.embedder.embedded) & set(BROKEN.values())
    assert {prediction.task_id for prediction in mixed.label_studio.predictions} == set(usable)


def test_the_warning_names_tasks_and_reasons_until_they_are_mended(mixed: LoopBench) -> None:
    mixed.start()
    sync_project(mixed.store, mixed.label_studio, PROJECT, mixed.clock)
    message = warnings_of(mixed)["tasks-with-broken-text"]
    assert message.startswith("3 texts hold what cannot be read or sent on")
    assert "task 3 (half of a character" in message
    assert "task 4 (a NUL character)" in message
    assert "task 5 (more than 1,000,000 characters)" in message
    mixed.label_studio.tasks |= {3: "sport 3", 4: "tech 4", 5: "food 5"}
    sync_project(mixed.store, mixed.label_studio, PROJECT, mixed.clock)
    assert "tasks-with-broken-text" not in warnings_of(mixed)
    assert mixed.store.tasks.count(PROJECT) == 24


def test_a_text_that_breaks_later_is_forgotten_here(mixed: LoopBench) -> None:
    mixed.label_studio.tasks |= {3: "sport 3"}
    mixed.start()
    sync_project(mixed.store, mixed.label_studio, PROJECT, mixed.clock)
    assert mixed.store.tasks.load_text(PROJECT, 3) == "sport 3"
    mixed.label_studio.tasks |= BROKEN
    sync_project(mixed.store, mixed.label_studio, PROJECT, mixed.clock)
    assert mixed.store.tasks.load_text(PROJECT, 3) is None


def test_only_the_first_few_of_many_are_named(make_bench: Callable[..., LoopBench]) -> None:
    bench = make_bench(n_texts=30)
    bench.label_studio.tasks |= {task: "a\0b" for task in range(1, 9)} | {task: " " for task in range(11, 18)}
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    assert warnings_of(bench)["tasks-with-broken-text"].endswith("task 5 (a NUL character) and 3 more.")
    empty = "7 tasks have no text in 'text', so they are left alone: tasks 11, 12, 13, 14, 15 and 2 more."
    assert warnings_of(bench)["tasks-without-text"] == empty


def test_the_data_of_a_corrected_task_may_be_broken(mixed: LoopBench) -> None:
    """Its annotation waits in the store, as that of any task without text."""
    mixed.start()
    mixed.correct(3, "tech")
    mixed.run()
    assert mixed.project.state is ProjectState.STOPPED, mixed.project.reason
    assert BROKEN[3] not in mixed.teacher.asked
