"""A query strategy of another package, held to what a round relies on."""

from __future__ import annotations

from numbers import Real

import numpy as np

from mraru.errors import MRaruError, PluginInvalid
from mraru.interfaces import Pool, Sampler, SparsePool, Student
from mraru.plugins import comes_from_outside
from mraru.selection_records import Selection, SelectionEnd, Visit


class BroughtSampler:
    """Accepts texts of the pool, each once and no more than were asked for, or an error that names the strategy."""

    def __init__(self, sampler: Sampler) -> None:
        self.name = sampler.name
        self._sampler = sampler

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """As the strategy does it.

        Raises:
            PluginInvalid: it fails, or gives something that is no such selection.
        """
        try:
            selection = self._sampler.select_batch(student, pool, batch_size, rng)
        except MRaruError:
            raise  # of the pool, or of the student
        except BaseException as exc:  # whatever the other package does
            if comes_from_outside(exc):
                raise
            raise self._refuse(f"select_batch fails with {type(exc).__name__}") from exc
        if not isinstance(selection, Selection) or not isinstance(selection.end, SelectionEnd):
            raise self._refuse("select_batch must give a Selection with its end")
        if not all(_is_visit(visit) for visit in selection.visits) or not _are_held(selection, pool):
            raise self._refuse(
                "each Visit must have a position that the pool holds, as VisitingOrder gives them, and a probability "
                "from 0 to 1"
            )
        if batch_size and len(pool) and not selection.visits:
            raise self._refuse("it looked at no text of a pool that holds some, so rounds would never end")
        accepted = selection.accepted
        if len(accepted) > batch_size or len(set(accepted)) < len(accepted):
            raise self._refuse(f"it accepted {len(accepted)} texts, and was asked for {batch_size}, each once")
        return selection

    def _refuse(self, what: str) -> PluginInvalid:
        return PluginInvalid(
            f"The query strategy '{self.name}' (MRARU_SAMPLER): {what}. Mend it or set another strategy, then start "
            "the project again."
        )


def _are_held(selection: Selection, pool: Pool) -> bool:
    positions = np.array([visit.position for visit in selection.visits], dtype=np.intp)
    n_positions = pool.n_positions if isinstance(pool, SparsePool) else len(pool)
    if ((positions < 0) | (positions >= n_positions)).any():
        return False
    return not isinstance(pool, SparsePool) or bool(pool.holds(positions).all())


def _is_visit(visit: object) -> bool:
    return (
        isinstance(visit, Visit)
        and type(visit.position) is int
        and isinstance(visit.acceptance_probability, Real)
        and 0 <= visit.acceptance_probability <= 1
    )
