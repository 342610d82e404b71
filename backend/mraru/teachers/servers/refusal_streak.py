"""Tells a refusal of one text from a refusal of all, where the server does not: by how many follow one another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mraru.records import hash_text
from mraru.teachers.servers.call_failures import CallRefused

MOST_IN_A_ROW = 5  # texts: so many different ones, refused with no answer in between, are all


class RefusalStreak:
    """Of one teacher. Thread-safe.

    Before the first answer, and while texts are refused, no more of them are asked about at once than it takes to
    find out: the last would otherwise be refused in vain. Once all are found to be refused, one more refusal says
    it again, until the server answers: what was refused meanwhile is not taken for a matter of each text.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._changed = threading.Condition()
        self._refused: set[str] = set()  # hashes of texts, in a row
        self._is_answering = False  # as far as known
        self._n_asking = 0
        self._n_found = 0  # times that all were found to be refused
        self._of_all = ""

    @property
    def _is_doubtful(self) -> bool:
        return bool(self._refused) or not self._is_answering

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a text is asked about; it waits where others may settle that all are refused.

        Raises:
            CallRefused: they did, so this text was not asked about.
        """
        with self._changed:
            n_found = self._n_found
            while self._is_doubtful and self._n_asking and len(self._refused) + self._n_asking >= MOST_IN_A_ROW:
                self._changed.wait()
            if self._n_found > n_found:
                raise CallRefused(self._of_all)
            self._n_asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_asking -= 1
                self._changed.notify_all()

    def note_answer(self) -> None:
        """The server answered: what it refused before was a matter of those texts."""
        with self._changed:
            self._is_answering = True
            self._refused.clear()
            self._changed.notify_all()

    def note_refusal(self, text: str, of_all: str) -> CallRefused | None:
        """The server refused a text and did not say that it is for this text; returns the error if it refuses all.

        Args:
            of_all: what to say if it does.
        """
        text_hash = hash_text(text)
        with self._changed:
            self._refused.add(text_hash)
            if len(self._refused) < MOST_IN_A_ROW:
                return None
            self._refused.remove(text_hash)  # it is asked about again
            self._n_found += 1
            self._of_all = of_all
            self._changed.notify_all()
        return CallRefused(of_all)
