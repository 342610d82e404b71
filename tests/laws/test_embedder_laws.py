"""Our embedders keep the laws of embedders."""

from __future__ import annotations

import pytest

from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.testing import EmbedderLaws
from mraru.testing.embedder_laws import MakeEmbedder


class TestSentenceTransformer(EmbedderLaws):
    @pytest.fixture(scope="class")
    @classmethod
    def make_embedder(cls) -> MakeEmbedder:
        return lambda: SentenceTransformerEmbedder(threads=1)
