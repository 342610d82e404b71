from __future__ import annotations

import pytest

from mraru.projects.final_labels.standing_labels import LabelSource, stand
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.posterior.posterior import PEOPLE_ERROR
from mraru.store.review.opinions import Opinion

LABELS = ("ham", "spam")
OPINION = Opinion(text_hash="a", label="spam", confidence=0.6, final_label="spam", score=0.7, round_number=3)


def labelled(gold: str | None = None, teacher: str | None = None) -> LabelledSet:
    return LabelledSet(gold={"a": gold} if gold else {}, teacher={"a": teacher} if teacher else {})


def test_nobody_has_said_anything_yet() -> None:
    assert stand(labelled(), LABELS, "a", None).label is None


def test_before_the_first_push_the_llms_label_stands_without_a_score() -> None:
    found = stand(labelled(teacher="ham"), LABELS, "a", None)
    assert (found.label, found.source, found.score) == ("ham", LabelSource.TEACHER, None)


@pytest.mark.parametrize(
    ("teacher", "source"),
    [(None, LabelSource.STUDENT), ("ham", LabelSource.STUDENT), ("spam", LabelSource.TEACHER)],
)
def test_what_was_pushed_stands_and_says_whose_it_is(teacher: str | None, source: LabelSource) -> None:
    found = stand(labelled(teacher=teacher), LABELS, "a", OPINION)
    assert (found.label, found.source, found.score, found.round_number) == ("spam", source, 0.7, 3)


def test_peoples_label_stands_at_once_with_what_people_are_worth() -> None:
    found = stand(labelled(gold="ham", teacher="spam"), LABELS, "a", OPINION)
    assert (found.label, found.source, found.score) == ("ham", LabelSource.PEOPLE, 1 - PEOPLE_ERROR)


def test_once_weighed_peoples_label_has_its_own_score() -> None:
    weighed = Opinion(
        text_hash="a", label="spam", confidence=0.6, final_label="ham", score=0.8, blind_label="spam", round_number=4
    )
    found = stand(labelled(gold="ham"), LABELS, "a", weighed)
    assert (found.score, found.round_number) == (0.8, 4)


def test_a_label_that_the_config_has_lost_stands_no_longer() -> None:
    assert stand(labelled(), ("ham", "eggs"), "a", OPINION).label is None
