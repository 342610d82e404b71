"""M-RARU: visit texts at random, accept each with a probability that grows with its uncertainty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Pool, Student, Vectors
from mraru.query_strategies.acceptance.acceptance_rule import AcceptanceRule
from mraru.query_strategies.acceptance.paper_rule import PaperRule
from mraru.query_strategies.batch_diversity import BatchDiversity
from mraru.query_strategies.visiting_order import VisitingOrder
from mraru.selection_records import Selection, SelectionEnd, Visit

DEFAULT_MAX_PASSES = 50  # passes over the pool
STEERING_GROWTH = 1.1  # rules are steered anew whenever so many times as many texts were scored


def accepts(acceptance_probability: float, draw: float) -> bool:
    """Decide on one visited text: for a draw uniform in [0, 1), true with that probability.

    >>> accepts(0.0, draw=0.0), accepts(0.3, draw=0.2), accepts(0.3, draw=0.3), accepts(1.0, draw=0.999)
    (False, True, False, True)
    """
    return draw < acceptance_probability


class MRaru:
    """Multi-class Randomized Accept/Reject Uncertainty sampling (arXiv:2511.11574).

    Texts are visited in uniformly random order, without replacement within a pass, and accepted with exactly the
    probability that the rule gives: `u(x)` in the paper. The batch's last acceptance ends the selection. So about
    `batch_size / mean(acceptance probability)` texts are embedded, however large the pool is.
    """

    name = "mraru"

    def __init__(
        self,
        rule: AcceptanceRule | None = None,
        *,
        max_passes: int = DEFAULT_MAX_PASSES,
        max_similarity: float | None = None,
    ) -> None:
        """Nothing is selected yet.

        Args:
            rule: None = the paper's.
            max_passes: passes over the pool after which a batch that will not fill is taken as it is.
            max_similarity: cosine similarity above which two texts do not go into one batch; None = no limit.
        """
        if max_passes < 1:
            raise ValueError(f"max_passes must be at least 1, not {max_passes}")
        self.rule: AcceptanceRule = rule or PaperRule()
        self.max_passes = max_passes
        self.max_similarity = max_similarity

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Visit texts of the pool and accept up to `batch_size` of them.

        Args:
            student: a fitted student; it is asked about visited texts alone, about each once.
            pool: the unlabelled texts; only visited ones are embedded, each once.
            batch_size: texts to accept; with 0 nothing is visited.
            rng: the source of every random choice.

        Returns:
            Every visit in order, and why the selection ended: `BATCH_FULL`; `POOL_EMPTY` when no text is left to
            visit; `NEAR_DUPLICATES` when those left are too similar to the batch; `NO_UNCERTAINTY` when none of
            those left can be accepted; `MAX_PASSES`.

        Raises:
            ValueError: `batch_size` is negative, or the student's probabilities are unusable.
        """
        if batch_size < 0:
            raise ValueError(f"batch_size must not be negative, but is {batch_size}")
        if batch_size == 0:
            return Selection(visits=(), end=SelectionEnd.BATCH_FULL)
        batch = _Batch(batch_size, None if self.max_similarity is None else BatchDiversity(self.max_similarity))
        scores = _Scores(self.rule, student, pool, keeps_vectors=batch.diversity is not None)
        for pass_number in range(1, self.max_passes + 1):
            n_left = n_acceptable = 0
            order = VisitingOrder(pool, rng, skipped=batch.settled)
            # Accepting n_wanted texts takes at least n_wanted visits, so every text of a chunk
            # is surely visited: embedding it in one call computes nothing that is thrown away.
            while (chunk := order.take(batch.n_wanted)).size:
                draws = rng.random(chunk.size)
                uncertainties, chances = scores.of(chunk)
                for position, uncertainty, chance, draw in zip(
                    chunk.tolist(), uncertainties.tolist(), chances.tolist(), draws.tolist(), strict=True
                ):
                    is_settled = accepts(chance, draw)
                    batch.visit(
                        Visit(
                            position=position,
                            uncertainty=uncertainty,
                            acceptance_probability=chance,
                            accepted=is_settled,
                            pass_number=pass_number,
                        ),
                        scores.vectors.get(position),
                    )
                    n_left += not is_settled
                    n_acceptable += not is_settled and chance > 0.0
            if batch.n_wanted == 0:
                return batch.end_as(SelectionEnd.BATCH_FULL)
            if n_left == 0:
                return batch.end_as(SelectionEnd.NEAR_DUPLICATES if batch.n_rejected else SelectionEnd.POOL_EMPTY)
            if n_acceptable == 0:
                return batch.end_as(SelectionEnd.NO_UNCERTAINTY)
        return batch.end_as(SelectionEnd.MAX_PASSES)


class _Batch:
    """What was visited, what of it was accepted, and how much is still wanted."""

    def __init__(self, n_wanted: int, diversity: BatchDiversity | None) -> None:
        self.n_wanted = n_wanted
        self.n_rejected = 0  # near-duplicates
        self.diversity = diversity
        self.settled: set[int] = set()  # positions that later passes leave out: accepted, or near-duplicates
        self._visits: list[Visit] = []

    def visit(self, visit: Visit, vector: Vectors | None) -> None:
        """Write down a visit; a text that was drawn may still be too similar to the batch."""
        if visit.accepted:
            self.settled.add(visit.position)
            if self.diversity is not None and vector is not None and not self.diversity.admits(vector):
                self.n_rejected += 1
                visit = replace(visit, accepted=False, near_duplicate=True)
            else:
                self.n_wanted -= 1
        self._visits.append(visit)

    def end_as(self, end: SelectionEnd) -> Selection:
        return Selection(visits=tuple(self._visits), end=end)


class _Scores:
    """Uncertainties remembered within one selection, so that later passes embed nothing again."""

    def __init__(self, rule: AcceptanceRule, student: Student, pool: Pool, *, keeps_vectors: bool) -> None:
        self.vectors: dict[int, Vectors] = {}  # by position, empty unless kept
        self._rule = self._steered = rule
        self._student = student
        self._pool = pool
        self._keeps_vectors = keeps_vectors
        self._by_position: dict[int, float] = {}
        self._steer_at = 0  # texts scored

    def of(self, positions: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Uncertainties and acceptance probabilities in the order of `positions`, each of shape `(len(positions),)`."""
        unseen = np.array([p for p in positions.tolist() if p not in self._by_position], dtype=np.intp)
        if unseen.size:
            vectors = self._pool.embed(unseen)
            fresh = self._rule.measure(self._student.predict_proba(vectors))
            self._by_position.update(zip(unseen.tolist(), fresh.tolist(), strict=True))
            if self._keeps_vectors:
                self.vectors.update(zip(unseen.tolist(), vectors, strict=True))
        if len(self._by_position) >= self._steer_at:
            seen = np.fromiter(self._by_position.values(), dtype=np.float64, count=len(self._by_position))
            self._steered = self._rule.steer(seen)
            self._steer_at = int(len(self._by_position) * STEERING_GROWTH) + 1
        uncertainties = np.array([self._by_position[p] for p in positions.tolist()], dtype=np.float64)
        return uncertainties, self._steered.acceptance_probability(uncertainties)
