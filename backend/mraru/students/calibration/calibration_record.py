"""A calibration as plain numbers and arrays, as they stand in the file of a student."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.students.calibration.calibration_choice import Calibration
from mraru.students.calibration.calibrators import CalibrationMethod, Calibrator, Isotonic, Sigmoid, Temperature
from mraru.students.calibration.question_calibration import ByQuestion
from mraru.students.questions_student import NOT_ASKED, Parts


class CalibrationRecord(TypedDict):
    method: str
    n_texts: int
    error_before: float | None
    error_after: float | None
    parameters: dict[str, object]  # numbers and arrays


def record_calibration(calibration: Calibration) -> CalibrationRecord:
    """What `read_calibration` reads again."""
    return {
        "method": calibration.method.value,
        "n_texts": calibration.n_texts,
        "error_before": calibration.error_before,
        "error_after": calibration.error_after,
        "parameters": _parameters(calibration.calibrator),
    }


def read_calibration(record: Mapping[str, object], n_classes: int, parts: Parts | None = None) -> Calibration:
    """Read what a file holds.

    Args:
        parts: of a student of several questions, what each class says of each of them.

    Raises:
        StudentError: it does not fit a student with this many classes, or of these questions.
    """
    method = CalibrationMethod(str(record["method"]))
    if method is CalibrationMethod.BY_QUESTION:
        calibrator: Calibrator | None = _read_questions(cast(Mapping[str, object], record["parameters"]), parts)
    else:
        calibrator = _calibrator(method, cast(Mapping[str, object], record["parameters"]), n_classes)
    return Calibration(
        method=method,
        calibrator=calibrator,
        n_texts=int(cast(int, record["n_texts"])),
        error_before=cast("float | None", record["error_before"]),
        error_after=cast("float | None", record["error_after"]),
    )


def _read_questions(parameters: Mapping[str, object], parts: Parts | None) -> ByQuestion:
    records = cast("list[Mapping[str, object]]", parameters["questions"])
    if parts is None or len(records) != parts.shape[1]:
        raise StudentError("its calibration is of other questions")
    n_answers = [len(set(said.tolist()) - {NOT_ASKED}) for said in parts.T]
    listed = (read_calibration(record, n) for record, n in zip(records, n_answers, strict=True))
    return ByQuestion(parts=parts, calibrations=tuple(listed))


def _parameters(calibrator: Calibrator | None) -> dict[str, object]:
    match calibrator:
        case Temperature():
            return {"temperature": calibrator.temperature}
        case Sigmoid():
            return {"slopes": calibrator.slopes, "intercepts": calibrator.intercepts}
        case Isotonic():
            return {"thresholds": list(calibrator.thresholds), "values": list(calibrator.values)}
        case ByQuestion():
            return {"questions": [dict(record_calibration(each)) for each in calibrator.calibrations]}
        case _:
            return {}


def _calibrator(method: CalibrationMethod, parameters: Mapping[str, object], n_classes: int) -> Calibrator | None:
    match method:
        case CalibrationMethod.NONE:
            return None
        case CalibrationMethod.TEMPERATURE:
            temperature = float(cast(float, parameters["temperature"]))
            if not temperature > 0:
                raise StudentError(f"its temperature is {temperature}")
            return Temperature(temperature=temperature)
        case CalibrationMethod.SIGMOID:
            slopes, intercepts = (_numbers(parameters[name]) for name in ("slopes", "intercepts"))
            if slopes.shape != (n_classes,) or intercepts.shape != (n_classes,):
                raise StudentError(f"its sigmoids are not those of {n_classes} classes")
            return Sigmoid(slopes=slopes, intercepts=intercepts)
        case CalibrationMethod.ISOTONIC:
            thresholds, values = (
                tuple(_numbers(column) for column in cast("list[object]", parameters[name]))
                for name in ("thresholds", "values")
            )
            if len(thresholds) != n_classes or [len(x) for x in thresholds] != [len(x) for x in values]:
                raise StudentError(f"its steps are not those of {n_classes} classes")
            return Isotonic(thresholds=thresholds, values=values)
        case CalibrationMethod.BY_QUESTION:
            raise StudentError("its calibration is of several questions within one")


def _numbers(column: object) -> NDArray[np.float64]:
    return np.asarray(column, dtype=np.float64)
