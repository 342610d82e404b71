from __future__ import annotations

import numpy as np
import pytest

from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.student_check import MOST_WEIGHT, StudentCheck, check_student, importance_weights

CLASSES = np.array(["a", "b"])
SAYS_A, SAYS_B = np.array([0.9, 0.1]), np.array([0.05, 0.95])


def test_a_label_counts_for_the_texts_that_it_stands_for() -> None:
    labelled = LabelledSet(gold={}, teacher={"sure": "a", "unsure": "a"})
    out_of_fold = {"sure": SAYS_A, "unsure": SAYS_B}
    check = check_student(out_of_fold, out_of_fold, CLASSES, labelled, {"sure": 0.25, "unsure": 1.0})
    assert check.estimated_agreement == pytest.approx(4 / 5)
    assert check.n_judged == 2


def test_the_estimate_is_that_of_all_texts_whatever_was_preferred() -> None:
    rng = np.random.default_rng(0)
    is_right = rng.random(20_000) < 0.8
    chance = np.where(is_right, 0.1, 0.6)  # what the student has wrong is accepted six times as often
    accepted = np.flatnonzero(rng.random(20_000) < chance)
    names = [str(number) for number in accepted]
    out_of_fold = {name: SAYS_A if is_right[int(name)] else SAYS_B for name in names}
    check = check_student(
        out_of_fold,
        out_of_fold,
        CLASSES,
        LabelledSet(gold={}, teacher=dict.fromkeys(names, "a")),
        {name: float(chance[int(name)]) for name in names},
    )
    assert np.mean(is_right[accepted]) < 0.45
    assert check.estimated_agreement == pytest.approx(0.8, abs=0.02)


def test_no_text_weighs_more_than_the_most() -> None:
    assert importance_weights([0.0, 1e-9]).tolist() == [MOST_WEIGHT, MOST_WEIGHT]


def test_gold_is_checked_apart_from_what_the_teacher_said() -> None:
    labelled = LabelledSet(gold={"x": "a", "y": "a", "unseen": "a"}, teacher={"x": "b", "z": "b", "none": None})
    out_of_fold = {"x": SAYS_A, "y": SAYS_B, "z": SAYS_B, "none": SAYS_A}
    check = check_student(out_of_fold, out_of_fold, CLASSES, labelled, {})
    assert (check.n_gold_checked, check.n_gold_right) == (2, 1)
    assert (check.n_judged, check.estimated_agreement) == (2, 0.5)


def test_labels_that_the_student_does_not_know_are_left_out() -> None:
    labelled = LabelledSet(gold={}, teacher={"x": "a", "new": "c"})
    said = {"x": SAYS_A, "new": SAYS_A}
    assert check_student(said, said, CLASSES, labelled, {}).n_judged == 1


def test_nothing_was_judged() -> None:
    assert check_student({}, {}, CLASSES, LabelledSet(gold={"x": "a"}, teacher={"y": "a"}), {}) == StudentCheck()


def test_calibration_does_not_hide_what_the_student_contradicts() -> None:
    """Calibrated on wrong labels, nothing is a tenth as likely as anything else."""
    names = [str(number) for number in range(10)]
    raw = {name: SAYS_A for name in names}
    calibrated = {name: np.array([0.7, 0.3]) for name in names}
    labelled = LabelledSet(gold={}, teacher={name: "b" if name == "0" else "a" for name in names})
    check = check_student(calibrated, raw | {"0": np.array([0.97, 0.03])}, CLASSES, labelled, {})
    assert check.n_contradicted == 1
    assert check_student(calibrated, calibrated, CLASSES, labelled, {}).n_contradicted == 0
