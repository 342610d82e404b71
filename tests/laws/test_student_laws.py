"""All students keep the laws."""

from __future__ import annotations

import pytest

from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.gradient_boosting import GradientBoostingStudent
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.named_students import find_student_type
from mraru.students.random_forest import RandomForestStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent
from mraru.testing import StudentLaws
from mraru.testing.student_laws import MakeStudent

STUDENTS: dict[str, MakeStudent] = {
    "logreg": LogisticRegressionStudent,
    "svm": SupportVectorMachineStudent,
    "lda": LinearDiscriminantStudent,
    "rf": RandomForestStudent,
    "hgb": GradientBoostingStudent,
    "logreg, calibrated": lambda: CalibratedStudent(LogisticRegressionStudent),
    "svm, calibrated": lambda: CalibratedStudent(SupportVectorMachineStudent),
    "lda, calibrated": lambda: CalibratedStudent(LinearDiscriminantStudent),
    "rf, calibrated": lambda: CalibratedStudent(lambda: RandomForestStudent(n_trees=25)),
    "hgb, calibrated": lambda: CalibratedStudent(lambda: GradientBoostingStudent(n_iterations=60)),
    "a class of scikit-learn": lambda: find_student_type("sklearn.linear_model:LogisticRegression")(),
}


class TestEveryStudent(StudentLaws):
    @pytest.fixture(scope="class", params=list(STUDENTS.values()), ids=list(STUDENTS))
    @classmethod
    def make_student(cls, request: pytest.FixtureRequest) -> MakeStudent:
        made: MakeStudent = request.param
        return made
