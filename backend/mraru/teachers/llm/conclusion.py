"""Makes one answer of all that came about one text, however it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.records import TeacherAnswer
from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.completion import Reading
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod, majority_label, sample_distribution
from mraru.teachers.llm.asking_record import AskingRecord, join_raw


def conclude_asking(
    schema: LabelSchema,
    confidence: Confidence,
    readings: Sequence[Reading],
    again: Reading | None,
    record: AskingRecord,
    *,
    max_tokens: int,
    examples: Sequence[str],
    latency_s: float,
) -> TeacherAnswer:
    """The one answer that all these are.

    Args:
        again: what came of asking again, if that was done.
        max_tokens: the limit of one answer.
        examples: hashes of the texts that were shown as examples.
    """
    labels = [reading.parsed.label for reading in readings]
    label = majority_label(labels)
    chosen = next((reading for reading in readings if reading.parsed.label == label), None)
    distribution = sample_distribution(schema, labels)
    if again is not None:
        chosen, label = again, again.parsed.label
    if confidence.method is ConfidenceMethod.LOGPROBS:
        distribution = chosen.distribution if chosen is not None else None
    reason = chosen.parsed.no_label_reason if chosen is not None else None
    if label is None and record.failure is not None:
        reason = f"{reason}; asking again failed: {record.failure}" if reason else record.failure
    elif label is None and again is not None:
        reason = f"{reason} (asked twice)"
    return TeacherAnswer(
        label=label,
        raw=join_raw([reading.raw for reading in readings], again.raw if again is not None else None),
        no_label_reason=reason,
        cut_at=max_tokens if label is None and chosen is not None and chosen.is_cut else None,
        probabilities=distribution if confidence.method is not ConfidenceMethod.NONE else None,
        explanation=chosen.parsed.explanation if chosen is not None else None,
        parameters=record.describe(len(readings), examples),
        usage=record.usage,
        booked_tokens=record.booked_tokens,
        cost_usd=record.cost_usd,
        latency_s=latency_s,
        request_id=record.request_id,
    )


def find_wrong(readings: Sequence[Reading]) -> Reading | None:
    """An answer outside the labels, where none of the answers names one: worth asking again."""
    if majority_label([reading.parsed.label for reading in readings]) is not None:
        return None
    return next((reading for reading in readings if reading.is_outside_labels), None)
