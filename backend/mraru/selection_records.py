"""Which texts a query strategy visited and chose: frozen records, one line a field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The sampler looked at one text."""

    position: int  # in the pool
    acceptance_probability: float
    accepted: bool
    pass_number: int  # 1 for the first pass over the pool
    uncertainty: float | None = None  # before any sharpening, in [0, 1]; None: none was measured
    near_duplicate: bool = False  # drawn, but rejected: too similar to another text of the batch


class SelectionEnd(StrEnum):
    """Why a selection ended."""

    BATCH_FULL = "batch full"
    POOL_EMPTY = "pool empty"
    NO_UNCERTAINTY = "no uncertainty left"
    MAX_PASSES = "too many passes with too few accepted"
    NEAR_DUPLICATES = "only near-duplicates of the batch left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A batch for the teacher and how it came about."""

    visits: tuple[Visit, ...]  # in the order of visiting
    end: SelectionEnd

    @property
    def accepted(self) -> tuple[int, ...]:
        """Positions in the pool, in the order of acceptance."""
        return tuple(visit.position for visit in self.visits if visit.accepted)

    @property
    def n_visited(self) -> int:
        return len(self.visits)

    @property
    def n_accepted(self) -> int:
        return sum(visit.accepted for visit in self.visits)
