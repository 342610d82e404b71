"""The posterior where several questions are asked together: one for each, put together to a whole answer.

Each question has its own labels, student and teacher's errors, so each is judged as if it were asked alone. A text's
score is that of its least certain question.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.projects.final_labels.posteriors import FinalLabel, Sources, fit_sources, judge_texts, list_columns
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.question_labels import labels_about
from mraru.schema_records import LabelSchema
from mraru.students.questions_student import find_parts, split_opinions


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSources:
    """How far student and LLM are to be believed about each of several questions."""

    columns: tuple[str, ...]  # whole answers that are known, sorted
    by_question: Mapping[str, Sources]

    def to_json(self) -> str:
        """As the store keeps it."""
        return json.dumps(
            {
                "columns": self.columns,
                "questions": {name: json.loads(sources.to_json()) for name, sources in self.by_question.items()},
            }
        )

    @classmethod
    def from_json(cls, kept: str) -> Self:
        """As it was kept."""
        read = json.loads(kept)
        return cls(
            columns=tuple(read["columns"]),
            by_question={name: Sources.from_json(json.dumps(each)) for name, each in read["questions"].items()},
        )


AnySources = Sources | QuestionSources


def read_sources(kept: str) -> AnySources:
    """What the store kept, of one question or of several."""
    return (QuestionSources if "questions" in json.loads(kept) else Sources).from_json(kept)


def fits(sources: AnySources, schema: LabelSchema, classes: Labels) -> bool:
    """Whether they were fitted on these questions, and on a student with these classes."""
    known = set(classes.tolist()).issubset(sources.columns)
    if isinstance(sources, Sources):
        return known and not schema.questions
    names = {question.from_name for question in schema.questions}
    return known and names == set(sources.by_question)


def fit_any_sources(
    labelled: LabelledSet,
    schema: LabelSchema,
    out_of_fold: Mapping[str, Probabilities],
    classes: Labels,
    audited: Collection[str],
) -> AnySources:
    """As `fit_sources`, for each question of a schema."""
    if not schema.questions:
        return fit_sources(labelled, schema, out_of_fold, classes, audited)
    names = list(out_of_fold)
    rows = np.stack([out_of_fold[name] for name in names]) if names else np.empty((0, len(classes)))
    by_question = {}
    for question, opinions, answers in _split_student(schema, rows, classes):
        about = labels_about(question, schema, labelled)
        asked = [place for place, name in enumerate(names) if name in about.labels]
        judged = {names[place]: opinions[place] for place in asked}
        by_question[question.from_name] = fit_sources(about, question, judged, answers, audited)
    return QuestionSources(columns=list_columns(schema, labelled, classes), by_question=by_question)


def judge_any_texts(
    sources: AnySources,
    labelled: LabelledSet,
    schema: LabelSchema,
    names: Sequence[str],
    probabilities: Probabilities,
    classes: Labels,
    *,
    is_heard: NDArray[np.bool_],
    blind: Collection[str] = (),
) -> list[FinalLabel]:
    """As `judge_texts`; of several questions, the likeliest answer to each that is seen then, with the lowest score."""
    if isinstance(sources, Sources):
        return judge_texts(sources, labelled, schema, names, probabilities, classes, is_heard=is_heard, blind=blind)
    judged = {}
    for question, opinions, answers in _split_student(schema, probabilities, classes):
        judged[question.from_name] = judge_texts(
            sources.by_question[question.from_name],
            labels_about(question, schema, labelled),
            question,
            names,
            opinions,
            answers,
            is_heard=is_heard,
            blind=blind,
        )
    return [
        _put_together(schema, {name: found[place] for name, found in judged.items()}, labelled.gold.get(text))
        for place, text in enumerate(names)
    ]


def _put_together(schema: LabelSchema, judged: Mapping[str, FinalLabel], gold: str | None) -> FinalLabel:
    """The final label of one text.

    Args:
        judged: by question, all of them, whether or not they are seen.
        gold: what people said of all questions; None: they have not.
    """
    label = schema.join_parts({name: found.label for name, found in judged.items()})
    seen = schema.parts_of(label)
    least_certain = min(seen, key=lambda name: judged[name].score)
    blind = {name: found.label if found.blind_label is None else found.blind_label for name, found in judged.items()}
    return FinalLabel(
        label=label,
        score=judged[least_certain].score,
        blind_label=schema.join_parts(blind) if gold is not None else None,
        least_certain=least_certain,
    )


def _split_student(
    schema: LabelSchema, probabilities: Probabilities, classes: Labels
) -> list[tuple[LabelSchema, Probabilities, Labels]]:
    """Of each question what the student says of it, shape `(n_texts, n_answers)`, and the answers, sorted."""
    found = []
    for question, opinion in zip(
        schema.questions, split_opinions(probabilities, find_parts(schema, classes)), strict=True
    ):
        rows = np.stack(list(opinion.values()), axis=1) if opinion else np.empty((len(probabilities), 0))
        found.append((question, rows, np.array(list(opinion), dtype=np.str_)))
    return found
