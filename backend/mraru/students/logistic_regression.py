"""Logistic regression: the default student, fast to train and well calibrated."""

from __future__ import annotations

from typing import cast

from sklearn.linear_model import LogisticRegression

from mraru.interfaces import Probabilities
from mraru.students.scikit_student import Estimator, Inputs, ScikitStudent

# scikit-learn's default of 1 is far too unsure on vectors of unit length: with 400 labels of TREC its
# mean confidence was 0.45 at an accuracy of 0.69; with 10 it was 0.69 at 0.70, at the least log loss.
INVERSE_REGULARIZATION = 10.0
MAX_ITERATIONS = 1000


class LogisticRegressionStudent(ScikitStudent):
    """Multinomial logistic regression in which all classes weigh alike, however few labels one has."""

    name = "logreg"
    estimator_type = LogisticRegression

    def _make_estimator(self, seed: int) -> Estimator:
        estimator = LogisticRegression(
            C=INVERSE_REGULARIZATION,
            class_weight="balanced",
            max_iter=MAX_ITERATIONS,
            random_state=seed,
        )
        return cast(Estimator, estimator)

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        return cast(Probabilities, cast(LogisticRegression, estimator).predict_proba(X))
