from __future__ import annotations

import numpy as np
import pytest

from mraru.quality.posterior.teacher_reliability import TeacherReliability, estimate_reliability


def drawn(
    n_texts: int, accuracy: float, *, student_accuracy: float = 1.0, separation: float = 0.0, seed: int = 0
) -> tuple[list[bool], list[float], list[float]]:
    """Agreements and confidences; the LLM's log-odds are higher by `separation` where it is right."""
    rng = np.random.default_rng(seed)
    is_right = rng.random(n_texts) < accuracy
    student_confidences = rng.random(n_texts)
    student_is_right = rng.random(n_texts) < np.where(student_confidences > 0.5, student_accuracy, 0.25)
    log_odds = 2 + separation * is_right + rng.normal(size=n_texts)
    return (is_right & student_is_right).tolist(), student_confidences.tolist(), (1 / (1 + np.exp(-log_odds))).tolist()


@pytest.mark.parametrize("accuracy", [0.6, 0.8, 0.95])
def test_the_accuracy_is_found_again(accuracy: float) -> None:
    agrees, confidences, _ = drawn(2000, accuracy)
    assert estimate_reliability(agrees, confidences, [None] * 2000).accuracy == pytest.approx(accuracy, abs=0.03)


def test_where_the_student_is_unsure_it_says_nothing_of_the_llm() -> None:
    agrees, confidences, _ = drawn(2000, 0.9)  # on the unsure half the student is right on a quarter
    assert np.mean(agrees) < 0.6
    assert estimate_reliability(agrees, confidences, [None] * 2000).accuracy > 0.85


def test_few_texts_change_little() -> None:
    nothing = estimate_reliability([], [], [])
    assert nothing.accuracy == pytest.approx(0.9)
    assert estimate_reliability([False] * 4, [0.9] * 4, [None] * 4).accuracy > 0.7
    assert estimate_reliability([False] * 400, [0.9] * 400, [None] * 400).accuracy < 0.1


def test_a_confidence_that_tells_counts_more_than_one_that_does_not() -> None:
    slopes = []
    for separation in (0.0, 1.0, 2.0):
        agrees, confidences, teacher = drawn(1000, 0.8, separation=separation)
        slopes.append(estimate_reliability(agrees, confidences, teacher).slope)
    assert slopes == sorted(slopes)
    assert slopes[0] < 0.15 < 0.6 < slopes[2]


def test_a_confidence_that_misleads_is_not_believed_backwards() -> None:
    agrees, confidences, teacher = drawn(1000, 0.8, separation=-2.0)
    found = estimate_reliability(agrees, confidences, teacher)
    low, high = found.label_log_odds(np.array([0.5, 0.99]))
    assert 0 < high - low < 0.3


def test_an_unknown_confidence_counts_as_the_usual_one() -> None:
    found = estimate_reliability([True, False] * 50, [0.9] * 100, [0.8, None] * 50)
    assert found.label_log_odds(np.array([np.nan, 0.8])).tolist() == pytest.approx([found.log_odds] * 2)


def test_a_certain_llm_stays_within_bounds() -> None:
    low, high = TeacherReliability(slope=1.0).label_log_odds(np.array([0.0, 1.0]))
    assert np.isfinite([low, high]).all()
    assert low < high


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        estimate_reliability([True], [0.5], [])
