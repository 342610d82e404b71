"""Scores of several questions: that of the least certain one, which is right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from mraru.interfaces import Labels, Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.final_labels.posteriors import FinalLabel
from mraru.projects.final_labels.question_posteriors import (
    QuestionSources,
    fit_any_sources,
    fits,
    judge_any_texts,
    read_sources,
)
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.questions import ask_together
from mraru.schema_records import LabelSchema
from mraru.students.calibration.calibrated import CalibratedStudent, calibrate_as, judge_raw_out_of_fold
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.questions_student import QuestionsStudent

SCHEMA: LabelSchema = parse_label_config(
    '<View><Text name="t" value="$t"/>'
    '<Choices name="mood" toName="t"><Choice value="good"/><Choice value="bad"/></Choices>'
    '<Choices name="why" toName="t" visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="bad">'
    '<Choice value="late"/><Choice value="rude"/><Choice value="cold"/></Choices>'
    '<Choices name="topic" toName="t"><Choice value="a"/><Choice value="b"/><Choice value="c"/></Choices></View>'
)
LABELS = {question.from_name: question.labels for question in SCHEMA.questions}
N_TEXTS, N_ASKED, N_AUDITED, N_SEEDS = 240, 120, 60, 6


def make_student() -> CalibratedStudent:
    return CalibratedStudent(lambda: QuestionsStudent(SCHEMA, lambda question: LogisticRegressionStudent()))


def make_texts(rng: np.random.Generator) -> tuple[Vectors, Labels]:
    """Texts as vectors that show the answer to each question badly."""
    parts = {name: rng.integers(len(labels), size=N_TEXTS) for name, labels in LABELS.items()}
    shown = np.concatenate([np.eye(len(labels))[parts[name]] for name, labels in LABELS.items()], axis=1)
    X = np.concatenate([shown, np.zeros((N_TEXTS, 24))], axis=1) + rng.normal(0.0, 0.4, (N_TEXTS, 32))
    y = [SCHEMA.join_parts({name: LABELS[name][parts[name][row]] for name in LABELS}) for row in range(N_TEXTS)]
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32), np.array(y)


def answer_badly(answer: str, rng: np.random.Generator) -> str:
    """What a teacher says that is right about each question in 85 %."""
    parts = {name: SCHEMA.parts_of(answer).get(name, labels[0]) for name, labels in LABELS.items()}
    return SCHEMA.join_parts(
        {name: part if rng.random() < 0.85 else str(rng.choice(LABELS[name])) for name, part in parts.items()}
    )


def judge(seed: int, *, of_labelled: bool = False) -> tuple[list[FinalLabel], list[str], QuestionSources]:
    """The final labels of texts that nobody labelled, or of those that people did; their truth; what was fitted."""
    rng = np.random.default_rng(seed)
    X, y = make_texts(rng)
    names = [f"{number:03d}" for number in range(N_TEXTS)]
    audited = set(rng.choice(N_TEXTS, N_AUDITED, replace=False).tolist())
    labelled = LabelledSet(
        gold={names[row]: str(y[row]) for row in audited},
        teacher={
            names[row]: answer_badly(str(y[row]), rng) for row in rng.choice(N_TEXTS, N_ASKED, replace=False).tolist()
        },
    )
    rows, taught = [int(name) for name in labelled.labels], np.array(list(labelled.labels.values()))
    student = make_student()
    student.fit(X[rows], taught)
    raw = judge_raw_out_of_fold(student, make_student, X[rows], taught, None, seed=0)
    out_of_fold = dict(zip(labelled.labels, calibrate_as(student, raw), strict=True))
    sources = fit_any_sources(labelled, SCHEMA, out_of_fold, student.classes_, {names[row] for row in audited})
    assert isinstance(sources, QuestionSources)
    wanted = [
        row for row, name in enumerate(names) if (name in labelled.gold if of_labelled else name not in labelled.known)
    ]
    opinions = (
        np.stack([out_of_fold[names[row]] for row in wanted]) if of_labelled else student.predict_proba(X[wanted])
    )
    found = judge_any_texts(
        sources,
        labelled,
        SCHEMA,
        [names[row] for row in wanted],
        opinions,
        student.classes_,
        is_heard=np.ones(len(wanted), dtype=np.bool_),
    )
    return found, [str(y[row]) for row in wanted], sources


def test_the_least_certain_question_is_right_as_often_as_the_score_says() -> None:
    scores, is_right, named = [], [], set()
    for seed in range(N_SEEDS):
        found, truth, _ = judge(seed)
        for final, answer in zip(found, truth, strict=True):
            assert final.least_certain is not None
            name = final.least_certain
            scores.append(final.score)
            is_right.append(SCHEMA.parts_of(final.label)[name] == SCHEMA.parts_of(answer).get(name))
            named.add(name)
    assert named == {"mood", "why", "topic"}
    assert len(scores) > 400
    assert np.mean(scores) == pytest.approx(np.mean(is_right), abs=0.05)


def test_every_final_label_answers_each_question_that_is_seen_and_no_other() -> None:
    found, _, _ = judge(0)
    assert all(SCHEMA.is_answer(final.label) for final in found)
    assert {"why" in SCHEMA.parts_of(final.label) for final in found} == {True, False}


def test_what_people_said_is_the_label_and_beside_it_stands_what_it_would_be_without_them() -> None:
    found, truth, _ = judge(0, of_labelled=True)
    assert [final.label for final in found] == truth
    blind = [final.blind_label for final in found]
    assert all(SCHEMA.is_answer(label) for label in blind)
    assert 0.3 < np.mean([label == answer for label, answer in zip(blind, truth, strict=True)]) < 1.0


def test_a_teacher_that_is_bad_at_one_question_is_believed_about_the_others() -> None:
    rng = np.random.default_rng(1)
    X, y = make_texts(rng)
    names = [f"{number:03d}" for number in range(N_TEXTS)]
    parts = [SCHEMA.parts_of(str(answer)) for answer in y]
    said = [SCHEMA.join_parts({**part, "topic": str(rng.choice(LABELS["topic"]))}) for part in parts]
    gold = dict(zip(names[:80], map(str, y[:80]), strict=True))
    labelled = LabelledSet(gold=gold, teacher=dict(zip(names, said, strict=True)))
    student = make_student()
    taught = np.array(list(labelled.labels.values()))
    student.fit(X, taught)
    raw = judge_raw_out_of_fold(student, make_student, X, taught, None, seed=0)
    out_of_fold = dict(zip(names, calibrate_as(student, raw), strict=True))
    sources = fit_any_sources(labelled, SCHEMA, out_of_fold, student.classes_, set(gold))
    assert isinstance(sources, QuestionSources)
    rest = list(range(80, N_TEXTS))
    found = judge_any_texts(
        sources,
        labelled,
        SCHEMA,
        [names[row] for row in rest],
        np.stack([out_of_fold[names[row]] for row in rest]),
        student.classes_,
        is_heard=np.ones(len(rest), dtype=np.bool_),
    )
    kept = {
        name: np.mean(
            [
                SCHEMA.parts_of(final.label).get(name) == parts[row].get(name)
                for final, row in zip(found, rest, strict=True)
            ]
        )
        for name in ("mood", "topic")
    }
    by_teacher = np.mean([SCHEMA.parts_of(said[row])["topic"] == parts[row]["topic"] for row in rest])
    assert kept["mood"] > 0.9
    assert kept["topic"] > by_teacher + 0.15
    assert sum(final.least_certain == "topic" for final in found) > 0.8 * len(found)


def test_what_was_fitted_on_other_questions_does_not_fit() -> None:
    _, _, sources = judge(0)
    classes = np.array(sources.columns)
    assert fits(sources, SCHEMA, classes)
    assert not fits(sources, SCHEMA, np.array([*sources.columns, "mood: other"]))
    one = SCHEMA.questions[0]
    assert not fits(sources, one, classes)
    assert not fits(sources.by_question["mood"], SCHEMA, np.array(["good"]))
    assert fits(sources.by_question["mood"], one, np.array(["good"]))
    assert not fits(sources, ask_together(SCHEMA.questions[:2]), classes)


def test_what_was_fitted_is_kept_and_read_back() -> None:
    _, _, sources = judge(0)
    read = read_sources(sources.to_json())
    assert isinstance(read, QuestionSources)
    assert read.columns == sources.columns
    assert list(read.by_question) == ["mood", "why", "topic"]
    for name, each in read.by_question.items():
        assert each.columns == sources.by_question[name].columns
        assert each.reliability.truth == pytest.approx(sources.by_question[name].reliability.truth, abs=1e-5)
