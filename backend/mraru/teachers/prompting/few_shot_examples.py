"""Labelled texts that the LLM is shown before the one it is asked about."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from mraru.records import hash_text

N_REMEMBERED = 4096  # texts whose examples stay the same while this process lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that people labelled."""

    text: str
    label: str  # as stored by Label Studio

    @property
    def text_hash(self) -> str:
        return hash_text(self.text)


class Examples(Protocol):
    """Where examples come from."""

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        """Up to `n_examples` labelled texts, the nearest first; neither the text itself nor an equal one."""
        ...


class FewShot:
    """Chooses the examples of a text once, so that a call's cost is bounded by the prompt that is sent.

    People may label on between the moment that a call is booked and the moment that it is made. Thread-safe.
    """

    def __init__(self, examples: Examples, *, n_examples: int, max_tokens: int) -> None:
        """Choose nothing yet.

        Args:
            n_examples: most examples of a text.
            max_tokens: of all examples' texts together; each may use its share of it.
        """
        self._examples = examples
        self.n_examples = n_examples
        self.max_tokens = max_tokens
        self._guard = threading.Lock()
        self._chosen: OrderedDict[str, tuple[Example, ...]] = OrderedDict()

    @property
    def tokens_per_example(self) -> int:
        return self.max_tokens // max(1, self.n_examples)

    def choose(self, text: str) -> tuple[Example, ...]:
        """The examples of a text, the nearest last: what stands next to the question counts most."""
        if not text.strip():
            return ()
        name = hash_text(text)
        with self._guard:
            if name in self._chosen:
                self._chosen.move_to_end(name)
                return self._chosen[name]
        found = self._examples.nearest(text, self.n_examples)[: self.n_examples][::-1]
        with self._guard:
            chosen = self._chosen.setdefault(name, found)  # another thread may have been first
            while len(self._chosen) > N_REMEMBERED:
                self._chosen.popitem(last=False)
        return chosen
