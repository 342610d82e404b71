"""scikit-activeml's uncertainty strategies (Kottke et al., 2021)."""

from __future__ import annotations

import warnings

import numpy as np

from mraru.benchmark.rules.exhaustive import as_selection
from mraru.benchmark.rules.missing_library import missing_library
from mraru.benchmark.rules.student_classifier import StudentClassifier
from mraru.interfaces import Pool, Student
from mraru.selection_records import Selection

METHODS = {"least-confident": "least_confident", "margin": "margin_sampling", "entropy": "entropy"}
MAX_SEED = 2**31 - 1


class ScikitActivemlSampling:
    """Queries `skactiveml.pool.UncertaintySampling` about the whole pool."""

    def __init__(self, score: str) -> None:
        """Import the library.

        Raises:
            BenchmarkError: it is not installed.
        """
        try:
            with warnings.catch_warnings():  # it imports skorch, which modAL holds at a version that uses distutils
                warnings.filterwarnings("ignore", message="distutils Version classes are deprecated")
                from skactiveml.classifier import SklearnClassifier
                from skactiveml.pool import UncertaintySampling
        except ImportError as exc:
            raise missing_library("scikit-activeml") from exc
        self.name = f"scikit-activeml-{score}"
        self._method = METHODS[score]
        self._classifier, self._strategy = SklearnClassifier, UncertaintySampling

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Take what the library ranks first."""
        X = pool.embed(np.arange(len(pool), dtype=np.intp))
        classes = student.classes_.tolist()
        # It wants to have fitted its classifier itself: two rows, which the student behind it ignores.
        classifier = self._classifier(StudentClassifier(student), classes=classes, missing_label="")
        classifier.fit(X[:2], np.array(classes[:2]))
        strategy = self._strategy(method=self._method, missing_label="", random_state=int(rng.integers(MAX_SEED)))
        chosen = strategy.query(
            X=X,
            y=np.full(len(X), "", dtype=student.classes_.dtype),
            clf=classifier,
            fit_clf=False,
            batch_size=min(batch_size, len(pool)),
        )
        return as_selection(np.asarray(chosen, dtype=np.intp), batch_size)
