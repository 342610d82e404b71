"""Ends the asking of an LLM that answers and names no labels, before it has used up the budget.

Page's cumulative sum test (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954) over the answers in their
order: each that names no label adds to a sum, each that does takes from it, and the sum never falls below 0.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from mraru.errors import LabelsNotNamed
from mraru.interfaces import Teacher
from mraru.plugins import is_brought_teacher
from mraru.quantities import spell_quantity
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.llm.answers.answer import ONLY_THOUGHTS

USUAL_SHARE = 0.2  # of answers without a label, that a corpus of odd texts may well have
BAD_SHARE = 0.6
ALARM = 11.0  # 11 in a row without a label; 30 at BAD_SHARE; at USUAL_SHARE none in tens of thousands
STEP_WITHOUT = math.log(BAD_SHARE / USUAL_SHARE)
STEP_WITH = math.log((1 - BAD_SHARE) / (1 - USUAL_SHARE))
LOOKS_BACK = 400  # answers

_CUT, _REFUSED, _EMPTY = "the answer was cut at", "the LLM refused", "the answer is empty"
_ADVICE = (
    (_CUT, "Raise the limit that is named there"),
    (ONLY_THOUGHTS, "Raise MRARU_TEACHER_THINKING_TOKENS, or turn its thinking off on the server"),
    (_REFUSED, "Take another model (OPENAI_MODEL), or an instruction that says what the labels are for"),
    (_EMPTY, "Look at the server's own log; MRARU_ANSWER_FORMAT=text asks it in the plainest way"),
    ("", "Try another model (OPENAI_MODEL) or MRARU_ANSWER_FORMAT; `mraru prompt show` prints what it is asked"),
)
_ADVICE_FOR_BROUGHT = "Mend it, or set another teacher (MRARU_TEACHER)"


class LabelWatch(Protocol):
    """Where answers are written down."""

    def list_reasons(self, project_id: int, identity: TeacherIdentity, limit: int) -> list[str | None]:
        """Why the latest answers named no label, None for those that did, the latest last."""
        ...

    def begin_anew(self, project_id: int, identity: TeacherIdentity) -> None:
        """From the next call on answers count."""
        ...


class LabelWatchedTeacher(WrappedTeacher):
    """Makes no call of a project once the answers before it named labels too seldom.

    Whoever goes on all the same, with other settings or a repaired server, has as many answers again before the next
    alarm.
    """

    def __init__(self, teacher: Teacher, watch: LabelWatch, project_id: int) -> None:
        super().__init__(teacher)
        self._watch = watch
        self._project_id = project_id
        self._guard = threading.Lock()
        self._n_under_way = 0
        self._alarm = ""  # while calls are under way that began before it

    def label(self, text: str) -> TeacherAnswer:
        """Ask, unless that is money thrown away.

        Raises:
            LabelsNotNamed: what came of the last answers says that no label is to be expected; nothing was asked.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded, AlreadyAsked, RoomTaken: as of the teacher within.
        """
        with self._guard:
            self._check()
            self._n_under_way += 1
        try:
            return self._teacher.label(text)
        finally:
            with self._guard:
                self._n_under_way -= 1

    def _check(self) -> None:
        """As `check_labels`, and one alarm for all threads that were at work when it came."""
        if self._alarm and self._n_under_way:
            raise LabelsNotNamed(self._alarm)
        self._alarm = ""
        try:
            check_labels(self._watch, self._project_id, self._teacher.identity)
        except LabelsNotNamed as exc:
            self._alarm = str(exc)
            raise


def check_labels(watch: LabelWatch, project_id: int, identity: TeacherIdentity) -> None:
    """Make sure that an LLM names labels; that one goes on after an alarm is asked of people, so it is raised once.

    Raises:
        LabelsNotNamed: its latest answers in this project did so too seldom.
    """
    reasons = watch.list_reasons(project_id, identity, LOOKS_BACK)
    since = find_alarm(reasons)
    if since is None:
        return
    watch.begin_anew(project_id, identity)
    raise LabelsNotNamed(describe_alarm(identity.model, reasons[since:]))


def find_alarm(reasons: Sequence[str | None]) -> int | None:
    """Since which answer there were too few labels, by Page's test at the latest answer; None where there are enough.

    Args:
        reasons: why each answer named no label, the latest last; None for those that named one.

    >>> find_alarm([None, *["cut"] * 10]), find_alarm([None, *["cut"] * 11])
    (None, 1)
    >>> find_alarm(["cut", None] * 20), find_alarm(["cut", "cut", None] * 12)
    (None, 0)
    """
    total, since = 0.0, 0
    for position, reason in enumerate(reasons):
        total += STEP_WITH if reason is None else STEP_WITHOUT
        if total <= 0:
            total, since = 0.0, position + 1
    return since if total >= ALARM else None


def describe_alarm(model: str, reasons: Sequence[str | None]) -> str:
    """What the answers look like, and what can be done.

    Args:
        reasons: of the answers since labels became too few.
    """
    kinds = Counter(_kind_of(reason) for reason in reasons if reason is not None)
    n_without = sum(kinds.values())
    listed = "; ".join(f"{spell_quantity(n, 'time')} {kind}" for kind, n in kinds.most_common(3))
    worst = kinds.most_common(1)[0][0]
    advice = _ADVICE_FOR_BROUGHT
    if not is_brought_teacher(model):
        advice = next(what for head, what in _ADVICE if worst.startswith(head))
    return (
        f"{model} named no label in {n_without} of its last {len(reasons)} answers, so it is asked no more: {listed}. "
        f"{advice}, then start the project again."
    )


def _kind_of(reason: str) -> str:
    """A reason without what it quotes, which may be of the text, and without what was done about it."""
    plain = re.sub(r" \(asked twice\)\Z", "", reason).split("; asking again failed")[0]
    if plain.startswith("the LLM named "):
        return "the LLM named something that is no label of this project"
    return plain or "no reason is known"
