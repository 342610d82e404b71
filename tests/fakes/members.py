"""Simulated teachers as members of an ensemble or a cascade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fakes.teachers import SimulatedTeacher
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.combined.several_teachers import NamedTeacher


class SureTeacher(SimulatedTeacher):
    """A simulated teacher of a name of its own that tells how sure it is, where `sureness` knows it."""

    def __init__(
        self,
        model: str,
        answer: Callable[[str], str | None],
        sureness: Callable[[str], float | None] = lambda text: None,
        cost_usd: float = 0.0,
    ) -> None:
        super().__init__(answer, cost_usd)
        self.identity = TeacherIdentity(model=model, prompt_version="p1", server="https://simulated.example/v1")
        self.sureness = sureness

    def label(self, text: str) -> TeacherAnswer:
        answer = super().label(text)
        sure = self.sureness(text)
        if answer.label is None or sure is None:
            return answer
        return replace(answer, probabilities=((answer.label, sure), ("another", 1 - sure)))


def as_members(*teachers: SimulatedTeacher) -> list[NamedTeacher]:
    return [NamedTeacher(name=teacher.identity.model, teacher=teacher) for teacher in teachers]


class ThinkingTeacher(SureTeacher):
    """A simulated teacher that thinks first, and is cut where that takes more than `limit` tokens."""

    def __init__(self, model: str, answer: Callable[[str], str | None], needs: Callable[[str], int]) -> None:
        """`needs`: tokens that the answer about a text takes."""
        super().__init__(model, answer)
        self.needs = needs
        self.limit = 100  # tokens

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    @property
    def identity(self) -> TeacherIdentity:
        return replace(self._identity, answer_limit=self.limit)

    @identity.setter
    def identity(self, identity: TeacherIdentity) -> None:
        self._identity = identity

    def label(self, text: str) -> TeacherAnswer:
        answer, limit = super().label(text), self.limit
        if self.needs(text) <= limit:
            return answer
        return replace(answer, label=None, raw="", no_label_reason=f"cut at {limit} tokens", cut_at=limit)
