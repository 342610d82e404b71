"""Calibration of a student of several questions: that of each question's student, on the texts that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.students.calibration.calibration_choice import Calibration, calibrate
from mraru.students.calibration.calibrators import CalibrationMethod
from mraru.students.questions_student import NOT_ASKED, Parts, join_opinions, split_opinions


@dataclass(frozen=True, slots=True, kw_only=True)
class ByQuestion:
    """Calibrates what is said of each question, and puts whole answers together again."""

    parts: Parts  # what each class says of each question
    calibrations: tuple[Calibration, ...]  # by question; each of the answers to it, sorted

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Calibrated probabilities of the same shape `(n_texts, n_answers)`, rows sum to 1."""
        opinions = [
            _as_opinion(list(opinion), calibration.apply(np.stack(list(opinion.values()), axis=1))) if opinion else {}
            for opinion, calibration in zip(split_opinions(probabilities, self.parts), self.calibrations, strict=True)
        ]
        return join_opinions(opinions, self.parts, len(probabilities))


def calibrate_by_question(
    probabilities: Probabilities,
    classes: Labels,
    parts: Parts,
    y: Labels,
    weights: NDArray[np.float64],
    *,
    method: CalibrationMethod | None = None,
    seed: int = 0,
) -> Calibration:
    """As `calibrate`, question by question; its errors are means over the questions, by the texts that answer them.

    Args:
        probabilities: out-of-fold ones of whole answers, shape `(n_texts, n_answers)`.
        classes: the columns, sorted, shape `(n_answers,)`.
        parts: what each of them says of each question.
        y: whole answers, shape `(n_texts,)`, all of them among the classes.
        weights: shape `(n_texts,)`, positive.
        method: the one to take for each question; the best when None.
        seed: decides which texts are judged together.
    """
    said = parts[np.searchsorted(classes, y)]
    calibrations = []
    for column, opinion in enumerate(split_opinions(probabilities, parts)):
        is_asked = said[:, column] != NOT_ASKED
        rows = np.stack(list(opinion.values()), axis=1)[is_asked] if opinion else np.empty((0, 0))
        answers = np.array(list(opinion), dtype=np.str_)
        calibrations.append(
            calibrate(rows, answers, said[is_asked, column], weights[is_asked], method=method, seed=seed)
        )
    return Calibration(
        method=CalibrationMethod.BY_QUESTION,
        calibrator=ByQuestion(parts=parts, calibrations=tuple(calibrations)),
        n_texts=max(each.n_texts for each in calibrations),
        error_before=_mean_error([(each.n_texts, each.error_before) for each in calibrations]),
        error_after=_mean_error([(each.n_texts, each.error_after) for each in calibrations]),
    )


def _as_opinion(answers: Sequence[str], probabilities: Probabilities) -> dict[str, NDArray[np.float64]]:
    return dict(zip(answers, probabilities.T, strict=True))


def _mean_error(counted: Sequence[tuple[int, float | None]]) -> float | None:
    """
    >>> _mean_error([(30, 0.1), (10, 0.3), (5, None)])
    0.15
    """
    known = [(n_texts, error) for n_texts, error in counted if error is not None]
    n_texts = sum(n for n, _ in known)
    return sum(n * error for n, error in known) / n_texts if n_texts else None
