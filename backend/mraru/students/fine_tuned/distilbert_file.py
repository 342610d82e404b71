"""A fine-tuned language model as one safetensors file: weights, and JSON about them; read without code and hub."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from mraru.errors import StudentError
from mraru.interfaces import Student
from mraru.students.calibration.calibrated import CalibratedStudent
from mraru.students.calibration.calibration_choice import Calibration
from mraru.students.calibration.calibration_record import read_calibration, record_calibration
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.fine_tuning import FineTuning, rebuild

FILE_FORMAT = 1  # raised when what is in the file changes
OURS = "mraru"  # the name of our JSON among the file's metadata


def dump_distilbert(student: DistilBertStudent, calibration: Calibration | None) -> bytes:
    """The whole file.

    Raises:
        StudentError: the student is not trained.
    """
    model = student.model
    from safetensors.torch import save

    about = {
        "format": FILE_FORMAT,
        "classes": student.classes_.tolist(),
        "n_dimensions": student.n_dimensions,
        "options": asdict(student.options),
        "config": json.loads(model.config.to_json_string()),
        "calibration": None if calibration is None else record_calibration(calibration),
    }
    weights = {name: weight.detach().cpu().contiguous() for name, weight in model.state_dict().items()}
    return save(weights, metadata={OURS: json.dumps(about, default=_as_list)})


def read_distilbert(path: Path) -> Student:
    """Read what `dump_distilbert` gave, calibrated if it was.

    Raises:
        StudentError: another version wrote it, or its parts do not fit together.
        Exception: any other; a damaged file fails in as many ways as it can be damaged.
    """
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()[OURS])
        if about["format"] != FILE_FORMAT:
            raise StudentError("it was not written by this version of label-studio-mraru")
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
    options = FineTuning(**about["options"])
    classes = np.array(about["classes"], dtype=np.str_)
    student = DistilBertStudent.from_parts(
        options, rebuild(about["config"], weights), classes, int(about["n_dimensions"])
    )
    if about["calibration"] is None:
        return student
    calibration = read_calibration(about["calibration"], n_classes=len(classes))
    return CalibratedStudent.from_parts(partial(DistilBertStudent, options), student, calibration)


def _as_list(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
