"""A project that Label Studio no longer has, or hides from us."""

from __future__ import annotations

import logging

import pytest

from fakes.loop_bench import PROJECT, LoopBench
from mraru.errors import LabelStudioRefused
from mraru.projects.gone_projects import LOOK_AGAIN_S
from mraru.store.projects.project_repository import ProjectState

pytestmark = pytest.mark.slow


def lose(bench: LoopBench) -> list[str]:
    """Have the project vanish and the loop see it; the names of all calls to Label Studio from then on."""
    bench.label_studio.is_gone = True
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    calls: list[str] = []
    bench.label_studio.before_call = calls.append
    return calls


def test_a_project_that_is_gone_has_a_state_that_says_both_reasons_and_the_remedy(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    lose(bench)
    assert bench.project.state is ProjectState.GONE
    assert "has no project 1, or the user of LABEL_STUDIO_API_KEY may not see it" in bench.project.reason
    assert "if it was deleted, `mraru forget 1` removes" in bench.project.reason
    assert bench.project.retry_at == bench.clock.now + LOOK_AGAIN_S


def test_it_is_said_once_and_looked_at_once_an_hour(bench: LoopBench, caplog: pytest.LogCaptureFixture) -> None:
    bench.start()
    bench.run()
    with caplog.at_level(logging.INFO, logger="mraru"):
        calls = lose(bench)
        for _ in range(2 * 60):  # as often as all projects are looked after
            bench.clock.advance(60)
            bench.run()
    assert [record.levelname for record in caplog.records if "gone" in record.message] == ["WARNING"]
    assert calls == ["describe_project"] * 2


def test_it_goes_on_by_itself_when_the_permission_comes_back(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    n_asked = len(bench.teacher.asked)
    before = bench.project.state
    lose(bench)
    bench.label_studio.is_gone = False
    bench.clock.advance(LOOK_AGAIN_S - 1)
    bench.run()
    assert bench.project.state is ProjectState.GONE
    bench.clock.advance(1)
    bench.run()
    assert bench.project.state is before
    assert len(bench.teacher.asked) == n_asked  # nothing that was paid for is asked again


def test_one_that_a_person_paused_stays_paused_when_it_comes_back(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    bench.store.projects.pause(PROJECT)
    lose(bench)
    assert bench.project.state is ProjectState.GONE
    bench.label_studio.is_gone = False
    bench.clock.advance(LOOK_AGAIN_S)
    bench.run()
    assert bench.project.state is ProjectState.PAUSED
    assert bench.project.waits_for_people


def test_it_is_seen_where_a_push_is_refused_as_well(bench: LoopBench) -> None:
    def vanish(name: str) -> None:
        bench.label_studio.is_gone |= name == "push_predictions"

    bench.label_studio.before_call = vanish
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.GONE
    assert bench.project.is_sync_due


def test_a_404_of_something_else_in_a_project_that_is_there_fails_it(bench: LoopBench) -> None:
    def refuse(name: str) -> None:
        if name == "count_predictions":
            raise LabelStudioRefused("no such thing", status=404)

    bench.label_studio.before_call = refuse
    bench.start()
    bench.run()
    assert bench.project.state is ProjectState.FAILED


def test_a_start_looks_at_once(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    lose(bench)
    bench.label_studio.is_gone = False
    bench.store.projects.start(PROJECT)
    bench.run()
    assert bench.project.state is not ProjectState.GONE
