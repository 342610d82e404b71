"""Linear discriminant analysis: one of the paper's students; accurate, and far too sure of itself until calibrated."""

from __future__ import annotations

from typing import Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from mraru.interfaces import Labels, Probabilities
from mraru.students.scikit_student import Estimator, Inputs, ScikitStudent

LEAST_VARIANCE = 1e-6  # added to each dimension, so that equal vectors leave a covariance that can be inverted


class PooledLinearDiscriminantAnalysis(LinearDiscriminantAnalysis):  # type: ignore[misc]
    """scikit-learn's discriminant with weighted texts, equal priors, and one shrunk covariance for all classes.

    scikit-learn's own takes no sample weights and shrinks the covariance of each class by itself, which knows nothing
    where a class has one text. Here the deviations of all texts from their class means are pooled before Ledoit and
    Wolf's shrinkage (2004): as accurate from 20 to 4,000 labels of TREC, and 2 to 10 times as fast.
    """

    def fit(self, X: Inputs, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Learn class means and covariance.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: shape `(n_texts,)`, at least two classes.
            sample_weight: shape `(n_texts,)`; every text counts alike when None.
        """
        weights = np.ones(len(y)) if sample_weight is None else sample_weight / sample_weight.mean()
        classes, members = np.unique(y, return_inverse=True)
        totals = np.bincount(members, weights=weights)
        sums = np.zeros((len(classes), X.shape[1]))
        np.add.at(sums, members, X * weights[:, None])
        means = sums / totals[:, None]
        n_free = len(y) - len(classes)
        if n_free:
            centred, scale = X - means[members], len(y) / n_free  # means that follow their own texts hide spread
        else:
            centred, scale = X - np.average(X, axis=0, weights=weights), 1.0  # one text a class says nothing else
        covariance, _ = ledoit_wolf(centred * np.sqrt(weights * scale)[:, None], assume_centered=True)
        covariance[np.diag_indices_from(covariance)] += LEAST_VARIANCE
        coefficients = cho_solve(cho_factor(covariance), means.T).T
        intercepts = -0.5 * (means * coefficients).sum(axis=1)
        if len(classes) == 2:  # as in all of scikit-learn's linear classifiers: the second class against the first
            coefficients, intercepts = coefficients[1:] - coefficients[:1], intercepts[1:] - intercepts[:1]
        self.classes_, self.means_, self.n_features_in_ = classes, means, X.shape[1]
        self.coef_, self.intercept_ = coefficients, intercepts
        return self


class LinearDiscriminantStudent(ScikitStudent):
    """Linear discriminant analysis in which all classes weigh alike."""

    name = "lda"
    estimator_type = PooledLinearDiscriminantAnalysis

    def _make_estimator(self, seed: int) -> Estimator:
        return cast(Estimator, PooledLinearDiscriminantAnalysis())  # nothing in it is random

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        return cast(Probabilities, cast(PooledLinearDiscriminantAnalysis, estimator).predict_proba(X))
