from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.agreement.student_agreement import agreement_rate, student_labels

CLASSES = np.array(["ham", "spam"])


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
