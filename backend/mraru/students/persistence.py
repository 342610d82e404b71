"""Students on disk, without pickle: a file from elsewhere must not be able to run code."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mraru.errors import StudentError, StudentFileInvalid
from mraru.interfaces import Student
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.scikit_student import ScikitStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent

FILE_FORMAT = 1  # raised when what is in the file changes

STUDENT_TYPES: dict[str, type[ScikitStudent]] = {
    LogisticRegressionStudent.name: LogisticRegressionStudent,
    SupportVectorMachineStudent.name: SupportVectorMachineStudent,
}

# What our files hold beyond skops' own list of numpy and scikit-learn types: nothing.
TRUSTED_TYPES: list[str] = []


def save_student(student: Student, path: Path) -> None:
    """Write a trained student to `path`, whole or not at all.

    Raises:
        StudentError: the student is not trained, or not one of `STUDENT_TYPES`.
        OSError: the file cannot be written.
    """
    if not isinstance(student, ScikitStudent) or STUDENT_TYPES.get(student.name) is not type(student):
        raise StudentError(f"A student of type {type(student).__name__} cannot be saved.")
    import skops.io  # late: it imports all of scikit-learn, and torch with it

    content = {"format": FILE_FORMAT, "name": student.name, "estimator": student.estimator}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            skops.io.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_student(path: Path) -> Student:
    """Read a student that `save_student` wrote.

    Raises:
        StudentFileInvalid: the file is missing, damaged, or not one of ours.
    """
    import skops.io

    try:
        content = skops.io.load(path, trusted=TRUSTED_TYPES)
        if not isinstance(content, dict) or content.get("format") != FILE_FORMAT:
            raise StudentError("it was not written by this version of label-studio-mraru")
        return STUDENT_TYPES[content["name"]].from_estimator(content["estimator"])
    except Exception as exc:  # a damaged archive fails in as many ways as it can be damaged
        raise StudentFileInvalid(
            f"The saved student {path.name} cannot be loaded ({type(exc).__name__}: {exc}); "
            "delete it, and the next training writes it anew."
        ) from exc
