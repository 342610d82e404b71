from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.errors import EmbeddingModelMissing
from mraru.interfaces import Vectors


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(threads=1)


def test_making_an_embedder_loads_nothing() -> None:
    assert not SentenceTransformerEmbedder().is_loaded


def test_importing_the_room_brings_neither_torch_nor_sentence_transformers() -> None:
    program = (
        "import sys, mraru.embedding.sentence_transformer, mraru.embedding.cached_embedder;"
        "sys.exit(bool({'torch', 'sentence_transformers', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_vectors_are_float32_of_unit_length_in_the_order_of_the_texts(
    embedder: SentenceTransformerEmbedder,
) -> None:
    texts = ["The match ended two to one.", "Shares fell sharply today.", "", "The game was won 2:1."]
    vectors = embedder.embed(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    assert vectors[0] @ vectors[3] > vectors[0] @ vectors[1] + 0.2
    np.testing.assert_allclose(embedder.embed(texts[1:2]), vectors[1:2], atol=1e-5)


def test_no_texts_give_an_empty_array_with_the_right_number_of_dimensions(
    embedder: SentenceTransformerEmbedder,
) -> None:
    vectors = embedder.embed([])
    assert vectors.shape == (0, 384)
    assert vectors.dtype == np.float32


def test_half_a_surrogate_pair_does_not_stop_the_other_texts(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.embed(["broken \ud83d emoji", "whole \U0001f600 emoji"])
    assert np.isfinite(vectors).all()


def test_the_default_model_is_loaded_and_used_in_silence_and_without_a_connection() -> None:
    program = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
assert SentenceTransformerEmbedder(threads=1).embed(["one", "two"]).shape == (2, 384)
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANS"))}
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_name_is_the_models(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.name == "all-MiniLM-L6-v2"
    assert SentenceTransformerEmbedder("some/other-model").name == "some/other-model"


def test_threads_that_come_at_once_share_one_model(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="mraru.embedding.sentence_transformer")
    embedder = SentenceTransformerEmbedder(threads=1)
    texts = [f"text {number}" for number in range(4)]
    start = threading.Barrier(len(texts))

    def embed(text: str) -> Vectors:
        start.wait()
        return embedder.embed([text])

    with ThreadPoolExecutor(len(texts)) as threads:
        vectors = list(threads.map(embed, texts))
    assert [vars(record)["event"] for record in caplog.records] == ["embedding_model_loaded"]
    np.testing.assert_allclose(np.vstack(vectors), embedder.embed(texts), atol=1e-5)


def test_a_model_that_cannot_be_loaded_names_the_setting_to_change(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(tmp_path))
    with pytest.raises(EmbeddingModelMissing, match="MRARU_EMBEDDING_MODEL"):
        embedder.embed(["text"])
    assert not embedder.is_loaded
