from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mraru.interfaces import Probabilities
from mraru.projects.final_labels.posteriors import LEAST_SCORE, FinalLabel, Sources, fit_sources, judge_texts
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.schema_records import Choice, LabelSchema

CLASSES = np.array(["ham", "spam"])
SCHEMA = LabelSchema(
    from_name="label", to_name="text", text_field="text", choices=tuple(Choice(value=v) for v in ("ham", "spam"))
)
NAMES = [f"t{number:03d}" for number in range(60)]
BOOK = LabelledSet(gold={}, teacher={name: "ham" if place % 2 else "spam" for place, name in enumerate(NAMES)})


def opinions(labelled: LabelledSet, sure: float = 0.9) -> dict[str, Probabilities]:
    """Of students that agree with every label."""
    return {
        name: np.array([sure, 1 - sure]) if label == "ham" else np.array([1 - sure, sure])
        for name, label in labelled.labels.items()
        if label in CLASSES
    }


def fit(labelled: LabelledSet, audited: tuple[str, ...] = (), schema: LabelSchema = SCHEMA) -> Sources:
    return fit_sources(labelled, schema, opinions(labelled), CLASSES, audited)


def judge(
    labelled: LabelledSet,
    name: str,
    student: list[float],
    *,
    schema: LabelSchema = SCHEMA,
    sources: Sources | None = None,
    heard: bool = True,
    blind: tuple[str, ...] = (),
) -> FinalLabel:
    (found,) = judge_texts(
        sources or fit(labelled, schema=schema),
        labelled,
        schema,
        [name],
        np.array([student]),
        CLASSES,
        is_heard=np.array([heard]),
        blind=blind,
    )
    return found


def test_the_score_is_of_the_label_and_never_of_the_other() -> None:
    for student in ([0.95, 0.05], [0.6, 0.4], [0.4, 0.6], [0.05, 0.95]):
        for name in ("t000", "new"):
            assert judge(BOOK, name, student).score >= 0.5  # of two labels, the likelier one


def test_a_text_that_nobody_was_asked_about_is_the_likelier_the_surer_the_student() -> None:
    scores = [judge(BOOK, "new", [sure, 1 - sure]).score for sure in (0.5, 0.6, 0.8, 0.99)]
    assert scores == sorted(scores)
    assert scores[0] == pytest.approx(0.5)
    assert scores[-1] < 0.95  # nobody has said yet how often the LLM is right


def test_a_student_that_may_have_learned_the_text_is_not_heard() -> None:
    assert judge(BOOK, "t000", [0.99, 0.01], heard=False).label == BOOK.teacher["t000"]


def test_people_are_right_whatever_the_others_say_and_never_less_likely_than_not() -> None:
    labelled = replace(BOOK, gold={"t000": "ham"})
    fitted = fit(labelled)
    trusting = replace(fitted, reliability=replace(fitted.reliability, truth=np.eye(2)), weights={})
    found = judge(labelled, "t000", [0.0001, 0.9999], sources=trusting)
    assert (found.label, found.blind_label) == ("ham", "spam")
    assert found.score == LEAST_SCORE
    assert judge(labelled, "t000", [0.9, 0.1]).score > 0.9


def test_what_people_said_is_hidden_where_others_are_still_to_label_the_text() -> None:
    labelled = replace(BOOK, gold={"t000": "ham"})
    hidden, plain = judge(labelled, "t000", [0.3, 0.7], blind=("t000",)), judge(BOOK, "t000", [0.3, 0.7])
    assert hidden.label == plain.label == "spam"
    assert hidden.score == pytest.approx(plain.score, abs=0.05)


def test_of_texts_on_which_people_are_split_the_llm_is_not_heard_either() -> None:
    tied = replace(BOOK, ties=frozenset(["t000"]))
    assert judge(tied, "t000", [0.7, 0.3]).label == "ham"
    assert judge(BOOK, "t000", [0.7, 0.3]).label == "spam"


def test_a_text_that_the_llm_could_not_label_has_the_students_label() -> None:
    asked = replace(BOOK, teacher=BOOK.teacher | {"hard": None})
    found = judge(asked, "hard", [0.8, 0.2])
    assert (found.label, found.blind_label) == ("ham", None)
    assert found.score == pytest.approx(judge(asked, "new", [0.8, 0.2]).score)


def test_a_label_that_no_student_has_seen_is_the_llms_to_give() -> None:
    schema = replace(SCHEMA, choices=(*SCHEMA.choices, Choice(value="eggs")))
    labelled = replace(BOOK, teacher=BOOK.teacher | {"first": "eggs"})
    assert judge(labelled, "first", [0.9, 0.1], schema=schema).label == "eggs"
    assert judge(labelled, "new", [0.9, 0.1], schema=schema).label == "ham"


def test_a_label_that_the_config_has_lost_is_never_shown_and_makes_no_other_likely() -> None:
    schema = replace(SCHEMA, choices=(Choice(value="ham"), Choice(value="eggs")))
    found = judge(BOOK, "new", [0.05, 0.95], schema=schema)
    assert found.label in schema.labels
    assert found.score < 0.2


def test_the_zero_shot_teacher_is_believed_less_than_an_llm() -> None:
    weak = replace(BOOK, zero_shot=frozenset(BOOK.teacher))
    assert judge(weak, "t000", [0.1, 0.9]).score < judge(BOOK, "t000", [0.1, 0.9]).score - 0.2


def test_a_dozen_audited_labels_unmask_a_teacher_that_is_mostly_wrong() -> None:
    truth = {name: "spam" if BOOK.teacher[name] == "ham" else "ham" for name in NAMES[:12]}
    labelled = replace(BOOK, gold=truth)
    before = judge(BOOK, "t040", [0.1, 0.9])
    after = judge(labelled, "t040", [0.1, 0.9], sources=_fit_on_what_was_taught(labelled, tuple(truth)))
    assert before.score > 0.85
    assert after.score < 0.75


def test_labels_of_texts_that_people_chose_weigh_less_than_audited_ones() -> None:
    truth = {name: "spam" if BOOK.teacher[name] == "ham" else "ham" for name in NAMES[:12]}
    labelled = replace(BOOK, gold=truth)
    chosen = judge(labelled, "t040", [0.1, 0.9], sources=_fit_on_what_was_taught(labelled, ()))
    audited = judge(labelled, "t040", [0.1, 0.9], sources=_fit_on_what_was_taught(labelled, tuple(truth)))
    assert chosen.score > audited.score


def test_what_was_fitted_is_kept_as_it_was() -> None:
    sources = fit(replace(BOOK, gold={"t000": "ham", "t001": "ham"}), ("t000",))
    again = Sources.from_json(sources.to_json())
    assert again.columns == sources.columns
    assert again.teacher == sources.teacher
    assert again.reliability.truth == pytest.approx(sources.reliability.truth, abs=1e-6)
    assert judge(BOOK, "new", [0.6, 0.4], sources=again).score == pytest.approx(
        judge(BOOK, "new", [0.6, 0.4], sources=sources).score, abs=1e-4
    )


def test_no_text_no_label() -> None:
    empty: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
    assert judge_texts(fit(BOOK), BOOK, SCHEMA, [], np.empty((0, 2)), CLASSES, is_heard=empty) == []


def _fit_on_what_was_taught(labelled: LabelledSet, audited: tuple[str, ...]) -> Sources:
    """Students that say what the teacher would: people's few labels have not changed them."""
    return fit_sources(labelled, SCHEMA, opinions(replace(labelled, gold={})), CLASSES, audited)


def test_texts_of_a_class_that_is_gone_are_told_apart_by_what_was_said_of_them() -> None:
    schema = replace(SCHEMA, choices=(Choice(value="ham"), Choice(value="eggs")))
    gone = {name: label for name, label in BOOK.teacher.items() if label == "spam"}
    kept = {name: label for name, label in BOOK.teacher.items() if label != "spam"}
    labelled = replace(BOOK, teacher=kept, set_aside_teacher=gone)
    of_gone, of_kept = (
        judge(labelled, "t000", [0.3, 0.7], schema=schema),
        judge(labelled, "t001", [0.7, 0.3], schema=schema),
    )
    assert (of_gone.label, of_kept.label) == ("ham", "ham")
    assert of_gone.score < 0.2 < 0.8 < of_kept.score


def test_people_who_named_a_class_that_is_gone_make_no_other_likely() -> None:
    schema = replace(SCHEMA, choices=(Choice(value="ham"), Choice(value="eggs")))
    labelled = replace(BOOK, set_aside_gold={"t001": "spam"})
    found = judge(labelled, "t001", [0.7, 0.3], schema=schema)
    assert found.label in schema.labels
    assert found.score < 0.5
    assert found.blind_label is None
