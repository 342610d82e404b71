"""Random forest: one of the paper's students, unsure of itself until calibrated."""

from __future__ import annotations

from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier

from mraru.interfaces import Labels, Probabilities
from mraru.students.scikit_student import DEFAULT_SEED, Estimator, Inputs, ScikitStudent
from mraru.students.tree_features import DiscriminantFeatures

# Measured on TREC, 100 to 1,000 labels: leaves of 2 or 3 texts, 0.2 of the dimensions per split instead of their square
# root change accuracy by less than 0.02; 100 trees lose up to 0.05.
N_TREES = 200
LEAST_LEAF = 1  # texts


class StackedRandomForest(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A forest over `DiscriminantFeatures`."""

    def __init__(self, n_trees: int = N_TREES, random_state: int = DEFAULT_SEED) -> None:
        self.n_trees = n_trees
        self.random_state = random_state

    def fit(self, X: Inputs, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Learn features and trees.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: shape `(n_texts,)`, at least two classes.
            sample_weight: shape `(n_texts,)`; every text counts alike when None.
        """
        self.features_ = DiscriminantFeatures(random_state=self.random_state)
        self.forest_ = RandomForestClassifier(
            n_estimators=self.n_trees,
            min_samples_leaf=LEAST_LEAF,
            class_weight="balanced",
            n_jobs=1,  # rounds of several projects run side by side
            random_state=self.random_state,
        )
        self.forest_.fit(self.features_.fit_transform(X, y, sample_weight), y, sample_weight=sample_weight)
        self.classes_, self.n_features_in_ = self.forest_.classes_, X.shape[1]
        return self

    def predict_proba(self, X: Inputs) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`."""
        shares = np.asarray(self.forest_.predict_proba(self.features_.transform(X)), dtype=np.float64)
        # That no tree has seen it does not make a class impossible: one more tree holds all for equally likely.
        n_trees = len(self.forest_.estimators_)
        return (shares * n_trees + 1.0 / shares.shape[1]) / (n_trees + 1)


class RandomForestStudent(ScikitStudent):
    """A forest in which all classes weigh alike, whatever each tree happens to draw.

    It is grown anew in each round: `warm_start` would keep trees that have never seen the new labels, and the same
    labels would no longer give the same forest.
    """

    name = "rf"
    estimator_type = StackedRandomForest

    def __init__(self, seed: int = DEFAULT_SEED, n_trees: int = N_TREES) -> None:
        super().__init__(seed)
        self._n_trees = n_trees

    def _make_estimator(self, seed: int) -> Estimator:
        return cast(Estimator, StackedRandomForest(self._n_trees, seed))

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        return cast(StackedRandomForest, estimator).predict_proba(X)
