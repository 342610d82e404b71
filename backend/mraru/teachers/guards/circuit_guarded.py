"""Asks through a circuit: a server that keeps failing is not asked at all."""

from __future__ import annotations

from collections.abc import Callable

from mraru.errors import RoomTaken, TeacherMisconfigured, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer
from mraru.teachers.guards.booked_calls import Ask
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.servers.call_failures import CallThrottled
from mraru.teachers.servers.circuit import Circuit


class CircuitTeacher(WrappedTeacher):
    """Tells the circuit how each attempt ended.

    It goes around RateLimitedTeacher and BudgetedTeacher, so that a call to an open circuit neither waits nor
    reserves anything; and within RetryingTeacher, so that each attempt counts and a dead server gets few.

    Only a server that fails counts. One that refuses a key or a text is well; one that turns calls away by its
    rate limit is the limiter's matter; a budget that leaves no room says nothing about it.
    """

    def __init__(self, teacher: Teacher, circuit: Circuit, *, on_change: Callable[[], None]) -> None:
        """`on_change` is called when the circuit may have changed, never while it is locked."""
        super().__init__(teacher)
        self._circuit = circuit
        self._on_change = on_change

    def label(self, text: str) -> TeacherAnswer:
        """Ask if the circuit lets it.

        Raises:
            CircuitOpen: the server failed too often in a row; nothing was sent.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded, AlreadyAsked, RoomTaken: as of the teacher within.
        """
        return ask_through(self._circuit, lambda: self._teacher.label(text), on_change=self._on_change)


def ask_through(circuit: Circuit, ask: Ask, *, on_change: Callable[[], None]) -> TeacherAnswer:
    """Ask if the circuit lets it, and tell it how that ended."""
    ticket = circuit.enter()
    try:
        on_change()
        answer = ask()
    except (CallThrottled, RoomTaken):
        circuit.note_nothing(ticket)
        raise
    except TeacherUnavailable as exc:
        circuit.note_failure(ticket, str(exc), exc.retry_after_s)
        raise
    except TeacherMisconfigured:
        circuit.note_answer(ticket)
        raise
    except BaseException:
        circuit.note_nothing(ticket)
        raise
    else:
        circuit.note_answer(ticket)
    finally:
        on_change()
    return answer
