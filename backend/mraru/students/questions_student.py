"""A student of several questions: one for each, whose opinions are put together to whole answers.

Each question is learned by a student of its own, on the texts whose labels answer it. A whole answer is as likely as
its parts are: what is learned of one question says nothing of another, but for whether that is asked at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError, TooFewClasses
from mraru.interfaces import Labels, Probabilities, Student, Vectors
from mraru.questions import combine_answers
from mraru.schema_records import LabelSchema
from mraru.students.student_inputs import as_inputs, as_labels

NOT_ASKED = ""  # in the place of a part, where the answer says nothing of a question

Parts = NDArray[np.str_]  # (n_answers, n_questions): what each answer says of each question


class QuestionsStudent:
    """Any student, once for each question; its classes are whole answers."""

    def __init__(self, schema: LabelSchema, make_student: Callable[[LabelSchema], Student]) -> None:
        """Nothing is trained yet.

        Args:
            schema: of several questions.
            make_student: gives a fresh student for one of them.
        """
        self._schema = schema
        self._make_student = make_student
        self._name = make_student(schema.questions[0]).name
        self._classes: Labels | None = None
        self._parts: Parts = np.empty((0, 0), dtype=np.str_)
        self._students: tuple[Student | None, ...] = ()  # by question; None: all texts have the same answer to it
        self._learned: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """That of the students within: model versions name the kind of student alone."""
        return self._name

    @property
    def classes_(self) -> Labels:
        """Whole answers, sorted, shape `(n_answers,)`.

        All that can be put together of what was seen in `fit`, where they are not too many (`questions.MOST_ANSWERS`);
        else those that were seen.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._classes is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._classes

    @property
    def parts(self) -> Parts:
        """What each of `classes_` says of each question, shape `(n_answers, n_questions)`."""
        return self._parts

    @property
    def students(self) -> tuple[Student | None, ...]:
        """Those of the questions; None where all texts have the same answer."""
        return self._students

    @property
    def learned(self) -> frozenset[str]:
        """The whole answers that were seen in `fit`."""
        return self._learned

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from labelled vectors; a student that fails to learn keeps what it knew.

        Args:
            X: shape `(n_texts, n_dimensions)`.
            y: whole answers, shape `(n_texts,)`.
            sample_weight: shape `(n_texts,)`, positive; every text counts alike when None.

        Raises:
            TooFewClasses: `y` holds fewer than two answers, or fewer than two whole ones can be put together of them.
            StudentError: the shapes do not fit together, or a number is not usable.
        """
        inputs = as_inputs(X)
        answers = as_labels(y, len(inputs))
        given = np.unique(answers)
        if len(given) < 2:
            raise TooFewClasses()
        parts = find_parts(self._schema, answers)
        students: list[Student | None] = []
        for column, question in enumerate(self._schema.questions):
            is_asked = parts[:, column] != NOT_ASKED
            if len(np.unique(parts[is_asked, column])) < 2:
                students.append(None)
                continue
            student = self._make_student(question)
            student.fit(
                X[is_asked], parts[is_asked, column], None if sample_weight is None else sample_weight[is_asked]
            )
            students.append(student)
        said = {
            question.from_name: sorted(set(parts[:, column].tolist()) - {NOT_ASKED})
            for column, question in enumerate(self._schema.questions)
        }
        together = combine_answers(self._schema, said)
        # what was seen of a label config that has changed is none that can be put together; what leaves a question open
        # teaches the others, and would be likelier than any whole answer
        seen = [answer for answer in given.tolist() if not self._schema.is_part(answer)]
        classes = np.unique([*(together or ()), *seen])
        if len(classes) < 2:
            raise TooFewClasses()
        self._classes, self._parts = classes.astype(np.str_), find_parts(self._schema, classes)
        self._students, self._learned = tuple(students), frozenset(seen)

    def predict_proba(self, X: Vectors) -> Probabilities:
        """How likely each answer is, shape `(n_texts, n_answers)`, columns as in `classes_`, rows sum to 1."""
        _ = self.classes_
        return join_opinions([self._judge(column, X) for column in range(len(self._students))], self.parts, len(X))

    def _judge(self, column: int, X: Vectors) -> dict[str, NDArray[np.float64]]:
        """How likely each answer to one question is, shape `(n_texts,)` each."""
        student = self._students[column]
        if student is None:
            return {}
        return dict(zip(student.classes_.tolist(), student.predict_proba(X).T, strict=True))

    @classmethod
    def from_parts(
        cls,
        name: str,
        classes: Labels,
        parts: Parts,
        students: Sequence[Student | None],
        learned: Sequence[str],
    ) -> Self:
        """Put together what was kept of a trained one, which learns no more.

        Raises:
            StudentError: the parts are not those of one student.
        """
        if not len(classes) or parts.shape != (len(classes), len(students)):
            raise StudentError("The parts of a student of several questions do not fit together.")
        for column, student in enumerate(students):
            known = set() if student is None else set(student.classes_.tolist())
            if student is not None and not known.issuperset(set(parts[:, column].tolist()) - {NOT_ASKED}):
                raise StudentError("A student of several questions does not know all that it must answer.")
        made = cls.__new__(cls)
        made._name, made._classes, made._parts = name, classes, parts
        made._students, made._learned = tuple(students), frozenset(learned)
        return made


def find_parts(schema: LabelSchema, answers: Labels) -> Parts:
    """What each answer says of each question, shape `(n_answers, n_questions)`; `NOT_ASKED` where it says nothing."""
    names = [question.from_name for question in schema.questions]
    found = {answer: schema.parts_of(answer) for answer in set(answers.tolist())}
    listed = [[found[answer].get(name, NOT_ASKED) for name in names] for answer in answers.tolist()]
    return np.array(listed, dtype=np.str_).reshape(len(answers), len(names))


def join_opinions(opinions: Sequence[Mapping[str, NDArray[np.float64]]], parts: Parts, n_texts: int) -> Probabilities:
    """How likely whole answers are, shape `(n_texts, n_answers)`, rows sum to 1.

    Args:
        opinions: of each question, how likely each answer to it is where it is asked, shape `(n_texts,)` each; none of
            a question that all texts answer alike.
        parts: what each whole answer says of each question.

    >>> parts = np.array([["a", "x"], ["a", "y"], ["b", ""]])
    >>> opinions = [{"a": np.array([0.6]), "b": np.array([0.4])}, {"x": np.array([0.5]), "y": np.array([0.5])}]
    >>> join_opinions(opinions, parts, 1).tolist()
    [[0.3, 0.3, 0.4]]
    """
    found: Probabilities = np.ones((n_texts, len(parts)))
    for column, opinion in enumerate(opinions):
        for row, said in enumerate(parts[:, column].tolist()):
            if said in opinion:
                found[:, row] *= opinion[said]
    found /= np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return found


def split_opinions(probabilities: Probabilities, parts: Parts) -> list[dict[str, NDArray[np.float64]]]:
    """Of each question, how likely each answer to it is where it is asked: what `join_opinions` puts together.

    >>> parts = np.array([["a", "x"], ["a", "y"], ["b", ""]])
    >>> [{said: share.round(2).tolist() for said, share in each.items()}
    ...  for each in split_opinions(np.array([[0.3, 0.3, 0.4]]), parts)]
    [{'a': [0.6], 'b': [0.4]}, {'x': [0.5], 'y': [0.5]}]
    """
    found: list[dict[str, NDArray[np.float64]]] = []
    for said in parts.T:
        answers = sorted(set(said.tolist()) - {NOT_ASKED})
        shares = np.stack([probabilities[:, said == answer].sum(axis=1) for answer in answers]) if answers else None
        if shares is None:
            found.append({})
            continue
        total = shares.sum(axis=0)
        shares = np.where(total > 0, shares / np.where(total > 0, total, 1.0), 1.0 / len(answers))
        found.append(dict(zip(answers, shares, strict=True)))
    return found
