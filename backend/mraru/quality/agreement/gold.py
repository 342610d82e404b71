"""Which label people settled on for a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mraru.records import Annotation


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldVerdict:
    """What people's annotations of one text come to."""

    label: str | None = None  # None: nobody gave one, or a tie
    is_tie: bool = False  # no label has more votes than every other


def settle_gold(annotations: Sequence[Annotation], settled: str | None = None) -> GoldVerdict:
    """What the annotations of one text come to: most votes win, and a tie is no label.

    See `counted_votes` for who votes.

    Args:
        annotations: of the text, from all tasks that have it.
        settled: what a consensus over all texts gave, where one was found. It decides among the labels that people
            named where they differ; it never outvotes people who agree, nor a ground truth.

    >>> ham, spam, more_spam = (
    ...     Annotation(annotation_id=n, task_id=7, label=label) for n, label in enumerate(["ham", "spam", "spam"])
    ... )
    >>> settle_gold([ham, spam, more_spam]).label, settle_gold([ham, spam]).is_tie
    ('spam', True)
    >>> settle_gold([ham, spam], settled="ham").label
    'ham'
    >>> starred = Annotation(annotation_id=3, task_id=7, label="ham", is_ground_truth=True)
    >>> settle_gold([ham, spam, more_spam, starred]).label
    'ham'
    """
    voting = counted_votes(annotations)
    votes = Counter(annotation.label for annotation in voting)
    if settled in votes and not any(annotation.is_ground_truth for annotation in voting):
        return GoldVerdict(label=settled)
    most = max(votes.values(), default=0)
    leading = [label for label, n_votes in votes.items() if n_votes == most]
    return GoldVerdict(label=leading[0]) if len(leading) == 1 else GoldVerdict(is_tie=bool(leading))


def gold_label(annotations: Sequence[Annotation]) -> str | None:
    """The label that most people gave one text; None when nobody gave one, or on a tie.

    >>> ham = Annotation(annotation_id=1, task_id=7, label="ham")
    >>> gold_label([ham]), gold_label([])
    ('ham', None)
    """
    return settle_gold(annotations).label


def counted_votes(annotations: Sequence[Annotation]) -> list[Annotation]:
    """Those that decide about one text: starred ones alone where an annotation is starred as ground truth, else all.

    Each person has one vote; see `one_vote_each`.

    >>> starred = Annotation(annotation_id=3, task_id=7, label="ham", is_ground_truth=True)
    >>> counted_votes([Annotation(annotation_id=1, task_id=7, label="spam"), starred]) == [starred]
    True
    """
    counted = [annotation for annotation in annotations if annotation.is_gold]
    starred = [annotation for annotation in counted if annotation.is_ground_truth]
    return one_vote_each(starred or counted)


def one_vote_each(annotations: Sequence[Annotation]) -> list[Annotation]:
    """Those that vote about one text, by their numbers: of each person the one changed last.

    Skipped annotations, those without a label and those made from predictions do not vote. Where it is not known
    whose an annotation is (see `voter_of`), it votes by itself.

    >>> first = Annotation(annotation_id=1, task_id=7, label="ham", completed_by=5, lead_time_s=2.0)
    >>> again = Annotation(annotation_id=2, task_id=8, label="spam", completed_by=5, lead_time_s=2.0)
    >>> [vote.label for vote in one_vote_each([first, again])]
    ['spam']
    """
    latest: dict[tuple[str, int], Annotation] = {}
    for annotation in latest_first(annotations):
        if annotation.is_gold:
            person = voter_of(annotation)
            key = ("person", person) if person is not None else ("annotation", annotation.annotation_id)
            latest.setdefault(key, annotation)
    return sorted(latest.values(), key=lambda vote: vote.annotation_id)


def voter_of(annotation: Annotation) -> int | None:
    """The user whose annotation it is, where that is known.

    Label Studio gives imported annotations to whoever imported them; those have neither a labelling time nor a
    prediction that they began with.

    >>> voter_of(Annotation(annotation_id=1, task_id=7, label="ham", completed_by=5)) is None
    True
    """
    if annotation.lead_time_s is None and annotation.parent_prediction is None:
        return None
    return annotation.completed_by


def latest_first(annotations: Sequence[Annotation]) -> list[Annotation]:
    """Ordered by when they were changed; of equal times, the highest number first.

    >>> listed = [Annotation(annotation_id=number, task_id=7, label="x") for number in (1, 2)]
    >>> [annotation.annotation_id for annotation in latest_first(listed)]
    [2, 1]
    """
    return sorted(annotations, key=_recency, reverse=True)


def _recency(annotation: Annotation) -> tuple[datetime, int]:
    """When it was last changed; ISO 8601 times of different offsets do not sort as strings."""
    try:
        updated_at = datetime.fromisoformat(annotation.updated_at)
    except ValueError:
        updated_at = datetime.min
    if updated_at.tzinfo is None:
        updated_at = updated_at.replace(tzinfo=UTC)
    return updated_at, annotation.annotation_id
