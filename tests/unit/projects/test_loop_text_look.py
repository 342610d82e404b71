"""No call is made about texts that say only where a text is, until people who were told start the project again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench
from mraru.projects.round_controls import start_rounds
from mraru.projects.syncing.project_sync import sync_project
from mraru.store.projects.project_repository import ProjectState

BenchMaker = Callable[..., LoopBench]


@pytest.fixture
def stored(make_bench: BenchMaker) -> LoopBench:
    """A project whose tasks came from a storage: addresses, the classes in their names."""
    bench = make_bench(n_texts=30)
    texts = bench.label_studio.tasks
    bench.label_studio.tasks = {
        task: f"s3://team-bucket/reviews/{text.replace(' ', '-')}.txt" for task, text in texts.items()
    }
    bench.teacher.answer = lambda text: text.split("/")[-1].split("-")[0]
    bench.start()
    return bench


def warnings_of(bench: LoopBench) -> dict[str, str]:
    return {warning.code: warning.message for warning in bench.store.warnings.list_all(PROJECT)}


def test_a_project_of_addresses_pauses_before_the_first_call(stored: LoopBench) -> None:
    stored.run()
    assert stored.teacher.asked == []
    assert stored.store.rounds.list_all(PROJECT) == []
    assert (stored.project.state, stored.project.waits_for_people) == (ProjectState.PAUSED, True)
    assert "30 of the 30 texts looked at are addresses, such as s3://team-bucket/" in stored.project.reason
    assert "`mraru start PROJECT`" in stored.project.reason
    assert "texts-are-addresses" in warnings_of(stored)


def test_it_stays_paused_over_restarts_and_time(stored: LoopBench) -> None:
    stored.run()
    stored.clock.now += 90_000
    stored.restart()
    stored.store.projects.try_again(PROJECT)
    stored.run()
    assert stored.teacher.asked == []
    assert stored.project.state is ProjectState.PAUSED


def test_whoever_starts_it_again_means_the_addresses(stored: LoopBench) -> None:
    stored.run()
    start_rounds(stored.store, PROJECT, 1)
    stored.run()
    assert stored.project.state is ProjectState.STOPPED, stored.project.reason
    assert len(stored.teacher.asked) > 3
    assert "texts-are-addresses" in warnings_of(stored)  # which is still true


def test_a_worker_that_is_killed_while_it_pauses_looks_again(
    stored: LoopBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stored.store.projects, "pause", die)
        with pytest.raises(KeyboardInterrupt):
            stored.run()
    stored.restart()
    stored.run()
    assert stored.teacher.asked == []
    assert stored.project.state is ProjectState.PAUSED


def test_once_the_texts_are_imported_the_warning_goes_and_they_are_asked_about(stored: LoopBench) -> None:
    stored.run()
    stored.label_studio.tasks = {task: f"{('sport', 'tech', 'food')[task % 3]} {task}" for task in range(1, 31)}
    sync_project(stored.store, stored.label_studio, PROJECT, stored.clock)
    assert "texts-are-addresses" not in warnings_of(stored)
    stored.teacher.answer = lambda text: text.split()[0]
    start_rounds(stored.store, PROJECT, 1)
    stored.run()
    assert stored.project.state is ProjectState.STOPPED, stored.project.reason


def test_some_addresses_among_texts_stop_nothing(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=30)
    bench.label_studio.tasks |= {task: f"https://example.com/sport/{task}" for task in range(1, 14)}
    bench.teacher.answer = lambda text: "sport" if text.startswith("https") else text.split()[0]
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.STOPPED, bench.project.reason
    assert "texts-are-addresses" not in warnings_of(bench)
