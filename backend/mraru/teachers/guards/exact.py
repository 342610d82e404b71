"""For measuring a prompt: answers to another version of it do not count."""

from __future__ import annotations

from dataclasses import replace

from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.guards.wrapped import WrappedTeacher


class ExactTeacher(WrappedTeacher):
    """The teacher within, to whom an answer without examples is none where examples would be shown now."""

    @property
    def identity(self) -> TeacherIdentity:
        return replace(self._teacher.identity, other_versions=())

    def identity_of(self, text: str) -> TeacherIdentity:
        return replace(self._teacher.identity_of(text), other_versions=())

    def label(self, text: str) -> TeacherAnswer:
        """Ask; raises what the teacher within raises."""
        return self._teacher.label(text)
