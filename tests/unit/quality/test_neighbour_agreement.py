from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.neighbour_agreement import neighbour_agreement


def groups(n_groups: int, n_texts: int, spread: float) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(0)
    of_text = np.arange(n_texts) % n_groups
    vectors = np.eye(8)[of_text] + spread * rng.normal(size=(n_texts, 8))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), [f"group {number}" for number in of_text]


def test_labels_that_follow_the_groups_agree_and_those_that_ignore_them_do_not() -> None:
    vectors, labels = groups(4, 200, spread=0.1)
    shuffled = np.random.default_rng(1).permutation(labels).tolist()
    assert neighbour_agreement(vectors, labels) > 0.95
    assert abs(neighbour_agreement(vectors, shuffled)) < 0.1


def test_a_label_on_nearly_all_texts_is_no_agreement_beyond_chance() -> None:
    vectors, _ = groups(4, 200, spread=0.1)
    rng = np.random.default_rng(2)
    labels = ["rare" if rng.random() < 0.05 else "common" for _ in range(200)]
    assert neighbour_agreement(vectors, labels) == pytest.approx(0.0, abs=0.15)


def test_neither_vectors_nor_labels_are_changed() -> None:
    vectors, labels = groups(2, 20, spread=0.5)
    before, named = vectors.copy(), list(labels)
    neighbour_agreement(vectors, labels)
    assert np.array_equal(vectors, before)
    assert labels == named
