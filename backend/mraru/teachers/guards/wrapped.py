"""What every teacher around another one has in common: it is the same teacher, at the same price."""

from __future__ import annotations

from abc import ABC, abstractmethod

from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, TeacherIdentity


class WrappedTeacher(ABC):
    """A teacher that asks the one within, and adds one thing to it."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    @property
    def identity(self) -> TeacherIdentity:
        return self._teacher.identity

    def identity_of(self, text: str) -> TeacherIdentity:
        return self._teacher.identity_of(text)

    def cost_bound_usd(self, text: str) -> float:
        return self._teacher.cost_bound_usd(text)

    def tokens_bound(self, text: str) -> int:
        return self._teacher.tokens_bound(text)

    @abstractmethod
    def label(self, text: str) -> TeacherAnswer:
        """Ask about one text; raises what the teacher within raises."""
