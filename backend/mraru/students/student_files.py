"""Students on disk, without pickle: a file from elsewhere must not be able to run code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED

import numpy as np

from mraru.errors import StudentError, StudentFileInvalid
from mraru.interfaces import Student
from mraru.plugins import PluginGroup, list_plugins
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibration_record import read_calibration, record_calibration
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.distilbert_file import dump_distilbert, read_distilbert
from mraru.students.multilabel_student import MultilabelStudent
from mraru.students.named_students import find_student_type
from mraru.students.questions_student import QuestionsStudent
from mraru.students.scikit_student import Estimator, ScikitStudent
from mraru.students.skops_import import import_skops

FILE_FORMAT = 1  # raised when what is in the file changes
SKOPS, SAFETENSORS = ".skops", ".safetensors"  # endings of files: `load_student` goes by them
LEAST_COMPRESSION = 1  # zip's level: a forest is mostly zeros, and higher levels take seconds

# What our files hold beyond skops' own list of numpy and scikit-learn types: arrays of nodes, and our estimators. Types
# of scikit-learn itself are trusted beside these, and what the student of another package names in `trusted_types`.
TRUSTED_TYPES = [
    "mraru.students.gradient_boosting.StackedGradientBoosting",
    "mraru.students.linear_discriminant.PooledLinearDiscriminantAnalysis",
    "mraru.students.random_forest.StackedRandomForest",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "mraru.students.tree_features.DiscriminantFeatures",
    "sklearn.tree._tree.Tree",
]


def save_student(student: Student, path: Path) -> None:
    """Write a trained student to `path`, whole or not at all.

    Args:
        path: ends with `SAFETENSORS` for a language model, with anything else for all others.

    Raises:
        StudentError: the student is not trained, or not one that can be named, or `path` has another's ending.
        OSError: the file cannot be written.
    """
    calibration = student.calibration if isinstance(student, CalibratedStudent) else None
    inner = student.student if isinstance(student, CalibratedStudent) else student
    if isinstance(inner, DistilBertStudent) != (path.suffix == SAFETENSORS):
        raise StudentError(f"A student of type {type(inner).__name__} cannot be saved as {path.name}.")
    if isinstance(inner, DistilBertStudent):
        weights = dump_distilbert(inner, calibration)
        _write(path, lambda file: file.write(weights))
        return
    skops = import_skops()
    content: dict[str, object] = {"format": FILE_FORMAT, "name": inner.name}
    content |= _record_questions(inner) if isinstance(inner, QuestionsStudent) else _record_one(inner)
    if calibration is not None:
        content["calibration"] = record_calibration(calibration)
    _write(path, lambda file: skops.dump(content, file, compression=ZIP_DEFLATED, compresslevel=LEAST_COMPRESSION))


def _take_estimator(student: Student) -> Estimator:
    if not isinstance(student, ScikitStudent) or find_student_type(student.name) is not type(student):
        raise StudentError(f"A student of type {type(student).__name__} cannot be saved.")
    return student.estimator


def _record_one(student: Student) -> dict[str, object]:
    """What a file holds of a student of one question."""
    return _record_sets(student) if isinstance(student, MultilabelStudent) else {"estimator": _take_estimator(student)}


def _record_questions(student: QuestionsStudent) -> dict[str, object]:
    """What a file holds of a student of several questions: a student for each."""
    return {
        "answers": student.classes_.tolist(),
        "parts": student.parts.tolist(),
        "learned": sorted(student.learned),
        "questions": [each if each is None else _record_one(each) for each in student.students],
    }


def _record_sets(student: MultilabelStudent) -> dict[str, object]:
    """What a file holds of a student of sets of labels: an estimator for each label."""
    return {
        "sets": student.classes_.tolist(),
        "estimators": [each if each is None else _take_estimator(each) for each in student.students],
        "shifts": student.shifts,
        "set_shifts": student.set_shifts,
    }


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
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
    try:
        if path.suffix == SAFETENSORS:
            return read_distilbert(path)
        skops = import_skops()
        content = skops.load(path, trusted=_list_trusted(skops.get_untrusted_types(file=path)))
        if not isinstance(content, dict) or content.get("format") != FILE_FORMAT:
            raise StudentError("it was not written by this version of label-studio-mraru")
        student_type = find_student_type(content["name"])
        make_student: Callable[[], Student] = partial(MultilabelStudent, student_type)
        parts = None
        if "questions" in content:
            student: Student = _read_questions(student_type, content)
            parts = np.array(content["parts"], dtype=np.str_)
            make_student = student_type  # says its name; what was read from a file learns no more
        else:
            student = _read_one(student_type, content)
            make_student = make_student if "sets" in content else student_type
        if "calibration" not in content:
            return student
        calibration = read_calibration(content["calibration"], len(student.classes_), parts)
        return CalibratedStudent.from_parts(make_student, student, calibration)
    except Exception as exc:  # a damaged archive fails in as many ways as it can be damaged
        raise StudentFileInvalid(
            f"The saved student {path.name} cannot be loaded ({type(exc).__name__}: {exc}); "
            "delete it, and the next training writes it anew."
        ) from exc


def _read_one(student_type: type[ScikitStudent], content: dict[str, Any]) -> Student:
    return _read_sets(student_type, content) if "sets" in content else student_type.from_estimator(content["estimator"])


def _read_questions(student_type: type[ScikitStudent], content: dict[str, Any]) -> QuestionsStudent:
    return QuestionsStudent.from_parts(
        content["name"],
        np.array(content["answers"], dtype=np.str_),
        np.array(content["parts"], dtype=np.str_),
        [each if each is None else _read_one(student_type, each) for each in content["questions"]],
        content["learned"],
    )


def _read_sets(student_type: type[ScikitStudent], content: dict[str, Any]) -> MultilabelStudent:
    students = [each if each is None else student_type.from_estimator(each) for each in content["estimators"]]
    sets, shifts = np.array(content["sets"], dtype=np.str_), np.asarray(content["shifts"], dtype=np.float64)
    # one that was written before sets were weighed has none
    set_shifts = np.asarray(content.get("set_shifts", np.zeros(len(sets))), dtype=np.float64)
    return MultilabelStudent.from_parts(student_type, sets, students, shifts, set_shifts)


def _list_trusted(found: list[str]) -> list[str]:
    """Those of these types that a file of ours may hold; other packages are asked only where one is none of ours."""
    ours = [name for name in found if name in TRUSTED_TYPES or name.startswith("sklearn.")]
    if len(ours) == len(found):
        return ours
    brought = {
        name for plugin in list_plugins(PluginGroup.STUDENTS) for name in find_student_type(plugin).trusted_types
    }
    return [*ours, *(name for name in found if name in brought)]
