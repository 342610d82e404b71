"""Asks again when the teacher is unavailable, with growing pauses."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from tenacity.wait import wait_base

from mraru.errors import CircuitOpen, RoomTaken, TeacherUnavailable, WorkInterrupted
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer
from mraru.teachers.guards.booked_calls import Ask
from mraru.teachers.guards.wrapped import WrappedTeacher

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0  # a server that asks for more ends the attempts: the round pauses instead


class Retries:
    """Makes up to `max_attempts` calls about one question.

    Pauses grow exponentially with full jitter, and none is shorter than the server asked for. `sleep` waits so
    many seconds and returns True if the process is to end.
    """

    def __init__(
        self, max_attempts: int, *, wait: wait_base | None = None, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._max_attempts = max_attempts
        self._backoff = wait or wait_random_exponential(multiplier=1, max=30)
        self._sleep = sleep

    def ask(self, ask: Ask) -> TeacherAnswer:
        """Ask until there is an answer or the attempts are used up.

        Raises:
            TeacherUnavailable: of the last attempt; CircuitOpen and RoomTaken at once.
            WorkInterrupted: the process is to end, so no pause is waited for and no attempt follows.
            TeacherMisconfigured, BudgetExceeded: at once.
        """
        # A new one per call: it keeps state, and threads share this object.
        retrying = Retrying(
            stop=stop_after_attempt(self._max_attempts),
            wait=self._pause_s,
            retry=retry_if_exception(_is_worth_another_attempt),
            sleep=self._pause,
            before_sleep=_log_retry,
            reraise=True,
        )
        return retrying(ask)

    def _pause_s(self, state: RetryCallState) -> float:
        return self._backoff(state) + (_asked_for_s(state) or 0.0)

    def _pause(self, seconds: float) -> None:
        if self._sleep(seconds) is True:
            raise WorkInterrupted


class RetryingTeacher(WrappedTeacher):
    """Asks about a text as often as `Retries` says.

    It goes around BudgetedTeacher, never within it: a retry is a call of its own that may be billed, as may
    the attempt before it that timed out, so the budget must see each.
    """

    def __init__(
        self,
        teacher: Teacher,
        max_attempts: int,
        *,
        wait: wait_base | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(teacher)
        self._retries = Retries(max_attempts, wait=wait, sleep=sleep)

    def label(self, text: str) -> TeacherAnswer:
        """Ask until there is an answer; raises what `Retries.ask` raises."""
        return self._retries.ask(lambda: self._teacher.label(text))


def _is_worth_another_attempt(exc: BaseException) -> bool:
    if isinstance(exc, CircuitOpen | RoomTaken):
        return False  # the pause is the project's, or for whoever looks after calls under way
    return isinstance(exc, TeacherUnavailable) and (exc.retry_after_s or 0.0) <= LONGEST_PAUSE_S


def _asked_for_s(state: RetryCallState) -> float | None:
    exc = state.outcome.exception() if state.outcome else None
    return exc.retry_after_s if isinstance(exc, TeacherUnavailable) else None


def _log_retry(state: RetryCallState) -> None:
    exc = state.outcome.exception() if state.outcome else None
    logger.warning(
        "attempt %d failed, the next in %.1f s: %s",
        state.attempt_number,
        state.upcoming_sleep,
        exc,
        extra={"event": "teacher_retry"},
    )
