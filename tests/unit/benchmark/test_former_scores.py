from __future__ import annotations

import numpy as np
import pytest

from mraru.benchmark.replay.former_scores import former_scores
from mraru.quality.agreement.student_agreement import student_labels
from mraru.quality.posterior.teacher_reliability import TeacherReliability

CLASSES = np.array(["ham", "spam"])


def score_one(student: list[float], label: str | None, **known: object) -> float:
    """The score of one text that the LLM was asked about."""
    known = {name: value if name in ("reliability", "class_counts") else [value] for name, value in known.items()}
    return float(former_scores(np.array([student]), CLASSES, [label], [True], **known)[0])


@pytest.mark.parametrize("seed", range(20))
def test_every_score_is_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = np.array(["a", "b", "c"])
    rows = rng.dirichlet([0.05] * 3, size=200)  # many of them next to certain
    said = [None if draw == 3 else str(classes[draw]) for draw in rng.integers(0, 4, 200)]
    gold = [None if draw == 3 else str(classes[draw]) for draw in rng.integers(0, 4, 200)]
    scores = former_scores(
        rows,
        classes,
        said,
        [label is not None or bool(rng.random() < 0.5) for label in said],
        reliability=TeacherReliability(log_odds=rng.normal(0, 5), slope=rng.random() * 2, usual=rng.normal()),
        confidences=[None if draw < 0.5 else draw for draw in rng.random(200)],
        gold_labels=gold,
        class_counts={"a": 1, "b": 2, "c": 300},
    )
    assert scores.shape == (200,)
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("n_classes", [2, 4, 77])
@pytest.mark.parametrize("accuracy", [0.6, 0.8, 0.95])
def test_confident_disagreement_comes_before_doubt_and_doubt_before_agreement(n_classes: int, accuracy: float) -> None:
    classes = np.array([f"class {number:02d}" for number in range(n_classes)])
    sure = np.full(n_classes, 0.01 / (n_classes - 1))
    sure[0] = 0.99
    flat = np.full(n_classes, 1 / n_classes)
    rows = np.array([sure, flat, flat, sure, sure])
    labels = [str(classes[1]), None, str(classes[0]), str(classes[0]), None]
    scores = former_scores(
        rows,
        classes,
        labels,
        [True, False, True, True, False],
        reliability=TeacherReliability(log_odds=np.log(accuracy / (1 - accuracy))),
    )
    disagreement, not_asked_in_doubt, asked_in_doubt, agreement, not_asked_and_sure = scores.tolist()
    assert disagreement < not_asked_in_doubt < asked_in_doubt < agreement
    assert not_asked_in_doubt < not_asked_and_sure


@pytest.mark.parametrize("n_classes", [2, 5, 77])
def test_a_student_that_cannot_tell_leaves_the_llms_accuracy_as_it_is(n_classes: int) -> None:
    classes = np.array([f"class {number:02d}" for number in range(n_classes)])
    flat = np.full((1, n_classes), 1 / n_classes)
    reliability = TeacherReliability(log_odds=np.log(0.8 / 0.2))
    assert former_scores(flat, classes, ["class 01"], [True], reliability=reliability)[0] == pytest.approx(0.8)


def test_a_weak_student_that_differs_does_not_come_before_a_strong_one_that_does() -> None:
    weak, strong = score_one([0.45, 0.55], "ham"), score_one([0.02, 0.98], "ham")
    assert strong < 0.5 < weak


def test_a_weak_early_student_hardly_fills_the_queue() -> None:
    """Its labels differ from the LLM's on most texts, but it says itself that it can hardly tell."""
    rng = np.random.default_rng(0)
    classes = np.array(["a", "b", "c", "d"])
    rows = rng.dirichlet([20.0] * 4, size=500)
    labels = classes[rng.integers(0, 4, 500)].tolist()
    differs = student_labels(rows, classes) != np.array(labels)
    scores = former_scores(rows, classes, labels, [True] * 500)
    assert differs.mean() > 0.7
    assert (scores < 0.5).mean() < 0.01


def test_a_class_with_one_label_is_not_held_against_the_llm() -> None:
    """No student of another fold has learned that label, so none can name the class."""
    counts = {"ham": 50, "spam": 1}
    assert score_one([0.99, 0.01], "spam", class_counts=counts) == pytest.approx(0.9)
    assert score_one([0.99, 0.01], "spam", class_counts={**counts, "spam": 30}) < 0.2


def test_a_label_that_the_student_does_not_know_is_left_to_the_llms_odds() -> None:
    assert score_one([0.9, 0.1], "scam") == pytest.approx(0.9)


def test_the_more_labels_of_a_class_were_learned_the_more_the_students_word_counts() -> None:
    scores = [score_one([0.9, 0.1], "spam", class_counts={"spam": n_labels}) for n_labels in (1, 2, 5, 100)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_with_two_other_labels_of_the_class_the_students_odds_weigh_half() -> None:
    reliability = TeacherReliability(log_odds=0.0)
    score = score_one([0.8, 0.2], "ham", reliability=reliability, class_counts={"ham": 3})
    assert score == pytest.approx(2 / 3)  # 4 to 1, to the power of one half


def test_the_odds_of_llm_and_student_multiply() -> None:
    reliability = TeacherReliability(log_odds=np.log(4))
    assert score_one([0.2, 0.8], "ham", reliability=reliability) == pytest.approx(0.5)  # 4 to 1 against 1 to 4
    assert score_one([0.8, 0.2], "ham", reliability=reliability) == pytest.approx(16 / 17)


def test_the_label_is_weighed_against_its_strongest_rival() -> None:
    classes = np.array(["a", "b", "c"])
    rows = np.array([[0.3, 0.65, 0.05], [0.3, 0.35, 0.35]])
    one_rival, two_rivals = former_scores(rows, classes, ["a", "a"], [True, True])
    assert one_rival < two_rivals


def test_an_llm_that_doubts_its_label_brings_the_text_forward() -> None:
    reliability = TeacherReliability(slope=0.5, usual=2.0)
    doubting, usual, sure = (
        score_one([0.5, 0.5], "ham", reliability=reliability, confidences=confidence)
        for confidence in (0.5, None, 0.99)
    )
    assert doubting < usual < sure


def test_a_person_counts_more_than_the_llm_and_both_together_most() -> None:
    by_llm = score_one([0.5, 0.5], "ham")
    by_person = score_one([0.5, 0.5], None, gold_labels="ham")
    by_both = score_one([0.5, 0.5], "ham", gold_labels="ham")
    assert by_llm < by_person < by_both


def test_a_persons_label_that_llm_and_student_contradict_is_looked_at_again() -> None:
    assert score_one([0.02, 0.98], "spam", gold_labels="ham") < 0.1
    assert score_one([0.98, 0.02], "spam", gold_labels="ham") > 0.9


def test_an_llm_that_was_asked_and_gave_no_label_puts_the_text_first() -> None:
    assert score_one([0.9, 0.1], None) == 0.0


def test_where_the_llm_was_not_asked_the_students_certainty_counts_from_one_half_on() -> None:
    classes = np.array(["a", "b", "c"])
    rows = np.array([[1 / 3, 1 / 3, 1 / 3], [0.6, 0.3, 0.1], [1.0, 0.0, 0.0]])
    scores = former_scores(rows, classes, [None] * 3, [False] * 3)
    assert scores.tolist() == pytest.approx([0.5, 0.7, 1.0])


def test_rounding_beyond_1_is_clipped() -> None:
    assert former_scores(np.array([[1.0 + 1e-12, 0.0]]), CLASSES, [None], [False]).tolist() == [1.0]


def test_a_student_that_is_certain_of_another_label_still_leaves_a_chance() -> None:
    assert 0.0 < score_one([0.0, 1.0], "ham") < 0.01


def test_no_texts_give_no_scores() -> None:
    assert former_scores(np.empty((0, 2)), CLASSES, [], []).shape == (0,)


def test_inputs_that_do_not_fit_together_are_refused() -> None:
    probabilities = np.array([[0.3, 0.7]])
    with pytest.raises(ValueError, match="one length"):
        former_scores(probabilities, CLASSES, ["ham", "spam"], [True])
    with pytest.raises(ValueError, match="one length"):
        former_scores(probabilities, CLASSES, ["ham"], [])
    with pytest.raises(ValueError, match="one length"):
        former_scores(probabilities, CLASSES, ["ham"], [True], confidences=[])
    with pytest.raises(ValueError, match="one length"):
        former_scores(probabilities, CLASSES, ["ham"], [True], gold_labels=[None, None])
    with pytest.raises(ValueError, match="shape"):
        former_scores(probabilities, np.array(["ham"]), ["ham"], [True])
    with pytest.raises(ValueError, match="was not asked"):
        former_scores(probabilities, CLASSES, ["ham"], [False])


@pytest.mark.parametrize("student", [0.05, 0.4, 0.5, 0.95])
def test_a_text_on_which_llms_differ_comes_before_one_on_which_they_agree(student: float) -> None:
    probabilities = np.array([[student, 1 - student]] * 3)
    agreed, split, torn = former_scores(
        probabilities, CLASSES, ["ham"] * 3, [True] * 3, confidences=[1.0, 2 / 3, 1 / 3]
    )
    assert torn < split < agreed  # also where the student sides with the minority
