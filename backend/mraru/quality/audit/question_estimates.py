"""How often each of several questions is answered right, from an audited project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from mraru.quality.audit.audit_estimates import (
    AuditedLabels,
    MeasuredAccuracy,
    measure_corpus,
    measure_student,
    measure_teacher,
)
from mraru.schema_records import AnswerKind, LabelSchema

NOT_ASKED = ""  # what is said of a question that somebody does not see, and people do: a wrong answer


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedQuestion:
    """Of the texts of which people see one question."""

    name: str  # of its control
    teacher: MeasuredAccuracy  # over the texts that it labelled
    student: MeasuredAccuracy
    corpus: MeasuredAccuracy  # of the final labels


def measure_questions(schema: LabelSchema, audited: AuditedLabels) -> tuple[AuditedQuestion, ...]:
    """One for each of several questions; nothing for a single one, of which the whole answers tell."""
    return tuple(_measure_one(question, schema, audited) for question in schema.questions)


def _measure_one(question: LabelSchema, schema: LabelSchema, audited: AuditedLabels) -> AuditedQuestion:
    asked = {name: part for name, part in _take(question, schema, audited.gold).items() if part != NOT_ASKED}

    def count_asked(n_texts: int, sample: Collection[str]) -> int:
        """How many of all texts are asked about, going by those of a sample."""
        labelled = [name for name in sample if name in audited.gold]
        n_asked = sum(name in asked for name in labelled)
        return -(-n_texts * n_asked // max(len(labelled), 1)) if question.conditions else n_texts

    of_question = replace(
        audited,
        labels=question.labels,
        labels_of=question.labels_of,
        n_texts=max(count_asked(audited.n_texts, audited.corpus_sample), len(asked)),
        n_teacher_sampled=count_asked(audited.n_teacher_sampled, audited.teacher_sample),
        gold=asked,
        teacher=_take(question, schema, audited.teacher),
        student=_take(question, schema, audited.student),
        blind=_take(question, schema, audited.blind),
        n_named=None,
        are_ratings=question.kind is AnswerKind.RATING,
    )
    return AuditedQuestion(
        name=question.from_name,
        teacher=measure_teacher(of_question),
        student=measure_student(of_question),
        corpus=measure_corpus(of_question),
    )


def _take(question: LabelSchema, schema: LabelSchema, answers: Mapping[str, str]) -> dict[str, str]:
    return {name: schema.parts_of(answer).get(question.from_name, NOT_ASKED) for name, answer in answers.items()}
