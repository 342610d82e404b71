"""All students keep the laws."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.gradient_boosting import GradientBoostingStudent
from mraru.students.linear_discriminant import LinearDiscriminantStudent
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.multilabel_student import MultilabelStudent
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


SETS: dict[str, MakeStudent] = {
    "logreg": lambda: MultilabelStudent(LogisticRegressionStudent),
    "lda, calibrated": lambda: CalibratedStudent(lambda: MultilabelStudent(LinearDiscriminantStudent)),
}


class TestStudentsOfSetsOfLabels(StudentLaws):
    """They keep all laws but one: a label is as likely as it is common, or sets would hold too many."""

    @pytest.fixture(scope="class", params=list(SETS.values()), ids=list(SETS))
    @classmethod
    def make_student(cls, request: pytest.FixtureRequest) -> MakeStudent:
        made: MakeStudent = request.param
        return made

    def test_a_rare_class_weighs_as_much_as_a_frequent_one(self, make_student: MakeStudent) -> None:
        rng = np.random.default_rng(0)
        student = make_student()
        student.fit(rng.normal(size=(210, 16)).astype(np.float32), np.array(["frequent"] * 200 + ["rare"] * 10))
        found = student.predict_proba(rng.normal(size=(210, 16)).astype(np.float32))
        assert student.classes_.tolist() == ["frequent", "rare"]
        assert 0.0 < found[:, 1].mean() < 0.2
