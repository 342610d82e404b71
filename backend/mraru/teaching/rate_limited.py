"""Waits before a call that would pass the server's rate limits, instead of being turned away by it."""

from __future__ import annotations

from mraru.errors import AlreadyAsked, BudgetExceeded, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teaching.rate_limiter import RateLimiter


class RateLimitedTeacher:
    """Takes turns with all who share its limiter.

    It goes around BudgetedTeacher: a call that waits must not hold a reservation, which others could use.
    """

    def __init__(self, teacher: Teacher, limiter: RateLimiter) -> None:
        self._teacher = teacher
        self._limiter = limiter

    @property
    def identity(self) -> TeacherIdentity:
        return self._teacher.identity

    def cost_bound_usd(self, text: str) -> float:
        return self._teacher.cost_bound_usd(text)

    def tokens_bound(self, text: str) -> int:
        return self._teacher.tokens_bound(text)

    def label(self, text: str) -> TeacherAnswer:
        """Wait for a turn, then ask.

        Raises:
            CallThrottled: the turn is too far away to wait for it.
            WorkInterrupted: the process is to end.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded, AlreadyAsked: as of the teacher within.
        """
        turn = self._limiter.wait_for_turn(self._teacher.tokens_bound(text))
        n_requests, n_tokens = 1, None
        try:
            answer = self._teacher.label(text)
            n_tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens or None
        except (AlreadyAsked, BudgetExceeded):
            n_requests, n_tokens = 0, 0  # nothing was sent
            raise
        except TeacherUnavailable as exc:
            if exc.retry_after_s is not None:
                self._limiter.pause(exc.retry_after_s)
            raise
        finally:
            self._limiter.finish(turn, n_requests=n_requests, n_tokens=n_tokens)
        return answer
