"""Any classifier of scikit-learn as a student: named by its class, or brought by an installed package."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import has_fit_parameter

from mraru.errors import MRaruError, PluginInvalid
from mraru.interfaces import Labels, Probabilities
from mraru.plugins import comes_from_outside
from mraru.students.scikit_student import Estimator, Inputs, ScikitStudent


class EstimatorStudent(ScikitStudent):
    """A student around an estimator that is asked for probabilities with `predict_proba`.

    All classes weigh alike where the estimator takes weights of texts; where it takes none, a class weighs as much as
    it has texts, and soft labels do not count.
    """

    @classmethod
    @abstractmethod
    def make(cls) -> BaseEstimator:
        """A fresh estimator."""

    @property
    def weighs_classes_alike(self) -> bool:
        """Where the estimator takes weights of texts."""
        return _weight_parameter(self._make_estimator(0)) is not None

    def _make_estimator(self, seed: int) -> Estimator:
        estimator = self.make()
        names = [name for name in estimator.get_params() if name == "random_state" or name.endswith("__random_state")]
        return cast(Estimator, estimator.set_params(**dict.fromkeys(names, seed)))

    def _fit(self, estimator: Estimator, X: Inputs, y: Labels, weights: NDArray[np.float64] | None) -> None:
        parameter = _weight_parameter(estimator)
        balanced = compute_sample_weight("balanced", y)
        weighed = {parameter: balanced if weights is None else balanced * weights} if parameter is not None else {}
        try:
            cast(Any, estimator).fit(X, y, **weighed)
        except BaseException as exc:  # whatever another package does
            raise self._explain("fit", exc) from exc

    def _estimate(self, estimator: Estimator, X: Inputs) -> Probabilities:
        try:
            shares = np.asarray(cast(Any, estimator).predict_proba(X), dtype=np.float64)
        except BaseException as exc:  # whatever another package does
            raise self._explain("predict_proba", exc) from exc
        if (
            shares.shape != (len(X), len(estimator.classes_))
            or not (shares >= 0).all()
            or not (shares.sum(1) > 0).all()
        ):
            raise PluginInvalid(
                f"The student '{self.name}' (MRARU_STUDENT): predict_proba must give each text a share of each class, "
                "at least 0. Set another student, then start the project again."
            )
        return shares

    def _explain(self, what: str, exc: BaseException) -> BaseException:
        if comes_from_outside(exc) or isinstance(exc, MRaruError):
            return exc
        return PluginInvalid(
            f"The student '{self.name}' (MRARU_STUDENT): {what} fails with {type(exc).__name__}. Set another student, "
            "then start the project again."
        )


def make_student_type(name: str, make: Callable[[], object]) -> type[EstimatorStudent]:
    """The student type of this name around the estimators that `make` gives.

    Raises:
        PluginInvalid: they are no classifiers of scikit-learn's kind that give probabilities.
    """
    try:
        made = make()
    except BaseException as exc:  # whatever another package does
        if comes_from_outside(exc):
            raise
        raise PluginInvalid(f"The student '{name}' cannot be made: {type(exc).__name__}: {exc}") from exc
    if not isinstance(made, BaseEstimator) or not hasattr(made, "predict_proba"):
        raise PluginInvalid(
            f"The student '{name}' is a {type(made).__name__}, and must be a classifier as scikit-learn has them, with "
            "predict_proba: wrap one that has none, such as LinearSVC, in sklearn.calibration.CalibratedClassifierCV."
        )
    body = {"name": name, "estimator_type": type(made), "make": staticmethod(make), "__doc__": f"The student {name}."}
    return cast(type[EstimatorStudent], type("NamedEstimatorStudent", (EstimatorStudent,), body))


def _weight_parameter(estimator: Estimator) -> str | None:
    """Under which name `fit` takes weights of texts; None: it takes none.

    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> _weight_parameter(GaussianNB()), _weight_parameter(KNeighborsClassifier())
    ('sample_weight', None)
    """
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return f"{name}__sample_weight" if has_fit_parameter(last, "sample_weight") else None
    return "sample_weight" if has_fit_parameter(estimator, "sample_weight") else None
