"""How far people, teacher and student agree about each of several questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mraru.quality.agreement.annotator_agreement import compare
from mraru.quality.agreement.krippendorff_alpha import count_shared, krippendorff_alpha
from mraru.quality.agreement.pair_agreement import PairAgreement
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.schema_records import AnswerKind, LabelSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAgreement:
    """Of the texts of which one question is asked, as far as people, teacher and student all say so."""

    name: str  # of its control
    n_gold: int  # texts with people's answer to it
    people_with_teacher: PairAgreement
    people_with_student: PairAgreement
    n_shared: int  # texts of which two annotators or more answered it
    krippendorff_alpha: float | None  # None: too little is shared, or all answers are the same


def compare_questions(
    schema: LabelSchema,
    gold: Mapping[str, str],
    teacher: Mapping[str, str | None],
    student: Mapping[str, str],
    said: Mapping[int, Mapping[str, str]],
) -> tuple[QuestionAgreement, ...]:
    """One line for each of several questions; nothing for a single one, of which the whole answers tell.

    Where one of two sees a question and the other does not, there is nothing to compare: they differ in the question
    that decides about it.

    Args:
        gold, teacher, student: whole answers by text hash.
        said: people's answers by annotator and text hash.
    """
    return tuple(_compare_one(question, schema, gold, teacher, student, said) for question in schema.questions)


def _compare_one(
    question: LabelSchema,
    schema: LabelSchema,
    gold: Mapping[str, str],
    teacher: Mapping[str, str | None],
    student: Mapping[str, str],
    said: Mapping[int, Mapping[str, str]],
) -> QuestionAgreement:
    are_ratings = question.kind is AnswerKind.RATING
    about = parts_about(question.from_name, schema)
    of_people = about(gold)
    of_each = {person: about(answers) for person, answers in said.items()}
    n_shared = count_shared(of_each)
    return QuestionAgreement(
        name=question.from_name,
        n_gold=len(of_people),
        people_with_teacher=compare(of_people, about(teacher), are_ratings=are_ratings),
        people_with_student=compare(of_people, about(student), are_ratings=are_ratings),
        n_shared=n_shared,
        krippendorff_alpha=krippendorff_alpha(of_each, are_ratings=are_ratings, are_sets=question.is_multiple)
        if n_shared >= LEAST_TEXTS
        else None,
    )


def parts_about(name: str, schema: LabelSchema) -> Callable[[Mapping[str, str | None]], dict[str, str]]:
    """Takes whole answers, by text hash, and gives those to one question, where it is answered."""

    def take(answers: Mapping[str, str | None]) -> dict[str, str]:
        found = {text: schema.parts_of(answer).get(name) for text, answer in answers.items() if answer is not None}
        return {text: part for text, part in found.items() if part is not None}

    return take
