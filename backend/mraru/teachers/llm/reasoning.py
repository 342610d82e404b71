"""Models that think before they answer: which do, how much room their answers get, and how hard they are to think."""

from __future__ import annotations

import re
import threading

from mraru.teachers.servers.server_capabilities import CapabilityMemory

NO_ROOM = "answers without room for thoughts"  # refused by a model: it thought, and was cut before its answer
LEAST_EFFORT = "low"  # to choose a label; every model that takes an effort takes this one, or refuses it for free
_THINKS = re.compile(
    r"(?:\A|[/:.])(?:o[1-9]\b|gpt-5|gpt-oss|deepseek-r[1-9]|deepseek-reasoner|qwq|qwen3|magistral|grok-3-mini|grok-4"
    r"|gemini-(?:2\.5|[3-9])|glm-(?:4\.[5-9]|[5-9])|minimax-m[1-9]|phi-4-(?:mini-)?reasoning|exaone-deep)"
    r"|(?:\b|_)(?:thinking|reasoner|reasoning)(?:\b|_)|-r1-distill",
    re.I,
)
_ANSWERS_AT_ONCE = re.compile(
    r"non-(?:reasoning|thinking)|no-?think|gpt-5[\w.]*-chat|qwen3-(?:\S*instruct|coder)", re.I
)
_TAKES_EFFORT = re.compile(r"(?:\A|[/:.])(?:o[1-9]\b|gpt-5|gpt-oss|grok-3-mini|gemini-(?:2\.5|[3-9]))", re.I)


def is_reasoning(model: str) -> bool:
    """Whether a model thinks before it answers, as far as its name tells.

    >>> [is_reasoning(name) for name in ("o4-mini", "gpt-5-mini", "openai/gpt-oss-20b", "deepseek/deepseek-r1:free")]
    [True, True, True, True]
    >>> [is_reasoning(name) for name in ("gpt-4.1-mini", "gpt-4o", "gpt-5-chat-latest", "qwen3-30b-a3b-instruct-2507")]
    [False, False, False, False]
    """
    return bool(_THINKS.search(model)) and not _ANSWERS_AT_ONCE.search(model)


def choose_effort(model: str, wanted: str) -> str | None:
    """The value of `reasoning_effort` for a model; None where it is not to be sent.

    Args:
        wanted: MRARU_REASONING_EFFORT.

    >>> choose_effort("o4-mini", "auto"), choose_effort("gpt-4.1-mini", "auto"), choose_effort("my-model", "high")
    ('low', None, 'high')
    """
    if wanted != "auto":
        return None if wanted == "off" else wanted
    return LEAST_EFFORT if is_reasoning(model) and _TAKES_EFFORT.search(model) else None


class AnswerRoom:
    """How many tokens one answer may have: more for a model that thinks first. Thread-safe.

    A model is known to think by its name, or once it was cut while it did. Its answers get more room from then on;
    but no request has more than was reserved for it, so each thread asks within what it bounded last.
    """

    def __init__(self, model: str, memory: CapabilityMemory, *, max_tokens: int, thinking_tokens: int) -> None:
        """Nothing is read yet.

        Args:
            max_tokens: of an answer without thoughts.
            thinking_tokens: that thoughts may have beside it.
        """
        self._thinks = is_reasoning(model)
        self._memory = memory
        self._max_tokens = max_tokens
        self._thinking_tokens = thinking_tokens
        self._thread = threading.local()

    @property
    def max_tokens(self) -> int:
        """Of an answer without thoughts."""
        return self._max_tokens

    @property
    def limit(self) -> int:
        """Tokens that an answer may have from now on."""
        thinks = self._thinks or NO_ROOM in self._memory.style().refused
        return self._max_tokens + (self._thinking_tokens if thinks else 0)

    def bound(self) -> int:
        """The same, for the calls that this thread reserves now."""
        self._thread.limit = limit = self.limit
        return limit

    @property
    def reserved(self) -> int:
        """Tokens that an answer may have in this thread's call."""
        return min(getattr(self._thread, "limit", self.limit), self.limit)

    def note_cut(self) -> None:
        """The model was cut while it was thinking."""
        if self._thinking_tokens and not self._thinks:
            self._memory.note_refused(NO_ROOM)
