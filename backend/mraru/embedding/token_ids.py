"""Texts as tokens, for a student that reads the words themselves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mraru.errors import StudentModelMissing
from mraru.interfaces import Vectors

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

DEFAULT_MAX_TOKENS = 128

logger = logging.getLogger(__name__)


class TokenIdEmbedder:
    """An embedder whose vectors are the tokens of a language model: number + 1 of each, 0 after the end of the text.

    They are no embeddings: cosine says nothing about them. As float32 they can be kept beside embeddings, exact for
    vocabularies below 16 million. The tokenizer is loaded when the first text comes, once, whichever thread asks.
    """

    def __init__(self, model_name: str, max_tokens: int = DEFAULT_MAX_TOKENS) -> None:
        """Remember what to load; load nothing.

        Args:
            model_name: a model of the Hugging Face hub, or the folder of one.
            max_tokens: of a text, the model's special ones included; the rest is not read.
        """
        self._model_name = model_name
        self._max_tokens = max_tokens
        self._tokenizer: PreTrainedTokenizerBase | None = None
        self._loading = threading.Lock()
        # Fast tokenizers keep state and have failed ("Already borrowed") when threads shared one.
        self._encoding = threading.Lock()

    @property
    def name(self) -> str:
        """Of tokenizer and length: other vectors of the same model are never taken for tokens."""
        return f"{self._model_name}-tokens-{self._max_tokens}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Tokens, shape `(len(texts), max_tokens)`, in the order of `texts`.

        Raises:
            StudentModelMissing: the tokenizer cannot be loaded; the message says which setting to change.
        """
        tokenizer = self._load()
        tokens = np.zeros((len(texts), self._max_tokens), dtype=np.float32)
        if texts:
            with self._encoding:
                encoded = tokenizer(
                    [_encodable(text) for text in texts], truncation=True, max_length=self._max_tokens, padding=False
                )
            for row, ids in zip(tokens, encoded["input_ids"], strict=True):
                row[: len(ids)] = np.asarray(ids, dtype=np.float32) + 1.0
        return tokens

    def _load(self) -> PreTrainedTokenizerBase:
        if self._tokenizer is not None:
            return self._tokenizer
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = _load_tokenizer(self._model_name)
                logger.info("loaded the tokenizer of %s", self._model_name, extra={"event": "tokenizer_loaded"})
        return self._tokenizer


def _encodable(text: str) -> str:
    """The text without lone surrogates, which JSON can carry and the tokenizer refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _load_tokenizer(model_name: str) -> PreTrainedTokenizerBase:
    # Imported here: transformers takes seconds, which most commands never need.
    try:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(model_name)  # people name the model, a folder perhaps  # nosec B615
    except Exception as exc:  # the library raises OSError, ValueError and hub errors alike
        raise StudentModelMissing(
            f"The tokenizer of {model_name!r} for the student distilbert cannot be loaded ({type(exc).__name__}): set "
            "MRARU_DISTILBERT_MODEL to a model of the Hugging Face hub that this machine can reach, or to the folder "
            "of one (made by save_pretrained, tokenizer included)."
        ) from exc
