"""A cascade: the cheap teacher first, the expensive one only where the cheap one is unsure."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.records import TeacherAnswer, TeacherMode
from mraru.teachers.combined.several_teachers import Answers, NamedTeacher, SeveralTeachers, confidence_of, sum_up


class CascadeTeacher(SeveralTeachers):
    """The first teacher that is sure of its label decides, or else the last that was asked."""

    mode = TeacherMode.CASCADE

    def __init__(self, members: Sequence[NamedTeacher], *, unsure_below: float) -> None:
        """Ask these members in turn, the cheapest first.

        Args:
            unsure_below: the next one is asked where a teacher's probability of its own label is below this, is
                not known, or where it named none.
        """
        super().__init__(members, unsure_below)
        self._unsure_below = unsure_below

    def _is_decided(self, answers: Answers) -> bool:
        confidence = confidence_of(answers[-1][1])
        return confidence is not None and confidence >= self._unsure_below

    def _combine(self, answers: Answers) -> TeacherAnswer:
        deciding = answers[-1][1]
        return sum_up(
            answers, label=deciding.label, probabilities=deciding.probabilities, explanation=deciding.explanation
        )
