"""Who is right where teacher and student name different labels, by what people said.

Counts alone: people come to the doubtful ones first, so the texts are no sample of all that are disputed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOutcome:
    """Texts on which teacher and student differ and people have decided."""

    label: str | None  # people's label; None: texts of all labels
    n_disputes: int
    n_teacher_right: int
    n_student_right: int
    n_neither: int


def settle_disputes(
    gold: Mapping[str, str], teacher: Mapping[str, str | None], student: Mapping[str, str], labels: Sequence[str]
) -> list[DisputeOutcome]:
    """Count who is right, first over all labels and then for each of `labels`.

    A text for which the teacher named no label is no dispute.

    Args:
        gold: people's labels by text hash.
        teacher: its labels.
        student: those of students that have not learned the text.
        labels: of the project, in the config's order.

    >>> gold, teacher = {"t1": "x", "t2": "x", "t3": "y"}, {"t1": "x", "t2": "y", "t3": "x"}
    >>> outcomes = settle_disputes(gold, teacher, {"t1": "y", "t2": "x", "t3": "x"}, ["x", "y"])
    >>> [(outcome.label, outcome.n_disputes, outcome.n_teacher_right) for outcome in outcomes]
    [(None, 2, 1), ('x', 2, 1), ('y', 0, 0)]
    """
    disputed = [
        (right, teacher[text], student[text])
        for text, right in gold.items()
        if teacher.get(text) is not None and text in student and teacher[text] != student[text]
    ]
    return [
        _count(label, [(right, one, other) for right, one, other in disputed if label in (None, right)])
        for label in (None, *labels)
    ]


def _count(label: str | None, disputed: Sequence[tuple[str, str | None, str]]) -> DisputeOutcome:
    n_disputes = len(disputed)
    n_teacher = sum(right == said for right, said, _ in disputed)
    n_student = sum(right == said for right, _, said in disputed)
    return DisputeOutcome(
        label=label,
        n_disputes=n_disputes,
        n_teacher_right=n_teacher,
        n_student_right=n_student,
        n_neither=n_disputes - n_teacher - n_student,
    )
