from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.review.audit_estimates import (
    AuditedLabels,
    measure_class_shares,
    measure_corpus,
    measure_student,
    measure_teacher,
    measure_teacher_on_corpus,
)

AUDITED = tuple(f"a{number:02d}" for number in range(40))  # a sample of all texts
ASKED = tuple(f"t{number:02d}" for number in range(20))  # a sample of those that the teacher labelled
LABELS = ("x", "y")


def audited_labels(**changes: object) -> AuditedLabels:
    """1,000 texts; of those that people labelled all are of class x, and everybody is right about them."""
    named = dict.fromkeys((*AUDITED, *ASKED), "x")
    labels = AuditedLabels(
        labels=LABELS,
        n_texts=1000,
        gold=named,
        teacher=dict.fromkeys(ASKED, "x") | {f"u{number}": "x" for number in range(80)},
        student=named,
        blind=named,
        corpus_sample=AUDITED,
        teacher_sample=ASKED,
        n_teacher_sampled=100,
        acceptance=dict.fromkeys(ASKED, 0.5),
    )
    return replace(labels, **changes)  # type: ignore[arg-type]


def wrong_on(said: dict[str, str], *names: str) -> dict[str, str]:
    return said | dict.fromkeys(names, "y")


def test_each_is_measured_on_the_sample_that_speaks_for_its_texts() -> None:
    plain = audited_labels()
    audited = replace(
        plain,
        teacher=wrong_on(dict(plain.teacher), *ASKED[:5]),
        student=wrong_on(dict(plain.student), *AUDITED[:4], *ASKED[:10]),
    )
    assert measure_teacher(audited).overall.share == 0.75
    assert measure_student(audited).overall.share == 0.9


def test_what_people_corrected_outside_of_the_samples_moves_no_accuracy() -> None:
    plain = audited_labels()
    found = replace(
        plain,
        gold=dict(plain.gold) | dict.fromkeys(("c1", "c2", "u1", "u2"), "y"),
        student=dict(plain.student) | dict.fromkeys(("c1", "c2", "u1", "u2"), "x"),
    )
    assert measure_student(found) == measure_student(plain)
    assert measure_teacher(found) == measure_teacher(plain)
    assert measure_class_shares(found) == measure_class_shares(plain)


def test_what_people_corrected_is_known_and_what_they_would_correct_elsewhere_is_estimated() -> None:
    plain = audited_labels()
    found = replace(plain, blind=wrong_on(dict(plain.blind), *AUDITED[:4], *ASKED[:3]))
    # a tenth of the 1,000 texts would be wrong without people, of which they corrected 7
    assert measure_corpus(found).overall.share == pytest.approx(1 - (100 - 7) / 1000)


def test_the_final_labels_are_neither_the_students_nor_the_teachers_errors() -> None:
    plain = audited_labels()
    found = replace(
        plain,
        teacher=wrong_on(dict(plain.teacher), *ASKED),
        student=wrong_on(dict(plain.student), *AUDITED[:10]),
    )
    assert measure_corpus(found).overall.share == 1.0


def test_seeds_were_not_drawn_by_chance_and_stand_for_no_other_text() -> None:
    plain = audited_labels()
    teacher = wrong_on(dict(plain.teacher), *ASKED[:5])
    found = replace(plain, teacher=teacher, acceptance=dict.fromkeys(ASKED[5:], 0.5))
    assert measure_teacher_on_corpus(found).overall.share == 1.0
    assert measure_teacher_on_corpus(found).overall.n_labels == 15
    assert measure_teacher(found).overall.share == 0.75


def test_before_anybody_looked_it_is_known_of_how_many_texts_it_will_speak() -> None:
    nobody = audited_labels(gold={}, student={})
    assert measure_teacher(nobody).overall.n_population == 100
    assert measure_student(nobody).overall.n_population == 1000
    assert measure_teacher(nobody).overall.n_missing == 10


def test_a_class_that_nobody_met_has_no_accuracy() -> None:
    audited = audited_labels()
    for measured in (measure_teacher(audited), measure_student(audited), measure_corpus(audited)):
        assert measured.by_class["x"].share == 1.0
        assert measured.by_class["y"].share is None
        assert measured.by_class["y"].n_more > 0


def test_a_sample_without_the_students_opinion_says_nothing_of_it() -> None:
    audited = audited_labels(student={}, blind={}, n_named={"x": 900, "y": 100})
    assert measure_student(audited).overall.share is None
    assert measure_corpus(audited).overall.share is None
    assert measure_class_shares(audited)["x"].share == 1.0
