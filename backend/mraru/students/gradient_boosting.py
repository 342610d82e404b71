"""Histogram gradient boosting: one of the paper's students, on what a discriminant makes of the embeddings."""

from __future__ import annotations

from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from mraru.interfaces import Labels, Probabilities
from mraru.students.scikit_student import DEFAULT_SEED, Estimator, Inputs, ScikitStudent
from mraru.students.tree_features import DiscriminantFeatures

# Measured at 200 and 1,000 labels: more or smaller leaves and more bins change accuracy by less than 0.01.
N_ITERATIONS = 100
MAX_TREES = 2400  # an iteration grows one for each class: with 77 classes 31 iterations lose 0.005 of accuracy
LEARNING_RATE = 0.1
LEAVES_PER_TREE = 8
TEXTS_PER_LEAF = 5
L2_REGULARIZATION = 1.0
N_BINS = 32
FEATURE_SHARE = 0.3  # that each split may use
N_THREADS = 1  # rounds of several projects run side by side


class StackedGradientBoosting(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Boosted trees over `DiscriminantFeatures`."""

    def __init__(self, n_iterations: int = N_ITERATIONS, random_state: int = DEFAULT_SEED) -> None:
        self.n_iterations = n_iterations
        self.random_state = random_state

    def fit(self, X: Inputs, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Learn features and trees.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: shape `(n_texts,)`, at least two classes.
            sample_weight: shape `(n_texts,)`; every text counts alike when None.
        """
        self.features_ = DiscriminantFeatures(random_state=self.random_state)
        self.booster_ = HistGradientBoostingClassifier(
            max_iter=min(self.n_iterations, MAX_TREES // len(np.unique(y))) or 1,
            learning_rate=LEARNING_RATE,
            max_leaf_nodes=LEAVES_PER_TREE,
            min_samples_leaf=_texts_per_leaf(y),
            l2_regularization=L2_REGULARIZATION,
            max_bins=N_BINS,
            max_features=FEATURE_SHARE,
            early_stopping=False,  # it would set labels aside, and there are few
            class_weight="balanced",
            random_state=self.random_state,
        )
        with threadpool_limits(N_THREADS, user_api="openmp"):
            self.booster_.fit(self.features_.fit_transform(X, y, sample_weight), y, sample_weight=sample_weight)
        self.classes_, self.n_features_in_ = self.booster_.classes_, X.shape[1]
        return self

    def predict_proba(self, X: Inputs) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`."""
        with threadpool_limits(N_THREADS, user_api="openmp"):
            return cast(Probabilities, self.booster_.predict_proba(self.features_.transform(X)))


class GradientBoostingStudent(ScikitStudent):
    """Boosted trees in which all classes weigh alike.

    They are grown anew in each round: `warm_start` would go on from trees that fit the old labels, and the same labels
    would no longer give the same student.
    """

    name = "hgb"
    estimator_type = StackedGradientBoosting

    def __init__(self, seed: int = DEFAULT_SEED, n_iterations: int = N_ITERATIONS) -> None:
        super().__init__(seed)
        self._n_iterations = n_iterations

    def _make_estimator(self, seed: int) -> Estimator:
        return cast(Estimator, StackedGradientBoosting(self._n_iterations, seed))

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        return cast(StackedGradientBoosting, estimator).predict_proba(X)


def _texts_per_leaf(y: Labels) -> int:
    """As many as the rarest class can fill, so that the first labels already split.

    >>> _texts_per_leaf(np.array(["a", "b"])), _texts_per_leaf(np.repeat(["a", "b"], 50))
    (1, 5)
    """
    return int(min(TEXTS_PER_LEAF, np.unique(y, return_counts=True)[1].min()))
