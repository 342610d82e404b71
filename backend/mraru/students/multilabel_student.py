"""A student of sets of labels: one against the rest for each label, and of the sets that it has seen the likeliest.

Each label is learned by a student of its own, as scikit-learn's `OneVsRestClassifier` has it. Their opinions are put
together over the sets that somebody gave (subset mapping, Schapire and Singer, "Improved Boosting Algorithms Using
Confidence-rated Predictions", 1999): a set is as likely as its labels are and the others are not. So a set is a class
like any other, to calibration, to the posterior and to M-RARU.

That takes labels to be independent, which they rarely are: where most texts have one label, labels that are each
unlikely would make the empty set the likeliest. So each set is also weighed by how often it was given, against how
often it would have been if labels were independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, logit, softmax

from mraru.answers import split_answer
from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.students.scikit_student import ScikitStudent
from mraru.students.student_inputs import as_inputs, as_labels, as_weights

YES, NO = "yes", "no"  # the classes of the student of one label
SET_TEXTS = 1.0  # texts of a set, beside those that have it, as if its labels were independent
LEAST_PROBABILITY = 1e-6  # of a label, or of its absence: no one label rules a set out alone

Members = NDArray[np.bool_]  # (n_sets, n_labels): which labels are in which set


class MultilabelStudent:
    """Any student, once for each label; its classes are the sets of labels that it has seen."""

    def __init__(self, make_student: Callable[[], Student]) -> None:
        """Nothing is trained yet.

        Args:
            make_student: gives a fresh student for each label.
        """
        self._make_student = make_student
        self._name = make_student().name
        self._classes: Labels | None = None
        self._students: tuple[Student | None, ...] = ()  # by label; None: all texts have it
        self._shifts: NDArray[np.float64] = np.empty(0)  # (n_labels,)
        self._set_shifts: NDArray[np.float64] = np.empty(0)  # (n_sets,)

    @classmethod
    def from_parts(
        cls,
        make_student: Callable[[], Student],
        classes: Labels,
        students: Sequence[Student | None],
        shifts: NDArray[np.float64],
        set_shifts: NDArray[np.float64],
    ) -> Self:
        """Put together what was kept of a trained one.

        Raises:
            StudentError: the parts are not those of one student.
        """
        made = cls(make_student)
        fit_labels = len(students) == len(list_labels(classes)) and shifts.shape == (len(students),)
        if not len(classes) or not fit_labels or set_shifts.shape != classes.shape:
            raise StudentError("The parts of a student of sets of labels do not fit together.")
        made._classes, made._students, made._shifts, made._set_shifts = classes, tuple(students), shifts, set_shifts
        return made

    @property
    def name(self) -> str:
        """That of the students within: model versions name the kind of student alone."""
        return self._name

    @property
    def classes_(self) -> Labels:
        """The sets seen in `fit`, sorted, shape `(n_sets,)`.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._classes is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._classes

    @property
    def students(self) -> tuple[Student | None, ...]:
        """Those of the labels, which are in sorted order; None where all texts have the label."""
        return self._students

    @property
    def shifts(self) -> NDArray[np.float64]:
        """What is added to each student's log-odds of its label, shape `(n_labels,)`."""
        return self._shifts

    @property
    def set_shifts(self) -> NDArray[np.float64]:
        """What is added to the logarithm of each set's likelihood, shape `(n_sets,)`."""
        return self._set_shifts

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from labelled vectors; a student that fails to learn keeps what it knew.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: sets, shape `(n_texts,)`.
            sample_weight: shape `(n_texts,)`, positive; every text counts alike when None.

        Raises:
            TooFewClasses: `y` holds fewer than two sets.
            StudentError: the shapes do not fit together, or a number is not usable.
        """
        inputs = as_inputs(X)
        sets = as_labels(y, len(inputs))
        weights = np.ones(len(inputs)) if sample_weight is None else as_weights(sample_weight, len(inputs))
        classes, set_of = np.unique(sets, return_inverse=True)
        members = find_members(classes)
        has_label = members[set_of]
        students: list[Student | None] = []
        shifts = np.zeros(has_label.shape[1])
        for column, has_it in enumerate(has_label.T):
            if has_it.all():
                students.append(None)
                continue
            student = self._make_student()
            student.fit(X, np.where(has_it, YES, NO), sample_weight)
            students.append(student)
            if _weighs_classes_alike(student):  # so half of all texts have the label as far as it knows
                shifts[column] = np.log(weights[has_it].sum() / weights[~has_it].sum())
        self._classes, self._students, self._shifts = classes.astype(np.str_), tuple(students), shifts
        self._set_shifts = compare_with_independent(members, np.bincount(set_of, weights) * len(inputs) / weights.sum())

    def predict_proba(self, X: Vectors) -> Probabilities:
        """How likely each set is, shape `(n_texts, n_sets)`, columns as in `classes_`, rows sum to 1."""
        log_odds = self._log_odds(X)
        members = find_members(self.classes_).astype(np.float64)
        found: Probabilities = softmax(
            log_expit(log_odds) @ members.T + log_expit(-log_odds) @ (1.0 - members).T + self._set_shifts, axis=1
        )
        return found

    def _log_odds(self, X: Vectors) -> NDArray[np.float64]:
        """Of each label of each text, shape `(n_texts, n_labels)`."""
        _ = self.classes_
        most = logit(1.0 - LEAST_PROBABILITY)
        found = np.full((len(X), len(self._students)), most)
        for column, student in enumerate(self._students):
            if student is not None:
                is_yes = student.classes_.tolist().index(YES)
                odds = logit(np.clip(student.predict_proba(X)[:, is_yes], LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY))
                found[:, column] = np.clip(odds + self._shifts[column], -most, most)
        return found


def list_labels(classes: Labels) -> tuple[str, ...]:
    """The labels of some sets, sorted.

    >>> list_labels(np.array(["b | c", "a", "(no label)"]))
    ('a', 'b', 'c')
    """
    return tuple(sorted({label for answer in classes.tolist() for label in split_answer(answer)}))


def find_members(classes: Labels) -> Members:
    """Which labels are in which set, shape `(n_sets, n_labels)`, columns as in `list_labels`.

    >>> find_members(np.array(["a", "a | b"])).tolist()
    [[True, False], [True, True]]
    """
    labels = list_labels(classes)
    sets = [set(split_answer(answer)) for answer in classes.tolist()]
    return np.array([[label in named for label in labels] for named in sets], dtype=np.bool_).reshape(
        len(sets), len(labels)
    )


def compare_with_independent(members: Members, n_texts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of how often each set was given, against how often if its labels were independent.

    Args:
        members: which labels are in which set.
        n_texts: of each set, shape `(n_sets,)`.

    >>> members = find_members(np.array(["(no label)", "a", "b"]))
    >>> compare_with_independent(members, np.array([2.0, 20.0, 20.0])).round(1).tolist()
    [-1.7, 0.4, 0.4]
    """
    shares = np.clip(n_texts @ members / n_texts.sum(), LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    expected = softmax(np.log(shares) @ members.T + np.log1p(-shares) @ ~members.T) * n_texts.sum()
    found: NDArray[np.float64] = np.log((n_texts + SET_TEXTS) / (expected + SET_TEXTS))
    return found


def _weighs_classes_alike(student: Student) -> bool:
    return not isinstance(student, ScikitStudent) or student.weighs_classes_alike
