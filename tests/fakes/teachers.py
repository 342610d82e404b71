"""The simulated teacher, in process: it answers by a function and remembers whom it was asked about."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mraru.records import TeacherAnswer, TeacherIdentity, Usage


class SimulatedTeacher:
    """Fills the protocol Teacher; `before_call` may raise what a real one would."""

    def __init__(self, answer: Callable[[str], str | None], cost_usd: float = 0.0) -> None:
        self.identity = TeacherIdentity(model="simulated", prompt_version="p1")
        self.asked: list[str] = []
        self.before_call: Callable[[str], None] = lambda text: None
        self.answer = answer
        self.cost_usd = cost_usd
        self._guard = threading.Lock()

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        return 2 * self.cost_usd

    def tokens_bound(self, text: str) -> int:
        return 20

    def label(self, text: str) -> TeacherAnswer:
        self.before_call(text)
        with self._guard:
            self.asked.append(text)
        label = self.answer(text)
        return TeacherAnswer(
            label=label,
            raw=str(label),
            no_label_reason=None if label else "the simulated teacher named none",
            usage=Usage(prompt_tokens=10, completion_tokens=1),
            cost_usd=self.cost_usd,
        )
