from __future__ import annotations

import itertools

import pytest

from mraru.records import Annotation
from mraru.review.gold import gold_label


def annotation(number: int, label: str | None, updated_at: str = "", **other: bool) -> Annotation:
    return Annotation(annotation_id=number, task_id=1, label=label, updated_at=updated_at, **other)


def test_the_majority_wins_over_the_most_recent() -> None:
    annotations = [
        annotation(1, "spam", "2026-01-01T00:00:00Z"),
        annotation(2, "spam", "2026-01-02T00:00:00Z"),
        annotation(3, "ham", "2026-01-03T00:00:00Z"),
    ]
    assert {gold_label(order) for order in itertools.permutations(annotations)} == {"spam"}


def test_a_tie_goes_to_the_label_that_was_changed_last() -> None:
    annotations = [
        annotation(2, "ham", "2026-01-01T00:00:00Z"),
        annotation(1, "spam", "2026-01-01T00:00:01.5Z"),
    ]
    assert {gold_label(order) for order in itertools.permutations(annotations)} == {"spam"}


def test_times_of_different_zones_are_compared_as_times() -> None:
    earlier = annotation(2, "ham", "2026-01-01T12:00:00+09:00")
    later = annotation(1, "spam", "2026-01-01T11:00:00Z")
    assert gold_label([earlier, later]) == "spam"


def test_a_tie_of_equal_times_goes_to_the_highest_number() -> None:
    annotations = [annotation(number, label) for number, label in ((3, "a"), (9, "b"), (5, "c"))]
    assert {gold_label(order) for order in itertools.permutations(annotations)} == {"b"}


@pytest.mark.parametrize("time", ["", "yesterday", "2025-12-31T00:00:00"])
def test_a_missing_unreadable_or_naive_time_is_no_failure(time: str) -> None:
    known = annotation(1, "ham", "2026-01-01T00:00:00Z")
    assert gold_label([known, annotation(2, "spam", time)]) == "ham"


def test_a_label_that_lost_the_majority_cannot_win_by_recency() -> None:
    annotations = [annotation(n, label, f"2026-01-0{n}T00:00:00Z") for n, label in enumerate("aabbc", start=1)]
    assert gold_label(annotations) == "b"


@pytest.mark.parametrize(
    "not_gold",
    [
        annotation(2, "spam", was_cancelled=True),
        annotation(2, "spam", is_human=False),
        annotation(2, None),
    ],
    ids=["skipped", "made from a prediction", "without a label"],
)
def test_what_no_person_decided_does_not_count(not_gold: Annotation) -> None:
    assert gold_label([not_gold]) is None
    assert gold_label([annotation(1, "ham"), not_gold, not_gold]) == "ham"


def test_no_annotations_no_gold() -> None:
    assert gold_label([]) is None
