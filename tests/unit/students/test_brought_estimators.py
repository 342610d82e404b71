"""A classifier of another package that fails, or gives no shares of classes, is told by its name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from mraru.errors import PluginInvalid
from mraru.interfaces import Probabilities
from mraru.students.estimator_student import make_student_type

X = np.eye(4, dtype=np.float32)
Y = np.array(["a", "a", "b", "b"])


def raise_error(shares: Probabilities) -> Probabilities:
    raise SyntaxError("of theirs")


@pytest.mark.parametrize(
    "spoil", [raise_error, lambda p: p * np.nan, lambda p: p[:, :-1], lambda p: p[:-1], lambda p: -p, lambda p: p * 0]
)
def test_shares_that_are_none_are_told_by_the_student_s_name(spoil: Callable[[Probabilities], Probabilities]) -> None:
    class Spoiled(GaussianNB):  # type: ignore[misc]
        def predict_proba(self, X: object) -> Probabilities:
            return spoil(super().predict_proba(X))

    student = make_student_type("theirs", Spoiled)(0)
    student.fit(X, Y)
    with pytest.raises(PluginInvalid, match=r"^The student 'theirs' \(MRARU_STUDENT\): predict_proba "):
        student.predict_proba(X)


def test_one_that_cannot_learn_is_told_by_its_name() -> None:
    class Dull(GaussianNB):  # type: ignore[misc]
        def fit(self, X: object, y: object, sample_weight: object = None) -> Dull:
            raise ZeroDivisionError

    with pytest.raises(PluginInvalid, match=r"^The student 'theirs' \(MRARU_STUDENT\): fit fails with ZeroDivision"):
        make_student_type("theirs", Dull)(0).fit(X, Y)
