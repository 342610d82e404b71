"""The posterior of a project's texts: *the* label of each and how likely it is right, from all that is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mraru.interfaces import Labels, Probabilities
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.agreement.student_agreement import student_labels
from mraru.quality.posterior.posterior import NOBODY, Reliability, Statements, posterior
from mraru.quality.posterior.reliability import ReliabilityPrior, fit_reliability, posterior_left_out
from mraru.quality.posterior.teacher_reliability import (
    PRIOR_SLOPE,
    UNKNOWN,
    VOTES_SLOPE,
    TeacherReliability,
    estimate_reliability,
)
from mraru.schema_records import LabelSchema

# How often what a teacher's labels teach is true, before people have looked (beta distributions).
LLM_ACCURACY = (18.0, 1.5)
ZERO_SHOT_ACCURACY = (1.8, 1.2)  # measured between 19 and 88 %: next to nothing is known of it
SETS_ACCURACY = ZERO_SHOT_ACCURACY  # of whole sets of labels, by whomever: next to nothing is known of them either
PEOPLE_SHARE = 0.5  # of a teacher's second parameter that is left where people have labelled everything
CHOSEN_WEIGHT = 0.2  # of people's labels of texts that were not drawn for the audit: they chose what looked wrong
FEW_LABELS = 2.0  # of a class, besides the text's own, that make the student half as loud
LEAST_SCORE = 0.5  # of a label that people gave


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalLabel:
    """What is said of one text in the end."""

    label: str  # as stored by Label Studio
    score: float  # how likely it is right, in [0, 1]
    blind_label: str | None  # of a text that people labelled, the label if they had not; None: they have not
    least_certain: str | None = None  # of several questions, the one that the score is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """How far student and LLM of one project are to be believed, as fitted after a training."""

    columns: tuple[str, ...]  # labels that a text may be of, sorted
    reliability: Reliability
    teacher: TeacherReliability = UNKNOWN  # for what its confidence says
    weights: Mapping[str, float] = field(default_factory=dict)  # of people's labels that were counted, by text hash

    def to_json(self) -> str:
        """As the store keeps it; without the weights, which matter for texts that were judged with it alone."""
        fitted = self.reliability
        return json.dumps(
            {
                "columns": self.columns,
                "sharpness": fitted.sharpness,
                "slip": fitted.slip,
                "truth": fitted.truth.round(6).tolist(),
                "temperature": fitted.temperature,
                "alone": fitted.alone,
                "teacher": asdict(self.teacher),
            }
        )

    @classmethod
    def from_json(cls, kept: str) -> Self:
        """As it was kept."""
        read = json.loads(kept)
        return cls(
            columns=tuple(read["columns"]),
            reliability=Reliability(
                sharpness=read["sharpness"],
                slip=read["slip"],
                truth=np.array(read["truth"], dtype=np.float64),
                temperature=read["temperature"],
                alone=read.get("alone", 0.0),  # kept by an earlier version
            ),
            teacher=TeacherReliability(**read["teacher"]),
        )


def list_columns(schema: LabelSchema, labelled: LabelledSet, classes: Labels) -> tuple[str, ...]:
    """Every answer that a text may have: the config's labels, and what the student has learned.

    Of sets, those alone that somebody gave: all that could be given are too many.
    """
    given = {answer for answer in labelled.teacher.values() if answer is not None}
    return tuple(sorted({*schema.possible(given), *classes.tolist(), *labelled.labels.values()}))


def fit_sources(
    labelled: LabelledSet,
    schema: LabelSchema,
    out_of_fold: Mapping[str, Probabilities],
    classes: Labels,
    audited: Collection[str],
) -> Sources:
    """Fit on what students say that have not learned the texts, against what LLM and people say.

    Args:
        book: who said what.
        schema: of the project.
        out_of_fold: by text hash, each of shape `(n_classes,)`; without any, all is as it usually is.
        classes: the columns, shape `(n_classes,)`.
        audited: hashes of the texts that were drawn for the audit: people's labels of them speak for all texts.
    """
    columns = list_columns(schema, labelled, classes)
    names = list(out_of_fold)
    rows = np.stack([out_of_fold[name] for name in names]) if names else np.empty((0, len(classes)))
    teacher = _judge_confidence(labelled, names, rows, classes)
    weights = {name: 1.0 if name in audited else CHOSEN_WEIGHT for name in names if name in labelled.gold}
    said = make_statements(
        labelled,
        columns,
        names,
        rows,
        classes,
        np.ones(len(names), dtype=np.bool_),
        teacher,
        are_sets=schema.is_multiple,
    )
    counted = np.array([weights.get(name, 0.0) for name in names], dtype=np.float64)
    prior = replace(ReliabilityPrior(), accuracy=_usual_accuracy(labelled, schema))
    return Sources(columns=columns, reliability=fit_reliability(said, counted, prior), teacher=teacher, weights=weights)


def judge_texts(
    sources: Sources,
    labelled: LabelledSet,
    schema: LabelSchema,
    names: Sequence[str],
    probabilities: Probabilities,
    classes: Labels,
    *,
    is_heard: NDArray[np.bool_],
    blind: Collection[str] = (),
) -> list[FinalLabel]:
    """The likeliest label of each text that the label config has, and its probability.

    People's label, where there is one, is the label, and never less likely than not. A label that the config has lost
    keeps its probability: no other is sure of a text that is likely to be of it.

    Args:
        sources: as fitted.
        book: who said what.
        schema: of the project.
        names: hashes of the texts.
        probabilities: the student's, shape `(n_texts, n_classes)`.
        classes: the columns, shape `(n_classes,)`.
        is_heard: False where the student may have learned the text, shape `(n_texts,)`.
        blind: texts that others are still to label: what people said of them has no part in what they are shown.
    """
    if not names:
        return []
    said = make_statements(
        labelled, sources.columns, names, probabilities, classes, is_heard, sources.teacher, are_sets=schema.is_multiple
    )
    has_people = said.people != NOBODY
    together = posterior(said, sources.reliability)
    apart = posterior(replace(said, people=np.full(len(names), NOBODY, dtype=np.intp)), sources.reliability)
    counted = np.array([name in sources.weights for name in names]) & has_people
    if counted.any():
        weights = np.array([sources.weights[name] for name, is_one in zip(names, counted, strict=True) if is_one])
        apart[counted] = posterior_left_out(said.take(counted), weights, sources.reliability)
    is_valid = np.array([schema.is_answer(column) for column in sources.columns])
    likeliest = np.where(is_valid, apart, -1.0).argmax(axis=1)
    found = []
    for row, name in enumerate(names):
        blind_label, gold = sources.columns[likeliest[row]], labelled.gold.get(name)
        # what people said, of whatever label, makes the others less likely
        score = float((together if gold is None and name not in blind else apart)[row, likeliest[row]])
        if gold is None:
            found.append(FinalLabel(label=blind_label, score=score, blind_label=None))
        elif name in blind:
            found.append(FinalLabel(label=blind_label, score=score, blind_label=blind_label))
        else:
            sure = max(LEAST_SCORE, float(together[row, said.people[row]]))
            found.append(FinalLabel(label=gold, score=sure, blind_label=blind_label))
    return found


def make_statements(
    labelled: LabelledSet,
    columns: Sequence[str],
    names: Sequence[str],
    probabilities: Probabilities,
    classes: Labels,
    is_heard: NDArray[np.bool_],
    teacher: TeacherReliability,
    *,
    are_sets: bool = False,
) -> Statements:
    """What is said of these texts, over all labels that they may be of.

    A student that was taught a label by one or two other texts can hardly contradict it, so it is heard the less.
    Of sets most have few texts. There it is heard as far of a text that nobody has labelled as on average of those that
    have a label: how sharply it is heard is fitted on these, and would make it too sure of the others.
    """
    column_of = {label: column for column, label in enumerate(columns)}
    labels = labelled.labels
    counts = Counter(labels.values())
    heard = is_heard.astype(np.float64)
    usual = _hear_usually(counts) if are_sets else 1.0
    for row, name in enumerate(names):
        named = [label for label in (taught_label(labelled, name), people_label(labelled, name)) if label is not None]
        for label in named:
            n_others = counts[label] - (labels.get(name) == label)
            heard[row] = min(heard[row], is_heard[row] * n_others / (n_others + FEW_LABELS))
        if not named:
            heard[row] *= usual
    given = [None if name in labelled.ties else taught_label(labelled, name) for name in names]
    sure = np.array([np.nan if (value := confidence(labelled, name)) is None else value for name in names])
    offsets = teacher.label_log_odds(sure) - teacher.log_odds if len(names) else np.empty(0)
    return Statements(
        student=_spread(probabilities, classes, columns, len(labels)),
        heard=heard,
        teacher=np.array([column_of.get(label or "", NOBODY) for label in given], dtype=np.intp),
        teacher_offset=offsets,
        people=np.array([column_of.get(people_label(labelled, name) or "", NOBODY) for name in names], dtype=np.intp),
    )


def _hear_usually(counts: Mapping[str, int]) -> float:
    """How far students are heard on average of texts that have a label, each without its own.

    >>> _hear_usually({"a": 3, "b": 1}), _hear_usually({})
    (0.375, 1.0)
    """
    shares = [(n - 1) / (n - 1 + FEW_LABELS) for n in counts.values()]
    return float(np.average(shares, weights=list(counts.values()))) if counts else 1.0


def taught_label(labelled: LabelledSet, name: str) -> str | None:
    """What the LLM said of a text, also where the label config has lost its label."""
    return labelled.teacher.get(name) or labelled.set_aside_teacher.get(name)


def people_label(labelled: LabelledSet, name: str) -> str | None:
    """What people said of a text, also where the label config has lost their label."""
    return labelled.gold.get(name) or labelled.set_aside_gold.get(name)


def confidence(labelled: LabelledSet, name: str) -> float | None:
    """The LLM's probability of its label; of an ensemble, the share of the LLMs that gave it."""
    return labelled.agreeing_share.get(name, labelled.confidence.get(name))


def _spread(probabilities: Probabilities, classes: Labels, columns: Sequence[str], n_labels: int) -> Probabilities:
    """The student's probabilities over all labels; one that it has never seen gets what one text more would."""
    found = np.full((len(probabilities), len(columns)), 1.0 / (n_labels + len(columns)))
    known = np.searchsorted(np.array(columns), classes)
    n_unknown = len(columns) - len(classes)
    found[:, known] = probabilities * (1.0 - n_unknown / (n_labels + len(columns)))
    return found


def _judge_confidence(
    labelled: LabelledSet, names: Sequence[str], rows: Probabilities, classes: Labels
) -> TeacherReliability:
    """What the LLM's confidence says: people's label, where there is one, tells whether it is right, else the student.

    Only the slope is used: how often it is right at all is the posterior's matter.
    """
    judged = [place for place, name in enumerate(names) if labelled.teacher.get(name) is not None]
    if not judged:
        return UNKNOWN
    said = student_labels(rows, classes).tolist()
    highest = rows.max(axis=1)
    return estimate_reliability(
        [labelled.teacher[names[place]] == labelled.gold.get(names[place], said[place]) for place in judged],
        [float(highest[place]) for place in judged],
        [confidence(labelled, names[place]) for place in judged],
        VOTES_SLOPE if labelled.agreeing_share else PRIOR_SLOPE,
    )


def _usual_accuracy(labelled: LabelledSet, schema: LabelSchema) -> tuple[float, float]:
    """Of what the student is taught, by who teaches it."""
    named = [name for name, label in labelled.teacher.items() if label is not None]
    by_teacher = [name for name in named if name not in labelled.gold]
    n_labels = len(labelled.labels)
    share = len(by_teacher) / n_labels if n_labels else 1.0
    zero_shot = sum(name in labelled.zero_shot for name in named) / len(named) if named else 0.0
    right, wrong = (
        zero_shot * weak + (1 - zero_shot) * strong
        for weak, strong in zip(ZERO_SHOT_ACCURACY, SETS_ACCURACY if schema.is_multiple else LLM_ACCURACY, strict=True)
    )
    return right, wrong * (PEOPLE_SHARE + (1 - PEOPLE_SHARE) * share)
