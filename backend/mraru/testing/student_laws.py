"""What every student must keep to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.students.student_files import load_student, save_student

N_DIMENSIONS = 16

MakeStudent = Callable[[], Student]
MakeTexts = Callable[..., tuple[Vectors, Labels]]  # of n_classes, n_each and seed


def clusters(n_classes: int = 3, n_each: int = 10, spread: float = 0.2, seed: int = 0) -> tuple[Vectors, Labels]:
    """Unit vectors around one axis for each class, the classes not in sorted order."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"class {number}" for number in reversed(range(n_classes))], n_each)
    axes = np.repeat(np.eye(N_DIMENSIONS)[:n_classes], n_each, axis=0)
    vectors = axes + rng.normal(scale=spread, size=axes.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def check_probabilities(probabilities: Probabilities, n_texts: int, n_classes: int) -> None:
    """A row for each text, a column for each class, and shares that sum to 1."""
    assert probabilities.shape == (n_texts, n_classes)
    assert probabilities.dtype == np.float64
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


class AnyStudentLaws:
    """Whatever a student reads: say in `make_student` how a fresh one is made, in `make_texts` what it is given."""

    least_recognized = 0.95  # share of unseen texts of clear classes
    file_name = "student.skops"  # under which one is kept
    least_shift = 0.1  # of a probability, by weights of 20 to 1

    @pytest.fixture(scope="class")
    @classmethod
    def make_student(cls) -> MakeStudent:
        raise NotImplementedError("a class of tests says how its student is made")

    @pytest.fixture(scope="class")
    @classmethod
    def make_texts(cls) -> MakeTexts:
        raise NotImplementedError("a class of tests says what its student is given")

    def test_the_same_labels_and_seed_give_the_same_student(
        self, make_student: MakeStudent, make_texts: MakeTexts
    ) -> None:
        X, y = make_texts()
        first, second = make_student(), make_student()
        first.fit(X, y)
        second.fit(X, y)
        np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))

    def test_fitting_again_forgets_what_was_learned_before(
        self, make_student: MakeStudent, make_texts: MakeTexts
    ) -> None:
        X, y = make_texts()
        other_X, other_y = make_texts(n_classes=4, seed=9)
        fresh, used = make_student(), make_student()
        used.fit(other_X, other_y)
        fresh.fit(X, y)
        used.fit(X, y)
        np.testing.assert_array_equal(fresh.predict_proba(X), used.predict_proba(X))

    def test_inputs_are_not_mutated(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        X, y = make_texts()
        weights = np.linspace(1, 2, len(y), dtype=np.float64)
        before = X.copy(), y.copy(), weights.copy()
        for array in (X, y, weights):
            array.setflags(write=False)
        student = make_student()
        student.fit(X, y, weights)
        student.predict_proba(X)
        for now, then in zip((X, y, weights), before, strict=True):
            np.testing.assert_array_equal(now, then)

    @pytest.mark.parametrize(("n_classes", "n_each"), [(2, 1), (3, 4), (6, 2)])
    def test_few_texts_give_probabilities_that_sum_to_1(
        self, make_student: MakeStudent, make_texts: MakeTexts, n_classes: int, n_each: int
    ) -> None:
        X, y = make_texts(n_classes, n_each)
        student = make_student()
        student.fit(X, y)
        check_probabilities(student.predict_proba(X), len(y), n_classes)

    @pytest.mark.parametrize("n_classes", [2, 6])
    def test_clear_texts_are_learned_and_others_of_their_kind_recognized(
        self, make_student: MakeStudent, make_texts: MakeTexts, n_classes: int
    ) -> None:
        unseen, expected = make_texts(n_classes, seed=1)
        student = make_student()
        student.fit(*make_texts(n_classes))
        found = student.classes_[student.predict_proba(unseen).argmax(axis=1)]
        assert (found == expected).mean() > self.least_recognized

    def test_classes_are_the_sorted_labels_as_strings(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        X, y = make_texts(n_classes=4)
        student = make_student()
        student.fit(X, y)
        assert student.classes_.tolist() == sorted(set(y.tolist()))
        assert student.classes_.dtype.kind == "U"

    @pytest.mark.parametrize("n_classes", [2, 5])
    def test_one_example_of_each_class_is_enough_to_begin(
        self, make_student: MakeStudent, make_texts: MakeTexts, n_classes: int
    ) -> None:
        X, y = make_texts(n_classes, n_each=1)
        student = make_student()
        student.fit(X, y)
        assert (student.classes_[student.predict_proba(X).argmax(axis=1)] == y).all()

    def test_sample_weights_decide_between_labels_that_contradict_each_other(
        self, make_student: MakeStudent, make_texts: MakeTexts
    ) -> None:
        X, y = make_texts(n_classes=2, n_each=5)
        X, y = np.vstack([X, X[:1], X[:1]]), np.append(y, sorted(set(y.tolist())))
        probabilities = []
        for weights in ((20.0, 1.0), (1.0, 20.0)):
            student = make_student()
            student.fit(X, y, np.append(np.ones(10), weights))
            probabilities.append(student.predict_proba(X[:1])[0, 0])
        assert probabilities[0] > probabilities[1] + self.least_shift

    def test_equal_weights_change_nothing(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        X, y = make_texts()
        plain, weighted = make_student(), make_student()
        plain.fit(X, y)
        weighted.fit(X, y, np.ones(len(y)))
        np.testing.assert_allclose(plain.predict_proba(X), weighted.predict_proba(X), atol=1e-6)

    @pytest.mark.parametrize("n_texts", [0, 1, 4])
    def test_fewer_than_two_classes_are_refused_and_what_was_known_is_kept(
        self, make_student: MakeStudent, make_texts: MakeTexts, n_texts: int
    ) -> None:
        X, y = make_texts()
        student = make_student()
        student.fit(X, y)
        before = student.predict_proba(X)
        with pytest.raises(TooFewClasses, match="at least two classes"):
            student.fit(X[:n_texts], np.array(["only"] * n_texts, dtype=np.str_))
        np.testing.assert_array_equal(student.predict_proba(X), before)

    def test_a_student_that_was_never_trained_says_so(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        with pytest.raises(StudentError, match="has not been trained"):
            make_student().predict_proba(make_texts()[0])
        with pytest.raises(StudentError, match="has not been trained"):
            _ = make_student().classes_

    def test_no_texts_give_no_rows(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        X, y = make_texts()
        student = make_student()
        student.fit(X, y)
        assert student.predict_proba(X[:0]).shape == (0, 3)

    def test_inputs_of_another_model_are_refused_with_a_hint(
        self, make_student: MakeStudent, make_texts: MakeTexts
    ) -> None:
        X, y = make_texts()
        student = make_student()
        student.fit(X, y)
        with pytest.raises(StudentError, match="was the embedding model changed"):
            student.predict_proba(np.ones((2, X.shape[1] + 1), dtype=np.float32))

    def test_inputs_of_wrong_shape_or_value_are_refused(self, make_student: MakeStudent, make_texts: MakeTexts) -> None:
        X, y = make_texts()
        student = make_student()
        with pytest.raises(StudentError, match="X must have shape"):
            student.fit(X[0], y)
        with pytest.raises(StudentError, match="y must have shape"):
            student.fit(X, y[1:])
        with pytest.raises(StudentError, match="sample_weight must have shape"):
            student.fit(X, y, np.ones(3))
        with pytest.raises(StudentError, match="must be positive"):
            student.fit(X, y, np.zeros(len(y)))
        with pytest.raises(StudentError, match="NaN"):
            student.fit(np.full_like(X, np.nan), y)

    @pytest.mark.parametrize("n_classes", [2, 4])
    def test_a_saved_student_gives_the_same_probabilities_when_loaded(
        self, make_student: MakeStudent, make_texts: MakeTexts, n_classes: int, tmp_path: Path
    ) -> None:
        X, y = make_texts(n_classes)
        student = make_student()
        student.fit(X, y)
        save_student(student, tmp_path / self.file_name)
        loaded = load_student(tmp_path / self.file_name)
        assert type(loaded) is type(student)
        assert loaded.name == student.name
        assert loaded.classes_.tolist() == student.classes_.tolist()
        np.testing.assert_array_equal(loaded.predict_proba(X), student.predict_proba(X))


class StudentLaws(AnyStudentLaws):
    """Of students that read vectors: inherit from it in a class of tests, and say in `make_student` how one is made."""

    @pytest.fixture(scope="class")
    @classmethod
    def make_texts(cls) -> MakeTexts:
        return lambda n_classes=3, n_each=10, seed=0: clusters(n_classes, n_each, seed=seed)

    @settings(deadline=None, derandomize=True, max_examples=15)
    @given(n_classes=st.integers(2, 6), n_each=st.integers(1, 5), seed=st.integers(0, 100))
    def test_probabilities_have_a_row_per_text_a_column_per_class_and_sum_to_1(
        self, make_student: MakeStudent, n_classes: int, n_each: int, seed: int
    ) -> None:
        X, y = clusters(n_classes, n_each, spread=0.5, seed=seed)
        student = make_student()
        student.fit(X, y)
        check_probabilities(student.predict_proba(X), len(y), n_classes)

    def test_more_labels_make_it_surer_of_clear_texts(self, make_student: MakeStudent) -> None:
        confidence = []
        for n_each in (4, 100):  # with fewer, the covariance of LDA's is a guess
            student = make_student()
            student.fit(*clusters(n_each=n_each, spread=0.5))
            confidence.append(student.predict_proba(clusters(seed=5, spread=0.5)[0]).max(axis=1).mean())
        assert confidence[0] < confidence[1]

    def test_a_rare_class_weighs_as_much_as_a_frequent_one(self, make_student: MakeStudent) -> None:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(210, N_DIMENSIONS)).astype(np.float32)
        X[200:, 0] += 2.5
        y = np.array(["frequent"] * 200 + ["rare"] * 10)
        student = make_student()
        student.fit(X, y)
        found = student.classes_[student.predict_proba(X).argmax(axis=1)]
        assert (found[200:] == "rare").mean() >= 0.8
