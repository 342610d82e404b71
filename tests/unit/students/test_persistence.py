from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from mraru.errors import StudentError, StudentFileInvalid
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import FILE_FORMAT, load_student, save_student
from mraru.testing.uncertainty_student import UncertaintyStudent


@pytest.fixture
def student() -> LogisticRegressionStudent:
    trained = LogisticRegressionStudent()
    trained.fit(np.eye(4, dtype=np.float32), np.array(["Ja", "Nein", "Weiß nicht", "Ja"]))
    return trained


def test_saving_replaces_the_older_file_and_leaves_nothing_else_behind(
    student: LogisticRegressionStudent, tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "student.skops"
    save_student(student, path)
    save_student(student, path)
    assert [entry.name for entry in path.parent.iterdir()] == ["student.skops"]
    assert load_student(path).classes_.tolist() == ["Ja", "Nein", "Weiß nicht"]


def test_a_save_that_fails_keeps_the_older_file(student: LogisticRegressionStudent, tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    save_student(student, path)
    before = path.read_bytes()
    student.estimator.coef_ = (number for number in ())  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="generator"):
        save_student(student, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["student.skops"]


def test_a_student_without_training_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(StudentError, match="has not been trained"):
        save_student(LogisticRegressionStudent(), tmp_path / "student.skops")
    assert list(tmp_path.iterdir()) == []


def test_a_student_of_an_unknown_type_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(StudentError, match="UncertaintyStudent cannot be saved"):
        save_student(UncertaintyStudent(), tmp_path / "student.skops")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudentFileInvalid, match=r"absent\.skops"):
        load_student(tmp_path / "absent.skops")


def test_a_file_cut_short_at_any_point_is_refused(student: LogisticRegressionStudent, tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    save_student(student, path)
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 23):
        path.write_bytes(whole[:length])
        with pytest.raises(StudentFileInvalid):
            load_student(path)


def test_a_damaged_number_is_noticed(student: LogisticRegressionStudent, tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    save_student(student, path)
    coefficients = np.asarray(student.estimator.coef_).tobytes(order="A")  # type: ignore[attr-defined]
    with zipfile.ZipFile(path) as archive:
        (entry,) = (each for each in archive.infolist() if coefficients in archive.read(each))
    damaged = bytearray(path.read_bytes())
    damaged[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 0x10
    path.write_bytes(damaged)
    with pytest.raises(StudentFileInvalid):
        load_student(path)


@pytest.mark.parametrize(
    "content",
    [
        ["a list"],
        {"format": FILE_FORMAT + 1},
        {"format": FILE_FORMAT},
        {"format": FILE_FORMAT, "name": "unheard of", "estimator": LogisticRegression()},
        {"format": FILE_FORMAT, "name": "logreg", "estimator": LogisticRegression()},
        {"format": FILE_FORMAT, "name": "logreg", "estimator": "a string"},
        {"format": FILE_FORMAT, "name": "logreg", "estimator": DummyClassifier().fit([[0], [1]], ["a", "b"])},
    ],
    ids=["no dict", "format", "no name", "name", "not fitted", "no estimator", "another estimator"],
)
def test_a_file_with_other_content_is_refused(content: object, tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    skops.io.dump(content, path)
    with pytest.raises(StudentFileInvalid):
        load_student(path)


class Foreign:
    """A type that no file of ours holds."""


def test_a_file_with_a_foreign_type_is_refused_before_it_is_built(tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    skops.io.dump({"format": FILE_FORMAT, "name": "logreg", "estimator": Foreign()}, path)
    with pytest.raises(StudentFileInvalid, match="UntrustedTypesFoundException"):
        load_student(path)


def test_another_zip_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "student.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(StudentFileInvalid, match="delete it"):
        load_student(path)
