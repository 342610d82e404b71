"""Students that read tokens keep the laws, too: on texts, where the others have Gaussian vectors."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.tiny_distilbert import tiny_model, tiny_student, tokenize, write_texts
from mraru.interfaces import Labels, Vectors
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.student_files import SAFETENSORS
from mraru.testing import AnyStudentLaws
from mraru.testing.student_laws import MakeStudent, MakeTexts

pytestmark = pytest.mark.slow

__all__ = ["tiny_model"]


class TestDistilBert(AnyStudentLaws):
    least_recognized = 0.8
    file_name = f"student{SAFETENSORS}"
    least_shift = 0.05

    @pytest.fixture(scope="class", params=["raw", "calibrated"])
    @classmethod
    def make_student(cls, request: pytest.FixtureRequest, tiny_model: Path) -> MakeStudent:
        if request.param == "raw":
            return lambda: tiny_student(tiny_model)
        return lambda: CalibratedStudent(lambda: tiny_student(tiny_model))

    @pytest.fixture(scope="class")
    @classmethod
    def make_texts(cls, tiny_model: Path) -> MakeTexts:
        def write(n_classes: int = 3, n_each: int = 10, seed: int = 0) -> tuple[Vectors, Labels]:
            texts, labels = write_texts(n_classes, n_each, seed)
            return tokenize(tiny_model, texts), labels

        return write
