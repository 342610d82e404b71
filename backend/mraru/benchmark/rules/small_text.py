"""small-text's uncertainty strategies (Schroeder et al., arXiv:2107.10314)."""

from __future__ import annotations

import numpy as np

from mraru.benchmark.rules.exhaustive import as_selection
from mraru.benchmark.rules.missing_library import missing_library
from mraru.interfaces import Pool, Probabilities, Student, Vectors
from mraru.selection_records import Selection

STRATEGIES = {"least-confident": "LeastConfidence", "margin": "BreakingTies", "entropy": "PredictionEntropy"}


class SmallTextSampling:
    """Queries small-text's confidence-based strategies about the whole pool."""

    def __init__(self, score: str) -> None:
        """Import the library.

        Raises:
            BenchmarkError: it is not installed.
        """
        try:
            from small_text.query_strategies import strategies
        except ImportError as exc:
            raise missing_library("small-text") from exc
        self.name = f"small-text-{score}"
        self._strategy = getattr(strategies, STRATEGIES[score])()

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Take what the library ranks first."""
        rows = np.arange(len(pool), dtype=np.intp)
        n_wanted = min(batch_size, len(pool))
        if n_wanted == len(pool):  # it refuses to be asked for everything
            return as_selection(rows, batch_size)
        none = np.array([], dtype=np.intp)
        chosen = self._strategy.query(_Classifier(student), pool.embed(rows), rows, none, none, n=n_wanted)
        return as_selection(np.asarray(chosen, dtype=np.intp), batch_size)


class _Classifier:
    """The part of a small-text classifier that its confidence-based strategies use."""

    def __init__(self, student: Student) -> None:
        self._student = student

    def predict_proba(self, X: Vectors) -> Probabilities:
        return self._student.predict_proba(X)
