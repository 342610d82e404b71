from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mraru.interfaces import Probabilities
from mraru.loop.label_book import LabelBook
from mraru.loop.review_order import judge_teacher, score_texts
from mraru.review.teacher_reliability import UNKNOWN

CLASSES = np.array(["ham", "spam"])
PLENTY = {"ham": 100, "spam": 100}
BOOK = LabelBook(gold={}, teacher={"a": "ham"})


def score(book: LabelBook, student: Probabilities | None = None) -> float:
    """The score of the text `a`."""
    rows = np.array([[0.5, 0.5]]) if student is None else student
    return float(score_texts(book, ["a"], rows, CLASSES, UNKNOWN, PLENTY)[0])


def test_a_text_on_which_people_are_split_is_looked_at_first() -> None:
    assert score(replace(BOOK, ties=frozenset("a"))) == 0.0
    assert score(LabelBook(gold={}, teacher={}, ties=frozenset("a"))) == 0.0


def test_a_text_that_the_llm_gave_no_label_is_looked_at_first_unless_people_gave_one() -> None:
    unnamed = LabelBook(gold={}, teacher={"a": None})
    assert score(unnamed) == 0.0
    assert score(replace(unnamed, gold={"a": "ham"})) == pytest.approx(0.95)


def test_a_text_that_nobody_labelled_comes_after_every_disagreement() -> None:
    contradicted = np.array([[0.05, 0.95]])
    assert score(BOOK, contradicted) < 0.5 <= score(LabelBook(gold={}, teacher={}))


def test_of_several_llms_the_share_that_agrees_counts_as_their_confidence() -> None:
    agreed = score(replace(BOOK, agreeing_share={"a": 1.0}, confidence={"a": 0.5}))
    split = score(replace(BOOK, agreeing_share={"a": 2 / 3}, confidence={"a": 1.0}))
    assert split < agreed


def test_votes_of_several_llms_weigh_more_than_one_llms_word_on_itself() -> None:
    names = [f"text {number}" for number in range(20)]
    said = dict.fromkeys(names, ("ham", 0.9))
    shares = dict.fromkeys(names, 2 / 3)
    book = LabelBook(gold={}, teacher=dict.fromkeys(names, "ham"))
    several = judge_teacher(replace(book, agreeing_share=shares), said)
    assert several.slope > 2 * judge_teacher(replace(book, confidence=shares), said).slope


def test_an_llm_that_sure_students_agree_with_is_believed_more() -> None:
    names = [f"text {number}" for number in range(200)]
    book = LabelBook(gold={}, teacher=dict.fromkeys(names, "ham"))
    trusted = judge_teacher(book, dict.fromkeys(names, ("ham", 0.9)))
    doubted = judge_teacher(book, dict.fromkeys(names, ("spam", 0.9)))
    assert doubted.accuracy < 0.2 < 0.95 < trusted.accuracy


def test_a_person_who_confirms_the_llm_outweighs_the_student_that_differs() -> None:
    names = [f"text {number}" for number in range(200)]
    book = LabelBook(gold=dict.fromkeys(names, "ham"), teacher=dict.fromkeys(names, "ham"))
    assert judge_teacher(book, dict.fromkeys(names, ("spam", 0.9))).accuracy > 0.95


def test_texts_that_no_other_student_judged_say_nothing_of_the_llm() -> None:
    assert judge_teacher(BOOK, {}).accuracy == pytest.approx(UNKNOWN.accuracy)
