"""What a reviewer reads beside a prediction: who says what, how sure, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mraru.records import Vote


def review_note(
    name_of: Callable[[str], str],
    *,
    was_asked: bool,
    teacher_label: str | None,
    student_label: str,
    teacher_confidence: float | None = None,
    student_confidence: float | None = None,
    explanation: str | None = None,
    no_label_reason: str | None = None,
    votes: Sequence[Vote] = (),
    teacher: str = "LLM",
    least_certain: str | None = None,
) -> str:
    """The lines of a note; labels are shown as annotators see them.

    Each is true of the text alone: Label Studio keeps a note with the annotation, and nothing in it may tell why the
    text is looked at.

    Args:
        name_of: gives a label as annotators see it.
        was_asked: whether the LLM was asked about the text.
        teacher_label: as stored; None where the LLM was not asked or named no label.
        student_label: as stored.
        teacher_confidence: the LLM's probability of its label, where known.
        student_confidence: the student's probability of its label, where known.
        explanation: the LLM's reason.
        no_label_reason: why the LLM named no label.
        votes: of several LLMs.
        teacher: what the teacher is called.
        least_certain: of several questions, the control whose label is least likely right.

    >>> names = {"s": "Sport", "Politics": "Politics"}
    >>> print(review_note(names.__getitem__, was_asked=True, teacher_label="Politics", student_label="s",
    ...                   teacher_confidence=0.81, student_confidence=0.64, explanation="It names a vote."))
    LLM: Politics (81 % sure). It names a vote.
    Student: Sport (64 % sure).
    """
    said = _teacher_opinion(name_of, was_asked, teacher_label, teacher_confidence, explanation, no_label_reason)
    lines = [f"{teacher}: {said}"]
    if len(votes) > 1:
        lines.append(f"Each LLM: {'; '.join(f'{vote.teacher}: {_name(name_of, vote.label)}' for vote in votes)}.")
    lines.append(f"Student: {_name(name_of, student_label)}{_sureness(student_confidence)}.")
    if least_certain is not None:
        lines.append(f"Least certain: {least_certain}.")
    return "\n".join(lines)


def _teacher_opinion(
    name_of: Callable[[str], str],
    was_asked: bool,
    label: str | None,
    confidence: float | None,
    explanation: str | None,
    no_label_reason: str | None,
) -> str:
    if not was_asked:
        return "not asked."
    if label is None:
        return f"no label{f' ({no_label_reason})' if no_label_reason else ''}."
    reason = f" {' '.join(explanation.split())}" if explanation else ""
    return f"{_name(name_of, label)}{_sureness(confidence)}.{reason}"


def _name(name_of: Callable[[str], str], label: str | None) -> str:
    return "no label" if label is None else name_of(label)


def _sureness(confidence: float | None) -> str:
    return "" if confidence is None else f" ({confidence:.0%} sure)".replace("%", " %")
