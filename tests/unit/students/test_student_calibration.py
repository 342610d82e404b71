"""Students neither starve M-RARU by overconfidence nor waste it by doubting everything."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.interfaces import Student
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent


@pytest.mark.parametrize("make_student", [LogisticRegressionStudent, SupportVectorMachineStudent])
def test_confidence_on_unseen_texts_is_below_their_accuracy_but_not_far(make_student: type[Student]) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 384))
    truth = rng.integers(0, 4, size=1200)
    vectors = centres[truth] + rng.normal(scale=6.0, size=(1200, 384))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels = np.array(["a", "b", "c", "d"])[truth]
    student = make_student()
    student.fit(vectors[:200], labels[:200])
    probabilities = student.predict_proba(vectors[200:])
    accuracy = (student.classes_[probabilities.argmax(axis=1)] == labels[200:]).mean()
    confidence = probabilities.max(axis=1).mean()
    assert 0.8 < accuracy < 0.95, "neither too easy nor too hard to tell"
    assert accuracy - 0.35 < confidence < accuracy + 0.02
