"""What comes next in a project, as a table: the situation in, the next step out; nothing is read or done here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mraru.store.projects.round_repository import RoundStep


class NextStep(StrEnum):
    """One piece of work."""

    ASK = "ask about the texts of the open round, then train and push"
    FINISH_ROUND = "train and push the open round with what was answered"
    LEARN_CORRECTIONS = "train on what people corrected"
    TAKE_OVER_ANSWERS = "train on what batch jobs have answered"
    WAIT = "wait for a batch job, and write meanwhile"
    COVER = "give the rest of the tasks a prediction"
    OPEN_ROUND = "begin a round, unless there is a reason to stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is decided by."""

    open_step: RoundStep | None  # of the round that is not done; None: there is none
    may_ask: bool  # the teacher, now
    is_stopping: bool  # the worker is shutting down, or the project was paused or disconnected
    waits_for_people: bool  # until they start it
    has_failed: bool
    corrections_are_due: bool
    was_correction: bool  # the last round learned corrections
    has_answers: bool  # of batch jobs, that may be learned now
    has_jobs: bool  # batch jobs under way


def choose_step(situation: Situation) -> NextStep:
    """What to do next.

    An open round goes first: what is paid for is learned. Corrections and rounds take turns, so that neither people who
    label fast keep the LLM from being asked, nor rounds keep what people said from being learned.
    """
    if situation.open_step is not None:
        return _go_on(situation)
    is_rounds_turn = situation.may_ask and situation.was_correction and not situation.has_jobs
    if situation.corrections_are_due and not is_rounds_turn:
        return NextStep.LEARN_CORRECTIONS
    if situation.has_answers:
        return NextStep.TAKE_OVER_ANSWERS
    if situation.has_jobs:
        return NextStep.WAIT
    if situation.waits_for_people or situation.has_failed:
        return NextStep.COVER
    return NextStep.OPEN_ROUND


def _go_on(situation: Situation) -> NextStep:
    """With the open round."""
    is_asking = situation.open_step is RoundStep.ASKING
    if is_asking and situation.waits_for_people and not situation.corrections_are_due:
        return NextStep.COVER
    if is_asking and situation.may_ask and not situation.is_stopping:
        return NextStep.ASK
    return NextStep.FINISH_ROUND
