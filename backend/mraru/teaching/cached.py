"""Never asks twice: an answer that was paid for is taken from the ledger."""

from __future__ import annotations

import threading
from dataclasses import replace
from weakref import WeakValueDictionary

from mraru.interfaces import Ledger, Teacher
from mraru.records import TeacherAnswer, TeacherIdentity, Usage, hash_text


class CachedTeacher:
    """Looks into the ledger first; threads that ask about the same text wait for the first one's answer.

    "No label" is an answer too. What comes from the ledger costs nothing and uses no tokens now, so that sums
    over answers count each call once.
    """

    def __init__(self, teacher: Teacher, ledger: Ledger) -> None:
        self._teacher = teacher
        self._ledger = ledger
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    @property
    def identity(self) -> TeacherIdentity:
        return self._teacher.identity

    def cost_bound_usd(self, text: str) -> float:
        return self._teacher.cost_bound_usd(text)

    def label(self, text: str) -> TeacherAnswer:
        """The kept answer, or a new one.

        Raises:
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded: as of the teacher within.
        """
        text_hash = hash_text(text)
        with self._guard:
            lock = self._locks.setdefault(text_hash, threading.Lock())
        with lock:
            kept = self._ledger.find_answer(self._teacher.identity, text_hash)
            if kept is not None:
                return replace(kept, from_ledger=True, cost_usd=0.0, usage=Usage(), latency_s=0.0)
            return self._teacher.label(text)
