"""Several teachers as one: each keeps its own books, and together they give one answer."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mraru.errors import BudgetExceeded
from mraru.interfaces import Ledger, Teacher
from mraru.records import TeacherAnswer, TeacherIdentity, TeacherMode, Usage, Vote, hash_text
from mraru.teachers.shortlists.shortlist_teacher import ShortlistTeacher

Answers = list[tuple[str, TeacherAnswer]]  # by teachers' names, in the order of asking


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTeacher:
    """One of several; its ledger, budget and guard are around it."""

    name: str
    teacher: Teacher


class SeveralTeachers(ABC):
    """Asks its members one after the other; no ledger and no budget goes around it, since each has its own.

    A member that fails ends the asking; what others answered before stays in the ledger and costs nothing when the
    text is asked about again.
    """

    mode: TeacherMode

    def __init__(self, members: Sequence[NamedTeacher], *shape: object) -> None:
        """Take the members in the order of asking; `shape` is what else decides about the answers."""
        self.members = tuple(members)
        identities = [
            (member.name, identity.model, identity.prompt_version, identity.server)
            for member in members
            for identity in (member.teacher.identity,)
        ]
        described = json.dumps([self.mode, *shape, identities])
        self._identity = TeacherIdentity(
            model=self.mode, prompt_version=hashlib.blake2b(described.encode(), digest_size=6).hexdigest()
        )

    @property
    def identity(self) -> TeacherIdentity:
        """Whose label it is, with the limits of the members' answers; in the ledger stand their own identities."""
        limits = tuple((member.name, member.teacher.identity.answer_limit) for member in self.members)
        return replace(self._identity, member_limits=limits)

    def identity_of(self, text: str) -> TeacherIdentity:
        """Of every text the same: the members' own say with which prompt each was asked."""
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        """The most that all members together can cost."""
        return sum(member.teacher.cost_bound_usd(text) for member in self.members)

    def tokens_bound(self, text: str) -> int:
        """The most tokens that all members together can use."""
        return sum(member.teacher.tokens_bound(text) for member in self.members)

    def label(self, text: str) -> TeacherAnswer:
        """Ask as many members as it takes.

        Raises:
            BudgetExceeded: there was no room for the first, or for one without which there is no label. Otherwise
                those that there was room for decide.
            TeacherUnavailable, TeacherMisconfigured: as of the first member that fails.
        """
        answers: Answers = []
        without_room: BudgetExceeded | None = None
        for member in self.members:
            try:
                answers.append((member.name, member.teacher.label(text)))
            except BudgetExceeded as exc:
                if not answers:
                    raise
                without_room = exc
                continue
            if self._is_decided(answers):
                break
        answer = self._combine(answers)
        if answer.label is None and without_room is not None:
            raise without_room  # "no label" would never be asked again
        return answer

    def recall(self, text: str, find: Callable[[TeacherIdentity], TeacherAnswer | None]) -> TeacherAnswer | None:
        """The answer that members gave earlier, without asking; None where one would have to be asked.

        Args:
            find: what the ledger holds of a member about the text.
        """
        answers: Answers = []
        for member in self.members:
            known = recall(member.teacher, text, find)
            if known is None:
                return None
            answers.append((member.name, known))
            if self._is_decided(answers):
                break
        return self._combine(answers)

    @abstractmethod
    def _is_decided(self, answers: Answers) -> bool:
        """Whether the members after these need not be asked."""

    @abstractmethod
    def _combine(self, answers: Answers) -> TeacherAnswer:
        """The one answer that these, at least one, are."""


def sum_up(
    answers: Answers,
    *,
    label: str | None,
    probabilities: tuple[tuple[str, float], ...] | None,
    explanation: str | None,
) -> TeacherAnswer:
    """An answer with the votes, and with what was paid now for all of them."""
    reasons = [f"{name}: {answer.no_label_reason}" for name, answer in answers if answer.no_label_reason]
    return TeacherAnswer(
        label=label,
        raw=json.dumps({name: answer.raw for name, answer in answers}, ensure_ascii=False),
        no_label_reason="; ".join(reasons) if label is None else None,
        probabilities=probabilities,
        explanation=explanation,
        votes=tuple(Vote(teacher=name, label=answer.label, cut_at=answer.cut_at) for name, answer in answers),
        usage=Usage(
            prompt_tokens=sum(answer.usage.prompt_tokens for _, answer in answers),
            completion_tokens=sum(answer.usage.completion_tokens for _, answer in answers),
        ),
        cost_usd=sum(answer.cost_usd for _, answer in answers),
        latency_s=sum(answer.latency_s for _, answer in answers),
        from_ledger=all(answer.from_ledger for _, answer in answers),
    )


def confidence_of(answer: TeacherAnswer) -> float | None:
    """The teacher's probability of the label that it named; None where not known.

    >>> confidence_of(TeacherAnswer(label="a", raw="", probabilities=(("a", 0.75), ("b", 0.25))))
    0.75
    """
    if answer.label is None or answer.probabilities is None:
        return None
    return dict(answer.probabilities).get(answer.label)


def recall_answer(teacher: Teacher, ledger: Ledger, text: str) -> TeacherAnswer | None:
    """What a teacher, or several as one, would say without asking anybody; None where it would have to be asked."""

    def find(identity: TeacherIdentity) -> TeacherAnswer | None:
        return ledger.find_answer(identity, hash_text(text))

    return recall(teacher, text, find)


def recall(
    teacher: Teacher, text: str, find: Callable[[TeacherIdentity], TeacherAnswer | None]
) -> TeacherAnswer | None:
    """The same, of whatever `find` knows about the text."""
    if isinstance(teacher, SeveralTeachers | ShortlistTeacher):
        return teacher.recall(text, find)
    return find(teacher.identity_of(text))


def list_identities(teacher: Teacher) -> list[TeacherIdentity]:
    """Under which the ledger has the answers of a teacher, or of several as one."""
    if isinstance(teacher, SeveralTeachers):
        return [identity for member in teacher.members for identity in list_identities(member.teacher)]
    return list(teacher.identities) if isinstance(teacher, ShortlistTeacher) else [teacher.identity]
