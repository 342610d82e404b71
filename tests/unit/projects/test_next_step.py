"""The table of what comes next, over every situation that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product

import pytest

from mraru.projects.next_step import NextStep, Situation, choose_step
from mraru.store.projects.round_repository import RoundStep

QUIET = Situation(
    open_step=None,
    may_ask=True,
    is_stopping=False,
    waits_for_people=False,
    has_failed=False,
    corrections_are_due=False,
    was_correction=False,
    has_answers=False,
    has_jobs=False,
)
FLAGS = [field.name for field in fields(Situation) if field.name != "open_step"]
PAUSED = {"waits_for_people": True, "may_ask": False}


def every_situation() -> Iterator[Situation]:
    for step in (None, RoundStep.ASKING, RoundStep.TRAINING, RoundStep.PUSHING):
        for values in product((False, True), repeat=len(FLAGS)):
            yield Situation(open_step=step, **dict(zip(FLAGS, values, strict=True)))


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, NextStep.OPEN_ROUND),
        ({"has_failed": True, "may_ask": False}, NextStep.COVER),
        (PAUSED, NextStep.COVER),
        ({"corrections_are_due": True}, NextStep.LEARN_CORRECTIONS),
        ({"corrections_are_due": True, **PAUSED}, NextStep.LEARN_CORRECTIONS),
        ({"corrections_are_due": True, "was_correction": True}, NextStep.OPEN_ROUND),
        ({"corrections_are_due": True, "was_correction": True, "may_ask": False}, NextStep.LEARN_CORRECTIONS),
        ({"corrections_are_due": True, "was_correction": True, "has_jobs": True}, NextStep.LEARN_CORRECTIONS),
        ({"has_answers": True, "has_jobs": True}, NextStep.TAKE_OVER_ANSWERS),
        ({"has_jobs": True}, NextStep.WAIT),
        ({"has_jobs": True, **PAUSED}, NextStep.WAIT),
        ({"open_step": RoundStep.ASKING}, NextStep.ASK),
        ({"open_step": RoundStep.ASKING, "is_stopping": True}, NextStep.FINISH_ROUND),
        ({"open_step": RoundStep.ASKING, "may_ask": False}, NextStep.FINISH_ROUND),
        ({"open_step": RoundStep.ASKING, **PAUSED}, NextStep.COVER),
        ({"open_step": RoundStep.ASKING, "corrections_are_due": True, **PAUSED}, NextStep.FINISH_ROUND),
        ({"open_step": RoundStep.TRAINING, **PAUSED}, NextStep.FINISH_ROUND),
        ({"open_step": RoundStep.PUSHING, "has_failed": True, "may_ask": False}, NextStep.FINISH_ROUND),
    ],
)
def test_what_comes_next(changes: dict[str, object], step: NextStep) -> None:
    assert choose_step(replace(QUIET, **changes)) is step  # type: ignore[arg-type]


def test_nobody_is_asked_while_nobody_may_be() -> None:
    asked = [each for each in every_situation() if choose_step(each) is NextStep.ASK]
    assert asked
    assert all(
        each.may_ask and not each.is_stopping and not each.waits_for_people
        for each in asked
        if not each.corrections_are_due
    )
    assert all(each.may_ask and not each.is_stopping for each in asked)


def test_no_round_begins_beside_an_open_one_or_for_those_who_wait() -> None:
    begun = [each for each in every_situation() if choose_step(each) is NextStep.OPEN_ROUND]
    assert begun
    for each in begun:
        assert each.open_step is None
        assert not each.waits_for_people
        assert not each.has_failed
        assert not each.has_jobs


def test_what_people_corrected_waits_for_one_round_at_most() -> None:
    for each in every_situation():
        if each.corrections_are_due and not each.was_correction and each.open_step is None:
            assert choose_step(each) is NextStep.LEARN_CORRECTIONS


def test_an_open_round_is_never_left_for_another() -> None:
    steps = {choose_step(each) for each in every_situation() if each.open_step is not None}
    assert steps == {NextStep.ASK, NextStep.FINISH_ROUND, NextStep.COVER}
