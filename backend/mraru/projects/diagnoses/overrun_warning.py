"""Warns while more is reserved for a teacher's calls than their bound, because one used more than that."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.interfaces import Teacher
from mraru.records import TeacherIdentity
from mraru.store.ledger.overruns import Overrun
from mraru.store.store import Store
from mraru.teachers.combined.several_teachers import SeveralTeachers

WARNING_CODE = "calls-beyond-bound"


def note_overruns(store: Store, project_id: int, teacher: Teacher, at: float) -> None:
    """Warn, or withdraw the warning where none of the project's LLMs used more than its bound.

    Args:
        teacher: who labels now, one or several as one.
        at: seconds since 1970.
    """
    asked = {(identity.server, identity.model) for identity in _identities(teacher)}
    found = [overrun for overrun in store.overruns.list_all() if (overrun.server, overrun.model) in asked]
    known = {warning.code: warning for warning in store.warnings.list_all(project_id)}.get(WARNING_CODE)
    if not found:
        if known is not None:
            store.warnings.withdraw(project_id, WARNING_CODE)
        return
    message, remedy = " ".join(map(_describe, found)), _advise(found)
    if known is None or (known.message, known.remedy) != (message, remedy):
        store.warnings.note(project_id, WARNING_CODE, message, at, remedy=remedy)


def _identities(teacher: Teacher) -> list[TeacherIdentity]:
    if isinstance(teacher, SeveralTeachers):
        return [member.teacher.identity for member in teacher.members]
    return [teacher.identity]


def _describe(overrun: Overrun) -> str:
    return (
        f"A call to {overrun.model} at {overrun.server} used {overrun.factor:.1f} times the most that was reserved for "
        "it, which is booked, and as many times more is reserved for each further call, so that the budget is kept."
    )


def _advise(found: Sequence[Overrun]) -> str:
    commands = ", ".join(f"`mraru cost reset-bound {model}`" for model in sorted({overrun.model for overrun in found}))
    return (
        "If the model thinks at length before it answers, raise MRARU_TEACHER_THINKING_TOKENS, lower "
        "MRARU_REASONING_EFFORT, or name another one in OPENAI_MODEL; once it keeps to its bound, "
        f"{commands} has no more reserved than that. Or raise MRARU_MAX_COST_USD and MRARU_MAX_TOKENS, so that such "
        "calls fit."
    )
