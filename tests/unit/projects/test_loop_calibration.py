"""A calibrated student in the loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.loop_bench import PROJECT, LoopBench
from mraru.interfaces import Labels, Vectors
from mraru.projects.learning.training import student_path
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.student_files import load_student

pytestmark = pytest.mark.slow

N_FOLDS = 5


class FitCounter:
    """Makes students of a kind that can be saved, and counts the fits of all of them."""

    def __init__(self) -> None:
        self.n_fits = 0

    def __call__(self) -> LinearDiscriminantStudent:
        student = LinearDiscriminantStudent()
        fit = student.fit

        def counted(X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
            self.n_fits += 1
            fit(X, y, sample_weight)

        student.fit = counted  # type: ignore[method-assign]
        return student


@pytest.fixture
def counter() -> FitCounter:
    return FitCounter()


@pytest.fixture
def calibrated_bench(make_bench: Callable[..., LoopBench], counter: FitCounter) -> LoopBench:
    bench = make_bench()
    bench.make_student = lambda: CalibratedStudent(counter)
    bench.restart()
    bench.start()
    bench.run()
    return bench


def test_each_round_shows_how_its_student_was_calibrated(calibrated_bench: LoopBench) -> None:
    last = calibrated_bench.store.rounds.list_all(PROJECT)[-1]
    assert last.student == "lda"
    assert last.model_version == f"mraru-lda-r{last.number:03d}"
    assert last.calibration in set(CalibrationMethod)
    assert last.calibration_error_before is not None
    assert last.calibration_error_after is not None
    student = load_student(student_path(calibrated_bench.folder, PROJECT, last.number))
    assert isinstance(student, CalibratedStudent)
    assert student.calibration.method == last.calibration


def test_a_round_fits_no_more_than_it_did_without_calibration(calibrated_bench: LoopBench, counter: FitCounter) -> None:
    n_trained = sum(round_.student is not None for round_ in calibrated_bench.store.rounds.list_all(PROJECT))
    covering = N_FOLDS  # the rest is covered by the last student, read from disk
    assert counter.n_fits <= n_trained * (N_FOLDS + 1) + covering


def test_a_round_of_a_plain_student_shows_no_calibration(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    last = bench.store.rounds.list_all(PROJECT)[-1]
    assert (last.calibration, last.calibration_error_before, last.calibration_error_after) == (None, None, None)
