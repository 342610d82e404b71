"""The maps themselves, against probabilities whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from mraru.interfaces import Probabilities
from mraru.students.calibration.calibrators import (
    LEAST_ISOTONIC,
    CalibrationMethod,
    Isotonic,
    Sigmoid,
    Temperature,
    fit_calibrator,
    log_losses,
)

EVERY_METHOD = [CalibrationMethod.TEMPERATURE, CalibrationMethod.SIGMOID, CalibrationMethod.ISOTONIC]
every_method = pytest.mark.parametrize("method", EVERY_METHOD)


def drawn(
    n_texts: int = 4000, n_classes: int = 3, seed: int = 0
) -> tuple[Probabilities, NDArray[np.intp], NDArray[np.float64]]:
    """True probabilities, labels that were drawn by them, and equal weights."""
    rng = np.random.default_rng(seed)
    truth = softmax(rng.normal(scale=1.5, size=(n_texts, n_classes)), axis=1)
    members = (truth.cumsum(axis=1) < rng.random((n_texts, 1))).sum(axis=1)
    return truth, np.minimum(members, n_classes - 1).astype(np.intp), np.ones(n_texts)


def sharpened(probabilities: Probabilities, power: float) -> Probabilities:
    powers: Probabilities = probabilities**power
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("power", [4.0, 0.25])
def test_temperature_undoes_what_a_power_did(power: float) -> None:
    truth, members, weights = drawn()
    found = fit_calibrator(CalibrationMethod.TEMPERATURE, sharpened(truth, power), members, weights)
    assert isinstance(found, Temperature)
    assert found.temperature == pytest.approx(power, rel=0.1)
    np.testing.assert_allclose(found.apply(sharpened(truth, power)), truth, atol=0.05)


@every_method
@pytest.mark.parametrize("power", [5.0, 0.2])
def test_every_method_lowers_the_log_loss_of_texts_it_has_not_seen(method: CalibrationMethod, power: float) -> None:
    truth, members, weights = drawn()
    unseen, unseen_members, _ = drawn(seed=1)
    calibrator = fit_calibrator(method, sharpened(truth, power), members, weights)
    assert calibrator is not None
    raw = sharpened(unseen, power)
    before, after = (log_losses(each, unseen_members).mean() for each in (raw, calibrator.apply(raw)))
    perfect = log_losses(unseen, unseen_members).mean()
    assert after < before
    assert after - perfect < 0.25 * (before - perfect)


@every_method
def test_calibrated_rows_sum_to_1_and_the_input_is_kept(method: CalibrationMethod) -> None:
    truth, members, weights = drawn(200)
    before = truth.copy()
    calibrator = fit_calibrator(method, truth, members, weights)
    assert calibrator is not None
    extremes = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    for probabilities in (truth, extremes):
        calibrated = calibrator.apply(probabilities)
        assert calibrated.shape == probabilities.shape
        assert (calibrated >= 0).all()
        np.testing.assert_allclose(calibrated.sum(axis=1), 1.0)
    np.testing.assert_array_equal(truth, before)


def test_temperature_never_changes_which_label_is_preferred() -> None:
    truth, _, _ = drawn(500)
    for temperature in (0.1, 3.0, 40.0):
        calibrated = Temperature(temperature=temperature).apply(truth)
        np.testing.assert_array_equal(calibrated.argmax(axis=1), truth.argmax(axis=1))


def test_a_handful_of_texts_all_right_by_chance_does_not_freeze_the_temperature() -> None:
    few = fit_calibrator(
        CalibrationMethod.TEMPERATURE, np.array([[0.6, 0.4]] * 4), np.zeros(4, dtype=np.intp), np.ones(4)
    )
    many = fit_calibrator(
        CalibrationMethod.TEMPERATURE, np.array([[0.6, 0.4]] * 400), np.zeros(400, dtype=np.intp), np.ones(400)
    )
    assert isinstance(few, Temperature)
    assert isinstance(many, Temperature)
    assert many.temperature < few.temperature < 1


def test_sigmoids_are_platts() -> None:
    """scikit-learn's own, fed with the same log-odds, is the yardstick."""
    truth, members, weights = drawn(1000, n_classes=2)
    raw = sharpened(truth, 3.0)
    log_odds = np.log(raw[:, 1] / raw[:, 0])[:, None]
    passes_on = LogisticRegression(C=1e6).fit(log_odds, (log_odds[:, 0] > 0).astype(int))
    passes_on.coef_, passes_on.intercept_ = np.array([[1.0]]), np.array([0.0])
    theirs = CalibratedClassifierCV(FrozenEstimator(passes_on), method="sigmoid").fit(log_odds, members)
    ours = fit_calibrator(CalibrationMethod.SIGMOID, raw, members, weights)
    assert isinstance(ours, Sigmoid)
    np.testing.assert_allclose(ours.apply(raw)[:, 1], theirs.predict_proba(log_odds)[:, 1], rtol=0, atol=0.005)


@every_method
def test_a_heavier_text_counts_as_several(method: CalibrationMethod) -> None:
    truth, members, _ = drawn(60)
    times = np.arange(60) % 3 + 1
    repeated = fit_calibrator(
        method, np.repeat(truth, times, axis=0), np.repeat(members, times), np.ones(int(times.sum()))
    )
    weighted = fit_calibrator(method, truth, members, times.astype(np.float64))
    assert repeated is not None
    assert weighted is not None
    np.testing.assert_allclose(weighted.apply(truth), repeated.apply(truth), atol=1e-3)


def test_isotonic_leaves_a_chance_of_being_looked_at_again() -> None:
    perfect = np.repeat(np.eye(2), 50, axis=0)
    isotonic = fit_calibrator(CalibrationMethod.ISOTONIC, perfect, np.repeat([0, 1], 50), np.ones(100))
    assert isinstance(isotonic, Isotonic)
    assert isotonic.apply(perfect).max() <= 1 - LEAST_ISOTONIC


@pytest.mark.parametrize("method", [CalibrationMethod.SIGMOID, CalibrationMethod.ISOTONIC])
def test_a_class_without_texts_keeps_its_probabilities_but_for_the_norm(method: CalibrationMethod) -> None:
    truth, members, weights = drawn(300)
    shown = members != 2
    calibrator = fit_calibrator(method, truth[shown], members[shown], weights[shown])
    assert calibrator is not None
    calibrated = calibrator.apply(truth)
    assert np.corrcoef(calibrated[:, 2], truth[:, 2])[0, 1] > 0.9


def test_none_is_no_calibrator() -> None:
    truth, members, weights = drawn(20)
    assert fit_calibrator(CalibrationMethod.NONE, truth, members, weights) is None
