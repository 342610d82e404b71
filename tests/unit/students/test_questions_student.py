"""A student of several questions: each is learned by itself, calibrated by itself, and kept in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mraru.bootstrap.student_factory import make_student
from mraru.errors import StudentError, StudentFileInvalid, TooFewClasses
from mraru.interfaces import Labels, Student, Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.questions import MOST_ANSWERS
from mraru.students.calibration.calibrated import CalibratedStudent, judge_out_of_fold, learned_classes
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.calibration.question_calibration import ByQuestion
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.multilabel_student import MultilabelStudent
from mraru.students.questions_student import QuestionsStudent, split_opinions
from mraru.students.student_files import load_student, save_student


def choices(name: str, n_labels: int, attributes: str = "") -> str:
    inner = "".join(f'<Choice value="{name}{label}"/>' for label in range(n_labels))
    return f'<Choices name="{name}" toName="t" {attributes}>{inner}</Choices>'


def config(*controls: str) -> str:
    return f'<View><Text name="t" value="$t"/>{"".join(controls)}</View>'


AFTER_A0 = 'visibleWhen="choice-selected" whenTagName="a" whenChoiceValue="a0"'
SCHEMA = parse_label_config(config(choices("a", 3), choices("b", 2, AFTER_A0), choices("m", 2, 'choice="multiple"')))


def texts(n_texts: int, seed: int = 0) -> tuple[Vectors, Labels]:
    """Vectors of which each question looks at dimensions of its own; `b` is asked where `a` is a0."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_texts, 12)).astype(np.float32)
    a = X[:, :3].argmax(axis=1)
    b = (X[:, 3] > 0).astype(int)
    answers = []
    for row in range(n_texts):
        several = " | ".join(f"m{label}" for label in range(2) if X[row, 4 + label] > 0) or "(no label)"
        answers.append(SCHEMA.join_parts({"a": f"a{a[row]}", "b": f"b{b[row]}", "m": several}))
    return X, np.array(answers)


def make_questions() -> QuestionsStudent:
    return QuestionsStudent(
        SCHEMA,
        lambda question: (
            MultilabelStudent(LogisticRegressionStudent) if question.is_multiple else LogisticRegressionStudent()
        ),
    )


def test_each_question_is_answered_and_none_that_is_not_asked() -> None:
    student = make_questions()
    student.fit(*texts(400))
    X, y = texts(400, seed=1)
    said = student.classes_[student.predict_proba(X).argmax(axis=1)]
    assert all(SCHEMA.is_answer(str(answer)) for answer in student.classes_)
    for name in ("a", "b", "m"):
        both = [
            (SCHEMA.parts_of(one).get(name), SCHEMA.parts_of(other).get(name))
            for one, other in zip(said, y, strict=True)
        ]
        asked = [pair for pair in both if pair[0] is not None and pair[1] is not None]
        assert len(asked) > 100
        assert sum(one == other for one, other in asked) / len(asked) > 0.85
    assert (said == y).mean() > 0.7


def test_what_it_says_of_one_question_is_what_a_student_of_it_alone_says() -> None:
    X, y = texts(300)
    unseen, _ = texts(50, seed=1)
    student, alone = make_questions(), LogisticRegressionStudent()
    student.fit(X, y)
    alone.fit(X, np.array([SCHEMA.parts_of(answer)["a"] for answer in y]))
    opinions = split_opinions(student.predict_proba(unseen), student.parts)
    assert list(opinions[0]) == alone.classes_.tolist()
    np.testing.assert_allclose(np.stack(list(opinions[0].values()), axis=1), alone.predict_proba(unseen), atol=1e-9)


def test_an_answer_that_nobody_gave_whole_can_be_the_likeliest() -> None:
    X, y = texts(400)
    rare = y == SCHEMA.join_parts({"a": "a1", "m": "m0 | m1"})
    student = make_questions()
    student.fit(X[~rare], y[~rare])
    assert y[rare][0] in student.classes_
    assert y[rare][0] not in student.learned
    said = student.classes_[student.predict_proba(X[rare]).argmax(axis=1)]
    assert (said == y[rare]).mean() > 0.5


def test_of_too_many_answers_those_that_were_given_are_told_apart() -> None:
    many = parse_label_config(config(*(choices(name, 6) for name in ("a", "b", "c", "d"))))
    assert MOST_ANSWERS < 6**4
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 8)).astype(np.float32)
    y = np.array([many.join_parts({name: f"{name}{rng.integers(6)}" for name in "abcd"}) for _ in range(300)])
    student = QuestionsStudent(many, lambda question: LogisticRegressionStudent())
    student.fit(X, y)
    assert set(student.classes_) == set(y) == student.learned
    np.testing.assert_allclose(student.predict_proba(X).sum(axis=1), 1.0)


def test_a_question_with_one_answer_so_far_is_answered_so() -> None:
    X, y = texts(60)
    y = np.array([SCHEMA.join_parts(SCHEMA.parts_of(answer) | {"m": "m0"}) for answer in y])
    student = make_questions()
    student.fit(X, y)
    assert student.students[[question.from_name for question in SCHEMA.questions].index("m")] is None
    assert all(SCHEMA.parts_of(str(answer))["m"] == "m0" for answer in student.classes_)


def test_parts_that_people_left_open_teach_the_others() -> None:
    X, y = texts(200)
    whole = y.copy()
    y[::2] = [f"a: {SCHEMA.parts_of(answer)['a']}" for answer in y[::2]]
    student, less = make_questions(), make_questions()
    student.fit(X, y)
    less.fit(X[1::2], whole[1::2])
    assert all(SCHEMA.is_answer(str(answer)) for answer in student.classes_)  # no part is likelier than a whole
    unseen, truth = texts(400, seed=3)
    names = [SCHEMA.parts_of(answer)["a"] for answer in truth]
    right = []
    for each in (student, less):
        opinions = split_opinions(each.predict_proba(unseen), each.parts)[0]
        said = np.array(list(opinions))[np.stack(list(opinions.values())).argmax(axis=0)]
        right.append((said == names).mean())
    assert right[0] > right[1]


def test_it_is_calibrated_question_by_question() -> None:
    student = make_student("logreg", "auto", 0, questions=SCHEMA)
    assert isinstance(student, CalibratedStudent)
    student.fit(*texts(400))
    assert student.calibration.method is CalibrationMethod.BY_QUESTION
    assert isinstance(student.calibration.calibrator, ByQuestion)
    methods = [each.method for each in student.calibration.calibrator.calibrations]
    assert len(methods) == 3
    assert any(method is not CalibrationMethod.NONE for method in methods)
    X, _ = texts(100, seed=2)
    found = student.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    raw = split_opinions(student.student.predict_proba(X), student.student.parts)[0]  # type: ignore[attr-defined]
    of_a = split_opinions(found, student.student.parts)[0]  # type: ignore[attr-defined]
    expected = student.calibration.calibrator.calibrations[0].apply(np.stack(list(raw.values()), axis=1))
    np.testing.assert_allclose(np.stack(list(of_a.values()), axis=1), expected, atol=1e-9)


@pytest.mark.parametrize("calibration", ["auto", "none", "sigmoid", "isotonic"])
def test_it_survives_the_disk(calibration: str, tmp_path: Path) -> None:
    student = make_student("logreg", calibration, 0, questions=SCHEMA)
    X, y = texts(300)
    rare = y == SCHEMA.join_parts({"a": "a1", "m": "m0 | m1"})
    student.fit(X[~rare], y[~rare])
    save_student(student, tmp_path / "student.skops")
    read = load_student(tmp_path / "student.skops")
    X, _ = texts(50, seed=1)
    assert read.name == student.name
    assert read.classes_.tolist() == student.classes_.tolist()
    assert learned_classes(read) == learned_classes(student)
    assert len(learned_classes(student)) < len(student.classes_)
    np.testing.assert_allclose(read.predict_proba(X), student.predict_proba(X))


def test_a_file_whose_parts_are_not_those_of_one_student_is_refused(tmp_path: Path) -> None:
    student = make_questions()
    student.fit(*texts(100))
    with pytest.raises(StudentError, match="do not fit together"):
        QuestionsStudent.from_parts("logreg", student.classes_, student.parts[:, :1], student.students, ())
    with pytest.raises(StudentError, match="does not know all"):
        QuestionsStudent.from_parts("logreg", student.classes_, student.parts[:, ::-1], student.students, ())
    (tmp_path / "student.skops").write_bytes(b"nothing")
    with pytest.raises(StudentFileInvalid):
        load_student(tmp_path / "student.skops")


def test_out_of_fold_students_answer_all_that_the_whole_one_does() -> None:
    def make() -> Student:
        return make_student("logreg", "auto", 0, questions=SCHEMA)

    student = make()
    X, y = texts(120)
    student.fit(X, y)
    found = judge_out_of_fold(student, make, X, y, None, seed=0)
    assert found.shape == (120, len(student.classes_))
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (student.classes_[found.argmax(axis=1)] == y).mean() < (
        student.classes_[student.predict_proba(X).argmax(axis=1)] == y
    ).mean()


def test_texts_whose_answers_are_parts_are_judged_out_of_fold_too() -> None:
    def make() -> Student:
        return make_student("logreg", "auto", 0, questions=SCHEMA)

    X, y = texts(120)
    whole = y.copy()
    y[::3] = [f"a: {SCHEMA.parts_of(answer)['a']}" for answer in y[::3]]
    student = make()
    student.fit(X, y)
    found = judge_out_of_fold(student, make, X, y, None, seed=0)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    said = student.classes_[found.argmax(axis=1)]
    assert (said[::3] == whole[::3]).mean() > 0.3


def test_one_answer_is_too_few() -> None:
    with pytest.raises(TooFewClasses):
        make_questions().fit(texts(10)[0], np.array(["a: a1"] * 10))
    with pytest.raises(StudentError, match="has not been trained"):
        make_questions().predict_proba(texts(1)[0])
