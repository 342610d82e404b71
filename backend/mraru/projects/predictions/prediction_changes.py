"""Which predictions are to be written into Label Studio again, and in which order."""

from __future__ import annotations

import re
from collections.abc import Collection

from mraru.labelstudio.formats.marks import DISAGREEMENT_MARK, TIE_MARK
from mraru.records import Prediction
from mraru.store.tasks.prediction_repository import PredictionRow, RowState

STEP = 0.05  # of a score, or of a share in a note: less than that is not worth a request
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TO_REWRITE = (RowState.STALE, RowState.OF_FORMER_TEXT)


def is_to_be_written(row: PredictionRow, wanted: Prediction, step: float = STEP) -> bool:
    """Whether what Label Studio holds differs from what is wanted by more than people would care about."""
    held = row.prediction
    return (
        row.state in _TO_REWRITE
        or (held.label, held.marks) != (wanted.label, wanted.marks)
        or has_moved(held.score, wanted.score, step)
        or has_note_changed(held.note, wanted.note, step)
    )


def has_moved(held: float | None, wanted: float | None, step: float = STEP) -> bool:
    """Whether a score moved by a step or more.

    >>> has_moved(0.40, 0.44), has_moved(0.40, 0.46), has_moved(None, 0.5)
    (False, True, True)
    """
    if held is None or wanted is None:
        return held is not wanted
    return abs(held - wanted) > 1e-9 and abs(held - wanted) >= step - 1e-9


def has_note_changed(held: str | None, wanted: str | None, step: float = STEP) -> bool:
    """Whether a note says something else: other words, or a share that moved by a step or more.

    >>> has_note_changed("Student: sport, 62 % sure", "Student: sport, 65 % sure")
    False
    >>> has_note_changed("Student: sport, 62 % sure", "Student: tech, 62 % sure")
    True
    """
    if held is None or wanted is None:
        return held is not wanted
    if _NUMBER.sub("", held) != _NUMBER.sub("", wanted):
        return True
    numbers = zip(_NUMBER.findall(held), _NUMBER.findall(wanted), strict=True)
    return any(_has_share_moved(float(one), float(other), step) for one, other in numbers)


def rank_change(row: PredictionRow, wanted: Prediction, first: Collection[int]) -> tuple[bool, bool, float]:
    """Sorts changes by how soon people come to them: served first, then found by a tab, then the rest by score.

    Args:
        first: tasks that the label stream serves before all others, or at a turn of their own.
    """
    held = row.prediction
    is_found_otherwise = _tab_marks(held) != _tab_marks(wanted)
    scores = [score for score in (held.score, wanted.score) if score is not None]
    return wanted.task_id not in first, not is_found_otherwise, min(scores, default=1.0)


def _tab_marks(prediction: Prediction) -> set[str]:
    """The marks that decide in which tab a task stands; the last is the audit's."""
    return {mark for mark in prediction.marks if mark in (DISAGREEMENT_MARK, TIE_MARK)} | set(prediction.marks[-1:])


def _has_share_moved(one: float, other: float, step: float) -> bool:
    scale = 100.0 if max(one, other) > 1.0 else 1.0  # per cent
    return has_moved(one / scale, other / scale, step)
