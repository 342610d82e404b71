from __future__ import annotations

import numpy as np
import pytest

from mraru.review.agreement import agreement_rate, review_scores, student_labels

CLASSES = np.array(["ham", "spam"])


def test_the_score_is_the_students_probability_of_the_llms_label() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1]])
    scores = review_scores(probabilities, CLASSES, ["ham", "spam"], [True, True])
    assert scores.tolist() == [0.9, 0.1]


def test_an_llm_that_was_asked_and_gave_no_label_puts_the_text_first() -> None:
    assert review_scores(np.array([[0.9, 0.1]]), CLASSES, [None], [True]).tolist() == [0.0]


def test_a_label_that_the_student_does_not_know_puts_the_text_first() -> None:
    assert review_scores(np.array([[0.9, 0.1]]), CLASSES, ["scam"], [True]).tolist() == [0.0]


def test_where_the_llm_was_not_asked_the_students_confidence_counts() -> None:
    assert review_scores(np.array([[0.3, 0.7]]), CLASSES, [None], [False]).tolist() == [0.7]


def test_disagreement_comes_before_unsureness_and_agreement_last() -> None:
    probabilities = np.array([[0.95, 0.05], [0.55, 0.45], [0.95, 0.05]])
    scores = review_scores(probabilities, CLASSES, ["ham", None, "spam"], [True, False, True])
    assert np.argsort(scores).tolist() == [2, 1, 0]


def test_rounding_beyond_1_is_clipped() -> None:
    assert review_scores(np.array([[1.0 + 1e-12, 0.0]]), CLASSES, ["ham"], [True]).tolist() == [1.0]


def test_no_texts_give_no_scores() -> None:
    assert review_scores(np.empty((0, 2)), CLASSES, [], []).shape == (0,)


def test_inputs_that_do_not_fit_together_are_refused() -> None:
    probabilities = np.array([[0.3, 0.7]])
    with pytest.raises(ValueError, match="one length"):
        review_scores(probabilities, CLASSES, ["ham", "spam"], [True])
    with pytest.raises(ValueError, match="one length"):
        review_scores(probabilities, CLASSES, ["ham"], [])
    with pytest.raises(ValueError, match="shape"):
        review_scores(probabilities, np.array(["ham"]), ["ham"], [True])
    with pytest.raises(ValueError, match="was not asked"):
        review_scores(probabilities, CLASSES, ["ham"], [False])


def test_the_students_label_is_its_likeliest_class() -> None:
    assert student_labels(np.array([[0.9, 0.1], [0.2, 0.8]]), CLASSES).tolist() == ["ham", "spam"]
    assert student_labels(np.empty((0, 2)), CLASSES).tolist() == []


def test_student_labels_refuse_columns_that_are_not_the_classes() -> None:
    with pytest.raises(ValueError, match="shape"):
        student_labels(np.array([[0.2, 0.3, 0.5]]), CLASSES)


def test_the_agreement_rate_counts_only_texts_that_the_llm_labelled() -> None:
    assert agreement_rate(["ham", None, "spam", "spam"], ["ham", "ham", "ham", "spam"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("teacher_labels", [[], [None, None]])
def test_there_is_no_agreement_rate_without_a_label(teacher_labels: list[str | None]) -> None:
    assert agreement_rate(teacher_labels, ["ham"] * len(teacher_labels)) is None


def test_an_agreement_rate_of_different_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        agreement_rate(["ham"], [])


def test_of_several_llms_the_share_that_gave_the_label_scales_the_score() -> None:
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4]])
    scores = review_scores(probabilities, CLASSES, ["ham", "ham", "spam"], [True, True, True], [1.0, 2 / 3, 2 / 3])
    assert scores.tolist() == pytest.approx([0.6, 0.4, 0.4 * 2 / 3])


@pytest.mark.parametrize("student", [0.05, 0.4, 0.5, 0.95])
def test_a_text_on_which_llms_differ_comes_before_one_on_which_they_agree(student: float) -> None:
    probabilities = np.array([[student, 1 - student]] * 3)
    agreed, split, torn = review_scores(probabilities, CLASSES, ["ham"] * 3, [True] * 3, [1.0, 2 / 3, 1 / 3])
    assert torn < split < agreed == student  # also where the student sides with the minority
