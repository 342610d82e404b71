"""Who says what of each text about one of several questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mraru.projects.learning.labelled_set import LabelledSet
from mraru.schema_records import LabelSchema


def labels_about(question: LabelSchema, schema: LabelSchema, labelled: LabelledSet) -> LabelledSet:
    """What is said about one of the questions; texts of which it is not asked are left out.

    Parts count by themselves: what a text is set aside for may have nothing to do with this question. A teacher that
    named no label at all named none here either.
    """
    gold, set_aside_gold = _split(question, schema, {**labelled.set_aside_gold, **labelled.gold})
    teacher, set_aside_teacher = _split(question, schema, {**labelled.set_aside_teacher, **labelled.teacher})
    return replace(
        labelled,
        gold=gold,
        teacher={name: label for name, label in labelled.teacher.items() if label is None} | teacher,
        set_aside_gold=set_aside_gold,
        set_aside_teacher=set_aside_teacher,
        confidence={},  # is of whole answers
        agreeing_share={},
        open_texts=frozenset(),
    )


def _split(
    question: LabelSchema, schema: LabelSchema, said: Mapping[str, str | None]
) -> tuple[dict[str, str], dict[str, str]]:
    """The parts that answer the question, and those with labels that it has no more."""
    answers: dict[str, str] = {}
    others: dict[str, str] = {}
    parts = {answer: schema.parts_of(answer) for answer in set(said.values()) if answer is not None}
    for name, answer in said.items():
        part = parts[answer].get(question.from_name) if answer is not None else None
        if part is not None:
            (answers if question.is_answer(part) else others)[name] = part
    return answers, others
