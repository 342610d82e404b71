from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mraru.quality.agreement.cohen_kappa import cohen_kappa


@pytest.mark.parametrize("n_classes", [2, 5])
def test_it_is_scikit_learns(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(n_classes, size=200)
    second = np.where(rng.random(200) < 0.7, first, rng.integers(n_classes, size=200))
    assert cohen_kappa(first.astype(str), second.astype(str)) == pytest.approx(cohen_kappa_score(first, second))


def test_one_label_for_everything_is_no_agreement_to_speak_of() -> None:
    same = np.array(["a", "a", "a"])
    assert cohen_kappa(same, same) is None
    assert cohen_kappa(same, np.array(["b", "b", "b"])) == 0.0
    assert cohen_kappa(np.array([], dtype=np.str_), np.array([], dtype=np.str_)) is None


def test_labels_of_different_texts_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="the same texts"):
        cohen_kappa(np.array(["a"]), np.array(["a", "b"]))
