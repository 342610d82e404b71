from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes.embedders import MemoryVectors
from fakes.tiny_distilbert import tiny_model
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.errors import StudentModelMissing

__all__ = ["tiny_model"]


def test_a_text_is_its_tokens_plus_one_and_zeros_after_its_end(tiny_model: Path) -> None:
    vectors = TokenIdEmbedder(str(tiny_model), 8).embed(["the a", "", "unheard the"])
    # [CLS] is 2, [SEP] 3, [UNK] 1; the vocabulary goes on with "the", 4, and "a", 5
    expected = [[3, 5, 6, 4, 0, 0, 0, 0], [3, 4, 0, 0, 0, 0, 0, 0], [3, 2, 5, 4, 0, 0, 0, 0]]
    np.testing.assert_array_equal(vectors, np.array(expected, dtype=np.float32))
    assert vectors.dtype == np.float32


def test_a_long_text_is_cut_and_keeps_its_last_special_token(tiny_model: Path) -> None:
    vectors = TokenIdEmbedder(str(tiny_model), 4).embed(["the a the a the a"])
    np.testing.assert_array_equal(vectors, [[3, 5, 6, 4]])


def test_no_texts_give_no_rows_of_the_right_length(tiny_model: Path) -> None:
    assert TokenIdEmbedder(str(tiny_model), 8).embed([]).shape == (0, 8)


def test_half_a_surrogate_pair_does_not_stop_the_other_texts(tiny_model: Path) -> None:
    vectors = TokenIdEmbedder(str(tiny_model), 8).embed(["broken \ud83d emoji", "the"])
    np.testing.assert_array_equal(vectors[1], [3, 5, 4, 0, 0, 0, 0, 0])


def test_tokens_and_embeddings_of_one_model_are_kept_apart_and_so_are_lengths(tiny_model: Path) -> None:
    store = MemoryVectors()
    store.save_vectors(str(tiny_model), {})
    short, long = (CachedEmbedder(TokenIdEmbedder(str(tiny_model), n), store) for n in (4, 8))
    assert short.embed(["the"]).shape == (1, 4)
    assert long.embed(["the"]).shape == (1, 8)
    assert len({str(tiny_model), short.name, long.name}) == 3


def test_a_tokenizer_that_is_not_there_names_the_setting_when_a_text_comes(tiny_model: Path, tmp_path: Path) -> None:
    for model in (str(tmp_path), "no-such/model"):
        embedder = TokenIdEmbedder(model)
        with pytest.raises(StudentModelMissing, match="set MRARU_DISTILBERT_MODEL"):
            embedder.embed(["text"])
