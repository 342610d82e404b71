"""Never asks twice: an answer that was paid for, or is being paid for, is taken from the ledger."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from mraru.errors import AlreadyAsked, RoomTaken, TeacherUnavailable, WorkInterrupted
from mraru.interfaces import Ledger, Teacher
from mraru.records import TeacherAnswer, TeacherIdentity, Usage, hash_text
from mraru.teachers.guards.wrapped import WrappedTeacher

POLL_S = 0.5  # seconds between two looks for the answer to a call of somebody else's


class CachedTeacher(WrappedTeacher):
    """Looks into the ledger first, and waits for the answer to the same question where it is under way.

    Threads that share this teacher wait for each other; other projects and processes are waited for by
    polling the ledger, for at most `patience_s`. If their call fails or is lost, the question is asked here.

    Where calls under way may use what is left of the budget, it waits for their ends, which all come: what nobody
    answers counts as lost.

    "No label" is an answer too, unless the LLM was cut before it named one and may say more by now. What comes from
    the ledger costs nothing and uses no tokens now, so that sums over answers count each call once.
    """

    def __init__(
        self,
        teacher: Teacher,
        ledger: Ledger,
        *,
        patience_s: float = 60.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`sleep` waits so many seconds and returns True if the process is to end."""
        super().__init__(teacher)
        self._ledger = ledger
        self._patience_s = patience_s
        self._sleep = sleep
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def label(self, text: str) -> TeacherAnswer:
        """The kept answer, that of a call under way, or a new one.

        Raises:
            WorkInterrupted: the process is to end.
            TeacherUnavailable: also when a call of somebody else's was waited for in vain.
            TeacherMisconfigured, BudgetExceeded: as of the teacher within.
        """
        text_hash = hash_text(text)
        with self._guard:
            lock = self._locks.setdefault(text_hash, threading.Lock())
        waited_s = 0.0
        with lock:
            while True:
                identity = self._teacher.identity_of(text)
                kept = self._ledger.find_answer(identity, text_hash)
                if kept is not None:
                    return replace(kept, from_ledger=True, cost_usd=0.0, usage=Usage(), latency_s=0.0)
                try:
                    answer = self._teacher.label(text)
                    if answer.cut_at is None or answer.cut_at >= self._teacher.identity.answer_limit:
                        return answer
                except AlreadyAsked:
                    waited_s = self._wait_for_others(identity, text_hash, waited_s)
                except RoomTaken:
                    if self._sleep(POLL_S) is True:
                        raise WorkInterrupted from None

    def _wait_for_others(self, identity: TeacherIdentity, text_hash: str, waited_s: float) -> float:
        """Wait until no call about the text is under way; returns the seconds waited so far.

        Counted by pauses, not by a clock: a worker that shuts down no longer pauses, and is soon through.
        """
        while self._ledger.is_under_way(identity, text_hash):
            if waited_s >= self._patience_s:
                raise TeacherUnavailable(
                    f"Another call about the same text has been under way for more than {self._patience_s:.0f} s: "
                    "its answer is looked for again later."
                )
            self._sleep(POLL_S)
            waited_s += POLL_S
        return waited_s
