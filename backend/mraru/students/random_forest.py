"""Random forest: one of the paper's students, far too unsure of itself until calibrated."""

from __future__ import annotations

from typing import cast

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from mraru.interfaces import Probabilities
from mraru.students.scikit_student import DEFAULT_SEED, Estimator, Inputs, ScikitStudent

# Measured on TREC, 100 to 1,000 labels: leaves of 2 or 3 texts, 0.2 of the dimensions per split instead of their square
# root, or principal components first change accuracy by less than 0.02; 100 trees lose up to 0.05.
N_TREES = 200
LEAST_LEAF = 1  # texts


class RandomForestStudent(ScikitStudent):
    """A forest in which all classes weigh alike, whatever each tree happens to draw.

    It is grown anew in each round: `warm_start` would keep trees that have never seen the new labels, and the same
    labels would no longer give the same forest.
    """

    name = "rf"
    estimator_type = RandomForestClassifier

    def __init__(self, seed: int = DEFAULT_SEED, n_trees: int = N_TREES) -> None:
        super().__init__(seed)
        self._n_trees = n_trees

    def _make_estimator(self, seed: int) -> Estimator:
        estimator = RandomForestClassifier(
            n_estimators=self._n_trees,
            min_samples_leaf=LEAST_LEAF,
            class_weight="balanced",
            n_jobs=1,  # rounds of several projects run side by side
            random_state=seed,
        )
        return cast(Estimator, estimator)

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        forest = cast(RandomForestClassifier, estimator)
        shares = np.asarray(forest.predict_proba(X), dtype=np.float64)
        # That no tree has seen it does not make a class impossible: one more tree holds all for equally likely.
        probabilities: Probabilities = (shares * len(forest.estimators_) + 1.0 / shares.shape[1]) / (
            len(forest.estimators_) + 1
        )
        return probabilities
