"""Which label people settled on for a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from mraru.records import Annotation


def gold_label(annotations: Sequence[Annotation]) -> str | None:
    """The label that most people gave one text; among equals, the one given most recently.

    Skipped annotations, those without a label and those made from predictions do not count.

    Returns:
        The label, or None when no annotation counts.

    >>> first = Annotation(annotation_id=1, task_id=7, label="spam", updated_at="2026-01-01T10:00:00Z")
    >>> later = Annotation(annotation_id=2, task_id=7, label="ham", updated_at="2026-01-02T10:00:00Z")
    >>> gold_label([first, later]), gold_label([first, first, later]), gold_label([])
    ('ham', 'spam', None)
    """
    counted = [annotation for annotation in annotations if annotation.is_gold]
    if not counted:
        return None
    votes = Counter(annotation.label for annotation in counted)
    most = max(votes.values())
    leading = [annotation for annotation in counted if votes[annotation.label] == most]
    return max(leading, key=_recency).label


def _recency(annotation: Annotation) -> tuple[datetime, int]:
    """When it was last changed; ISO 8601 times of different offsets do not sort as strings."""
    try:
        updated_at = datetime.fromisoformat(annotation.updated_at)
    except ValueError:
        updated_at = datetime.min
    if updated_at.tzinfo is None:
        updated_at = updated_at.replace(tzinfo=UTC)
    return updated_at, annotation.annotation_id
