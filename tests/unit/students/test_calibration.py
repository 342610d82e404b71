"""Which method is chosen, and on what."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from mraru.interfaces import Labels, Probabilities
from mraru.students.calibration.calibration_choice import LEAST_TEXTS, calibrate
from mraru.students.calibration.calibrators import CalibrationMethod, Temperature

CLASSES = np.array(["a", "b", "c"])


def said(
    n_texts: int, power: float = 1.0, scale: float = 1.5, seed: int = 0, shares: tuple[float, ...] = (1.0, 1.0, 1.0)
) -> tuple[Probabilities, Labels]:
    """What a student says whose logits are `power` times the true ones, and labels drawn by the true ones."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=scale, size=(n_texts, 3))
    truth = softmax(logits + np.log(shares), axis=1)
    members = np.minimum((truth.cumsum(axis=1) < rng.random((n_texts, 1))).sum(axis=1), 2)
    probabilities: Probabilities = softmax(power * logits, axis=1)
    return probabilities, CLASSES[members]


def test_an_overconfident_student_gets_a_temperature_above_1_and_less_error() -> None:
    probabilities, y = said(300, power=5.0)
    found = calibrate(probabilities, CLASSES, y, np.ones(300))
    assert found.method is CalibrationMethod.TEMPERATURE
    assert isinstance(found.calibrator, Temperature)
    assert found.calibrator.temperature > 3
    assert found.error_before is not None
    assert found.error_after is not None
    assert found.error_after < 0.5 * found.error_before
    assert found.n_texts == 300


def test_an_underconfident_student_gets_a_temperature_below_1() -> None:
    probabilities, y = said(300, power=0.25)
    found = calibrate(probabilities, CLASSES, y, np.ones(300))
    assert isinstance(found.calibrator, Temperature)
    assert found.calibrator.temperature < 0.5


def test_probabilities_that_mean_what_they_say_are_hardly_changed() -> None:
    probabilities, y = said(2000)
    calibrated = calibrate(probabilities, CLASSES, y, np.ones(2000)).apply(probabilities)
    np.testing.assert_allclose(calibrated, probabilities, atol=0.05)


def test_a_method_that_is_named_is_taken() -> None:
    probabilities, y = said(200, power=5.0)
    for method in set(CalibrationMethod) - {CalibrationMethod.BY_QUESTION}:
        assert calibrate(probabilities, CLASSES, y, np.ones(200), method=method).method is method


def test_steps_are_taken_where_neither_power_nor_sigmoid_fits_and_texts_are_many() -> None:
    rng = np.random.default_rng(0)
    first = rng.uniform(size=3000)
    chance = np.array([0.02, 0.35, 0.65, 0.98])[(4 * first).astype(int)]
    y = np.where(rng.random(3000) < chance, "a", "b")
    probabilities = np.column_stack([first, 1 - first])
    few = slice(0, 500)
    assert calibrate(probabilities, CLASSES[:2], y, np.ones(3000)).method is CalibrationMethod.ISOTONIC
    assert calibrate(probabilities[few], CLASSES[:2], y[few], np.ones(500)).method is not CalibrationMethod.ISOTONIC


def test_a_sigmoid_that_gives_up_a_rare_class_is_not_chosen() -> None:
    """Students weigh all classes alike; by log loss alone it would pay to stop naming the rare one."""
    probabilities, y = said(2000, shares=(1.0, 1.0, 0.05))
    sigmoid = calibrate(probabilities, CLASSES, y, np.ones(2000), method=CalibrationMethod.SIGMOID)
    is_rare = y == "c"
    named = sigmoid.apply(probabilities).argmax(axis=1) == 2
    assert named[is_rare].mean() < (probabilities.argmax(axis=1) == 2)[is_rare].mean() - 0.1, "it gives it up"
    chosen = calibrate(probabilities, CLASSES, y, np.ones(2000))
    np.testing.assert_array_equal(chosen.apply(probabilities).argmax(axis=1), probabilities.argmax(axis=1))


def test_too_few_texts_change_nothing() -> None:
    probabilities, y = said(LEAST_TEXTS - 1, power=9.0)
    found = calibrate(probabilities, CLASSES, y, np.ones(len(y)), method=CalibrationMethod.SIGMOID)
    assert found.method is CalibrationMethod.NONE
    assert found.error_before is found.error_after is None
    np.testing.assert_array_equal(found.apply(probabilities), probabilities)


def test_a_text_that_is_alone_in_its_class_is_left_out() -> None:
    """No out-of-fold student can have named its label, however good it is."""
    probabilities, y = said(101, power=5.0)
    kept = y != "c"
    probabilities[0], y[0] = [1.0, 0.0, 0.0], "c"
    kept[0] = True
    method = CalibrationMethod.TEMPERATURE
    with_it = calibrate(probabilities[kept], CLASSES, y[kept], np.ones(kept.sum()), method=method)
    kept[0] = False
    without = calibrate(probabilities[kept], CLASSES, y[kept], np.ones(kept.sum()), method=method)
    assert with_it == without


def test_the_same_texts_and_seed_give_the_same_calibration() -> None:
    probabilities, y = said(200, power=3.0)
    first, second = (calibrate(probabilities, CLASSES, y, np.ones(200), seed=4) for _ in range(2))
    assert first == second


def test_heavy_texts_decide() -> None:
    sure, y = said(200, power=5.0)
    right = CLASSES[sure.argmax(axis=1)] == y
    trusted = np.where(right, 1.0, 0.01)
    distrusted = np.where(right, 0.01, 1.0)
    temperatures = []
    for weights in (trusted, distrusted):
        found = calibrate(sure, CLASSES, y, weights, method=CalibrationMethod.TEMPERATURE)
        assert isinstance(found.calibrator, Temperature)
        temperatures.append(found.calibrator.temperature)
    assert temperatures[0] < temperatures[1]
