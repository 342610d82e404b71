"""What every embedder must keep to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mraru.interfaces import Embedder

MakeEmbedder = Callable[[], Embedder]
TEXTS = ["A sport match was played.", "Business is slow.", "Küche und Bad", "A sport match was played."]
ODD_TEXTS = ["", " ", "\x00", "\ud800", "word " * 5_000]
TOLERANCE = 1e-4  # models add up in another order where texts are embedded together


class EmbedderLaws:
    """Inherit from it in a class of tests, and say in `make_embedder` how one is made."""

    @pytest.fixture(scope="class")
    @classmethod
    def make_embedder(cls) -> MakeEmbedder:
        raise NotImplementedError("a class of tests says how its embedder is made")

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, make_embedder: MakeEmbedder) -> Embedder:
        return make_embedder()

    def test_each_text_has_a_vector_of_numbers(self, embedder: Embedder) -> None:
        vectors = np.asarray(embedder.embed(TEXTS))
        assert vectors.ndim == 2
        assert len(vectors) == len(TEXTS)
        assert np.isfinite(vectors).all()

    def test_no_texts_have_no_vectors_of_the_same_width(self, embedder: Embedder) -> None:
        width = np.asarray(embedder.embed(TEXTS)).shape[1]
        assert np.asarray(embedder.embed([])).shape == (0, width)

    def test_equal_texts_have_equal_vectors_and_others_have_others(self, embedder: Embedder) -> None:
        first, second, third, again = np.asarray(embedder.embed(TEXTS))
        np.testing.assert_allclose(first, again, atol=TOLERANCE)
        assert not np.allclose(first, second, atol=TOLERANCE)
        assert not np.allclose(first, third, atol=TOLERANCE)

    def test_what_stands_beside_a_text_does_not_matter(self, embedder: Embedder) -> None:
        together = np.asarray(embedder.embed(TEXTS))
        alone = np.concatenate([np.asarray(embedder.embed([text])) for text in TEXTS])
        np.testing.assert_allclose(together, alone, atol=TOLERANCE)
        backwards = np.asarray(embedder.embed(TEXTS[::-1]))[::-1]
        np.testing.assert_allclose(together, backwards, atol=TOLERANCE)

    def test_equal_names_give_equal_vectors(self, make_embedder: MakeEmbedder) -> None:
        one, other = make_embedder(), make_embedder()
        assert one.name
        assert one.name == other.name
        np.testing.assert_allclose(one.embed(TEXTS), other.embed(TEXTS), atol=TOLERANCE)
        assert one.name == other.name, "the name may not change with the first text"

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
    def test_no_text_breaks_it(self, embedder: Embedder, text: str) -> None:
        assert np.isfinite(np.asarray(embedder.embed([text, TEXTS[0]]))).all()

    def test_the_texts_are_not_changed(self, embedder: Embedder) -> None:
        given = list(TEXTS)
        embedder.embed(given)
        assert given == TEXTS

    def test_threads_may_ask_it_at_the_same_moment(self, embedder: Embedder) -> None:
        alone = np.asarray(embedder.embed(TEXTS))
        with ThreadPoolExecutor(4) as threads:
            for vectors in threads.map(embedder.embed, [TEXTS] * 8):
                np.testing.assert_allclose(vectors, alone, atol=TOLERANCE)
