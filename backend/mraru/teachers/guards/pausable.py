"""Begins no call for a project that a person paused, not even another attempt about a text under way."""

from __future__ import annotations

from collections.abc import Callable

from mraru.errors import WorkInterrupted
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer
from mraru.teachers.guards.wrapped import WrappedTeacher


class PausableTeacher(WrappedTeacher):
    """Looks at each attempt whether the project is paused.

    It goes around BudgetedTeacher, so that nothing is reserved for a call that is not made; and within
    RetryingTeacher and the server's guard, since it is while they wait that people pause.
    """

    def __init__(self, teacher: Teacher, is_paused: Callable[[], bool]) -> None:
        super().__init__(teacher)
        self._is_paused = is_paused

    def label(self, text: str) -> TeacherAnswer:
        """Ask unless the project is paused.

        Raises:
            WorkInterrupted: it is; nothing was asked.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded, AlreadyAsked, RoomTaken: as of the teacher within.
        """
        if self._is_paused():
            raise WorkInterrupted("A person paused the project: the rest is asked about when it is started again.")
        return self._teacher.label(text)
