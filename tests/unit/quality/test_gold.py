from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraru.quality.agreement.gold import GoldVerdict, gold_label, settle_gold
from mraru.records import Annotation

TIE = GoldVerdict(is_tie=True)


def annotation(number: int, label: str | None, updated_at: str = "", **other: object) -> Annotation:
    return Annotation(annotation_id=number, task_id=1, label=label, updated_at=updated_at, **other)  # type: ignore[arg-type]


def by(person: int, number: int, label: str, updated_at: str = "", **other: object) -> Annotation:
    """Labelled by a person, who took some time."""
    return annotation(number, label, updated_at, completed_by=person, lead_time_s=1.0, **other)


def test_the_majority_wins_over_the_most_recent() -> None:
    annotations = [
        annotation(1, "spam", "2026-01-01T00:00:00Z"),
        annotation(2, "spam", "2026-01-02T00:00:00Z"),
        annotation(3, "ham", "2026-01-03T00:00:00Z"),
    ]
    assert {gold_label(order) for order in itertools.permutations(annotations)} == {"spam"}


def test_a_tie_is_no_label_whoever_came_last() -> None:
    annotations = [annotation(2, "ham", "2026-01-01T00:00:00Z"), annotation(1, "spam", "2026-01-02T00:00:00Z")]
    assert {settle_gold(order) for order in itertools.permutations(annotations)} == {TIE}
    assert gold_label(annotations) is None


def test_a_label_that_only_leads_with_another_is_a_tie_and_one_that_leads_alone_wins() -> None:
    assert settle_gold([annotation(number, label) for number, label in enumerate("aabbc")]) == TIE
    assert settle_gold([annotation(number, label) for number, label in enumerate("aabbcb")]).label == "b"


def test_a_person_has_one_vote_however_many_tasks_have_the_text() -> None:
    changed_mind = [by(5, 1, "ham", "2026-01-02T00:00:00Z"), by(5, 2, "spam", "2026-01-01T00:00:00Z")]
    assert gold_label(changed_mind) == "ham"
    assert settle_gold([*changed_mind, by(6, 3, "spam")]) == TIE


def test_of_equal_times_a_persons_highest_number_counts() -> None:
    same_time = [by(5, number, label, "2026-01-01T00:00:00Z") for number, label in ((3, "a"), (9, "b"), (4, "c"))]
    assert {gold_label(order) for order in itertools.permutations(same_time)} == {"b"}


def test_times_of_different_zones_are_compared_as_times() -> None:
    earlier = by(5, 2, "ham", "2026-01-01T12:00:00+09:00")
    later = by(5, 1, "spam", "2026-01-01T11:00:00Z")
    assert gold_label([earlier, later]) == "spam"


@pytest.mark.parametrize("time", ["", "yesterday", "2025-12-31T00:00:00"])
def test_a_missing_unreadable_or_naive_time_is_no_failure(time: str) -> None:
    assert gold_label([by(5, 1, "ham", "2026-01-01T00:00:00Z"), by(5, 2, "spam", time)]) == "ham"


def test_imported_annotations_vote_one_by_one_though_one_user_imported_them() -> None:
    imported = [annotation(number, label, completed_by=5) for number, label in enumerate(["ham", "ham", "spam"])]
    assert gold_label(imported) == "ham"


def test_ground_truth_alone_votes_where_there_is_some() -> None:
    majority = [by(person, person, "spam") for person in (1, 2, 3)]
    star = by(4, 4, "ham", is_ground_truth=True)
    assert gold_label([*majority, star]) == "ham"
    assert settle_gold([*majority, star, by(5, 5, "spam", is_ground_truth=True)]) == TIE


def test_a_starred_annotation_that_is_no_label_leaves_the_vote_to_the_others() -> None:
    skipped = by(4, 4, "ham", is_ground_truth=True, was_cancelled=True)
    copied = by(5, 5, "ham", is_ground_truth=True, is_human=False)
    assert gold_label([by(1, 1, "spam"), skipped, copied]) == "spam"


def test_a_consensus_decides_only_among_labels_that_people_gave_and_only_where_they_differ() -> None:
    tie = [by(1, 1, "ham"), by(2, 2, "spam")]
    assert settle_gold(tie, "spam") == GoldVerdict(label="spam")
    assert settle_gold(tie, "eggs") == TIE
    assert settle_gold([*tie, by(3, 3, "ham")], "spam").label == "spam"
    assert settle_gold([by(1, 1, "ham"), by(2, 2, "ham")], "spam").label == "ham"


def test_a_consensus_never_outvotes_ground_truth() -> None:
    stars = [by(1, 1, "ham", is_ground_truth=True), by(2, 2, "spam", is_ground_truth=True)]
    assert settle_gold([stars[0], by(3, 3, "spam")], "spam").label == "ham"
    assert settle_gold(stars, "spam") == TIE


LISTS = st.lists(
    st.builds(
        Annotation,
        annotation_id=st.integers(1, 30),
        task_id=st.integers(1, 3),
        label=st.sampled_from(["a", "b", "c", None]),
        was_cancelled=st.booleans(),
        is_human=st.booleans(),
        is_ground_truth=st.booleans(),
        completed_by=st.one_of(st.none(), st.integers(1, 4)),
        lead_time_s=st.one_of(st.none(), st.just(1.0)),
        updated_at=st.sampled_from(["", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    ),
    max_size=12,
    unique_by=lambda annotation: annotation.annotation_id,
)


@given(listed=LISTS, settled=st.sampled_from(["a", "b", "z", None]), shuffling=st.randoms(use_true_random=False))
def test_whatever_people_do_the_order_of_annotations_says_nothing_and_gold_is_a_label_that_somebody_gave(
    listed: list[Annotation], settled: str | None, shuffling: Random
) -> None:
    verdict = settle_gold(listed, settled)
    shuffled = list(listed)
    shuffling.shuffle(shuffled)
    assert settle_gold(shuffled, settled) == verdict
    given_labels = {annotation.label for annotation in listed if annotation.is_gold}
    assert verdict.label in given_labels | {None}
    assert (verdict.label is None) == (verdict.is_tie or not given_labels)
    assert not (verdict.is_tie and len(given_labels) < 2)
    assert settle_gold([annotation for annotation in listed if annotation.is_gold], settled) == verdict


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
