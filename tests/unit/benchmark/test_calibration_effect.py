from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import RunSpec
from mraru.benchmark.core.run_students import make_student
from mraru.benchmark.studies.calibration.calibration_effect import CalibrationEffect, Sureness, measure_calibration
from mraru.benchmark.studies.calibration.calibration_report import write_calibration_report
from mraru.errors import BenchmarkError

SPEC = RunSpec(data_set="blobs", student="logreg", rule="random", seed=0, budget=120, calibration="auto")
EFFECT = CalibrationEffect(
    spec=SPEC,
    n_labels=120,
    n_measured=280,
    method="temperature",
    raw=Sureness(accuracy=0.8, calibration_error=0.2, paper_acceptance=0.5),
    calibrated=Sureness(accuracy=0.8, calibration_error=0.05, paper_acceptance=0.25),
    train_s=0.1,
    round_s=0.7,
)


@pytest.fixture
def blobs() -> DataSet:
    return make_blobs(n_pool=400)


def test_calibration_makes_a_student_that_is_made_unsure_mean_what_it_says(blobs: DataSet) -> None:
    effect = measure_calibration(replace(SPEC, temperature=8.0), blobs)

    assert (effect.n_labels, effect.n_measured) == (120, 280)
    assert effect.method != "none"
    assert effect.calibrated.calibration_error < effect.raw.calibration_error - 0.1
    assert effect.calibrated.paper_acceptance < effect.raw.paper_acceptance - 0.1
    assert effect.round_s > effect.train_s > 0


def test_it_is_measured_on_the_texts_of_the_pool_that_were_not_labelled(blobs: DataSet) -> None:
    effect = measure_calibration(replace(SPEC, calibration="temperature"), blobs)

    order = np.random.default_rng([0, 4]).permutation(400)
    student = make_student(replace(SPEC, calibration="none"))
    student.fit(blobs.X[order[:120]], blobs.y[order[:120]])
    rest = order[120:]
    is_right = student.classes_[student.predict_proba(blobs.X[rest]).argmax(axis=1)] == blobs.y[rest]
    assert effect.raw.accuracy == pytest.approx(is_right.mean())
    assert effect.calibrated.accuracy == effect.raw.accuracy  # a temperature changes no label


def test_half_of_a_small_pool_is_left_to_measure_on(blobs: DataSet) -> None:
    effect = measure_calibration(replace(SPEC, budget=1000), blobs)

    assert (effect.n_labels, effect.n_measured) == (200, 200)


def test_labels_of_one_class_alone_are_refused() -> None:
    y = np.array(["a"] * 99 + ["b"])
    rare = DataSet(name="rare", X=np.eye(100, dtype=np.float32), y=y, X_test=np.eye(100, dtype=np.float32), y_test=y)

    with pytest.raises(BenchmarkError, match="raise the budget"):
        measure_calibration(replace(SPEC, budget=2), rare)


def test_the_report_has_errors_acceptance_and_times_as_multiples_of_logistic_regression(
    blobs: DataSet, tmp_path: Path
) -> None:
    forest = replace(EFFECT, spec=replace(SPEC, student="rf"), train_s=2.6, method="sigmoid")
    effects = [EFFECT, replace(EFFECT, spec=replace(SPEC, seed=1)), forest]

    write_calibration_report(tmp_path, effects, [blobs], "blobs", "mraru benchmark calibration mine.csv")

    text = (tmp_path / "calibration.md").read_text()
    assert "| blobs | rf | 120 | sigmoid | 0.200 | 0.050 | 50.0% | 25.0% | 0.800 | 0.800 |" in text
    assert "| blobs | rf | 120 | 2.600 | 26.0 | 0.700 |" in text
    assert "| blobs | logreg | 120 | 0.100 | 1.0 | 0.700 |" in text
    written = json.loads((tmp_path / "calibration.json").read_text())
    assert [effect["spec"]["student"] for effect in written["effects"]] == ["logreg", "logreg", "rf"]
    for page in ("calibration.md", "calibration.html"):
        assert "simulated teacher" in (tmp_path / page).read_text()


def test_without_logistic_regression_there_are_no_multiples(blobs: DataSet, tmp_path: Path) -> None:
    write_calibration_report(
        tmp_path, [replace(EFFECT, spec=replace(SPEC, student="rf"))], [blobs], "blobs", "mraru benchmark calibration"
    )

    assert "| blobs | rf | 120 | 0.100 | – | 0.700 |" in (tmp_path / "calibration.md").read_text()
