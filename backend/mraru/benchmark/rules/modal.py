"""modAL's uncertainty strategies (Danka and Horvath, arXiv:1805.00979)."""

from __future__ import annotations

import numpy as np

from mraru.benchmark.rules.exhaustive import as_selection
from mraru.benchmark.rules.missing_library import missing_library
from mraru.benchmark.rules.student_classifier import StudentClassifier
from mraru.interfaces import Pool, Student
from mraru.selection_records import Selection

STRATEGIES = {
    "least-confident": "uncertainty_sampling",
    "margin": "margin_sampling",
    "entropy": "entropy_sampling",
}


class ModALSampling:
    """Queries `modAL.uncertainty` about the whole pool."""

    def __init__(self, score: str) -> None:
        """Import the library.

        Raises:
            BenchmarkError: it is not installed.
        """
        try:
            from modAL import uncertainty
        except ImportError as exc:
            raise missing_library("modAL-python") from exc
        self.name = f"modal-{score}"
        self._query = getattr(uncertainty, STRATEGIES[score])

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Take what the library ranks first."""
        X = pool.embed(np.arange(len(pool), dtype=np.intp))
        chosen, _ = self._query(StudentClassifier(student), X, n_instances=min(batch_size, len(pool)))
        return as_selection(np.asarray(chosen, dtype=np.intp), batch_size)
