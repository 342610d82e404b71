"""What is worth telling of a model's server, told once and not with each answer."""

from __future__ import annotations

import logging
import re
import threading

from mraru.interfaces import CapabilityStore

logger = logging.getLogger(__name__)

_FILE_ENDING = re.compile(r"\.(?:gguf|bin|safetensors)$")
_SNAPSHOT = re.compile(r"(?:[-@:_.](?:\d{3}[\d-]*|latest|q\d\w*|f16|bf16))*")


class ServerNews:
    """Of one model at one server. Thread-safe.

    Under which other names the model answered is remembered by the store, so that neither another project nor
    another process tells it again.
    """

    def __init__(self, server: str, model: str, store: CapabilityStore | None = None) -> None:
        self.model = model
        self._server = server
        self._store = store
        self._told: set[str] = set()
        self._guard = threading.Lock()

    def tell_answering_name(self, name: str) -> None:
        """The server says that a model of this name answered."""
        if not self._is_new(f"name {name}"):
            return
        if self._store is not None and not self._store.note_name(self._server, self.model, name):
            return
        if is_same_model(self.model, name):
            logger.info("%s answers as %s", self.model, name, extra={"event": "teacher_model_name"})
        else:
            logger.warning(
                "%s was asked and %s answered: check OPENAI_MODEL if that is not the model you mean",
                self.model,
                name,
                extra={"event": "teacher_other_model"},
            )

    def tell_beyond_limit(self, n_tokens: int, limit: int) -> None:
        """An answer has more tokens than it was allowed; later such answers are not told."""
        if self._is_new("beyond limit"):
            logger.warning(
                "%s answered with %d tokens although %d are the limit: they are booked as counted",
                self.model,
                n_tokens,
                limit,
                extra={"event": "teacher_limit_ignored"},
            )

    def tell_uncounted(self) -> None:
        """The server gave no believable count of tokens."""
        if self._is_new("uncounted"):
            logger.warning(
                "the server of %s counts no tokens, or not believably, so the most that they can be is booked for such "
                "a request",
                self.model,
                extra={"event": "teacher_usage_missing"},
            )

    def _is_new(self, news: str) -> bool:
        with self._guard:
            is_new = news not in self._told
            self._told.add(news)
        return is_new


def is_same_model(asked: str, answered: str) -> bool:
    """Whether a name is evidently another way of writing the model's: its file, or a dated snapshot of it.

    >>> is_same_model("qwen2.5-7b", "./models/Qwen2.5-7B.gguf"), is_same_model("gpt-4.1", "gpt-4.1-2025-04-14")
    (True, True)
    >>> is_same_model("gpt-4.1", "gpt-4.1-mini"), is_same_model("gpt-4.1", "llama-3")
    (False, False)
    """
    short, long = sorted((_bare_name(asked), _bare_name(answered)), key=len)
    return long.startswith(short) and _SNAPSHOT.fullmatch(long[len(short) :]) is not None


def _bare_name(model: str) -> str:
    return _FILE_ENDING.sub("", re.split(r"[/\\]", model)[-1].lower())
