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
from mraru.teachers.guards.booked_calls import Ask
from mraru.teachers.guards.wrapped import WrappedTeacher

POLL_S = 0.5  # seconds between two looks for the answer to a call of somebody else's


class KeptAnswers:
    """Looks into the ledger first, and waits for the answer to the same question where it is under way.

    Threads that share this object wait for each other; other projects and processes are waited for by
    polling the ledger, for at most `patience_s`. If their call fails or is lost, the question is asked here.

    Where calls under way may use what is left of the budget, it waits for their ends, which all come: what nobody
    answers counts as lost.

    "No label" is an answer too, unless the LLM was cut before it named one and may say more by now. What comes from
    the ledger costs nothing and uses no tokens now, so that sums over answers count each call once.
    """

    def __init__(
        self, ledger: Ledger, *, patience_s: float = 60.0, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """`sleep` waits so many seconds and returns True if the process is to end."""
        self._ledger = ledger
        self._patience_s = patience_s
        self._sleep = sleep
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def find_or_ask(self, question_hash: str, find_identity: Callable[[], TeacherIdentity], ask: Ask) -> TeacherAnswer:
        """The kept answer, that of a call under way, or a new one.

        Args:
            find_identity: who answers; asked anew each time, as it may learn to leave more room for an answer.

        Raises:
            WorkInterrupted: the process is to end.
            TeacherUnavailable: also when a call of somebody else's was waited for in vain.
            TeacherMisconfigured, BudgetExceeded: as of `ask`.
        """
        with self._guard:
            lock = self._locks.setdefault(question_hash, threading.Lock())
        waited_s = 0.0
        with lock:
            while True:
                identity = find_identity()
                kept = self._ledger.find_answer(identity, question_hash)
                if kept is not None:
                    return replace(kept, from_ledger=True, cost_usd=0.0, usage=Usage(), latency_s=0.0)
                try:
                    answer = ask()
                    if answer.cut_at is None or answer.cut_at >= find_identity().answer_limit:
                        return answer
                except AlreadyAsked:
                    waited_s = self._wait_for_others(identity, question_hash, waited_s)
                except RoomTaken:
                    if self._sleep(POLL_S) is True:
                        raise WorkInterrupted from None

    def _wait_for_others(self, identity: TeacherIdentity, question_hash: str, waited_s: float) -> float:
        """Wait until no call about the text is under way; returns the seconds waited so far.

        Counted by pauses, not by a clock: a worker that shuts down no longer pauses, and is soon through.
        """
        while self._ledger.is_under_way(identity, question_hash):
            if waited_s >= self._patience_s:
                raise TeacherUnavailable(
                    f"Another call about the same text has been under way for more than {self._patience_s:.0f} s: "
                    "its answer is looked for again later."
                )
            self._sleep(POLL_S)
            waited_s += POLL_S
        return waited_s


class CachedTeacher(WrappedTeacher):
    """Asks about a text as `KeptAnswers` says: never twice."""

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
        self._answers = KeptAnswers(ledger, patience_s=patience_s, sleep=sleep)

    def label(self, text: str) -> TeacherAnswer:
        """The kept answer, or a new one; raises what `KeptAnswers.find_or_ask` raises."""
        return self._answers.find_or_ask(
            hash_text(text), lambda: self._teacher.identity_of(text), lambda: self._teacher.label(text)
        )
