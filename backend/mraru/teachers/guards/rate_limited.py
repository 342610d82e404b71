"""Waits before a call that would pass the server's rate limits, instead of being turned away by it."""

from __future__ import annotations

from mraru.errors import AlreadyAsked, BudgetExceeded, RoomTaken, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer
from mraru.teachers.guards.booked_calls import Ask
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.servers.rate_limiter import RateLimiter


class RateLimitedTeacher(WrappedTeacher):
    """Takes turns with all who share its limiter.

    It goes around BudgetedTeacher: a call that waits must not hold a reservation, which others could use.
    """

    def __init__(self, teacher: Teacher, limiter: RateLimiter) -> None:
        super().__init__(teacher)
        self._limiter = limiter

    def label(self, text: str) -> TeacherAnswer:
        """Wait for a turn, then ask.

        Raises:
            CallThrottled: the turn is too far away to wait for it.
            WorkInterrupted: the process is to end.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded, AlreadyAsked, RoomTaken: as of the teacher within.
        """
        return ask_in_turn(self._limiter, self._teacher.tokens_bound(text), lambda: self._teacher.label(text))


def ask_in_turn(limiter: RateLimiter, tokens_bound: int, ask: Ask) -> TeacherAnswer:
    """Wait for a turn, then ask; the limiter is told what came of it."""
    turn = limiter.wait_for_turn(tokens_bound)
    n_requests, n_tokens = 1, None
    try:
        answer = ask()
        n_tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens or None
    except (AlreadyAsked, RoomTaken, BudgetExceeded):
        n_requests, n_tokens = 0, 0  # nothing was sent
        raise
    except TeacherUnavailable as exc:
        if exc.retry_after_s is not None:
            limiter.pause(exc.retry_after_s)
        raise
    finally:
        limiter.finish(turn, n_requests=n_requests, n_tokens=n_tokens)
    return answer
