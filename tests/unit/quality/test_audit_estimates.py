from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from mraru.quality.audit.audit_estimates import (
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


@pytest.mark.parametrize("n_audited", [10, 12, 40])
def test_shares_of_the_labels_add_to_all_and_hold_what_people_have_labelled(n_audited: int) -> None:
    """As in a small project: ten audited texts of which none is of some classes, which people labelled elsewhere."""
    draw = random.Random(n_audited)
    labels, n_texts = ("u", "v", "w", "x", "y"), 150
    names = [f"n{number}" for number in range(n_texts)]
    truth = {name: draw.choice(labels) for name in names}
    student = {name: truth[name] if draw.random() < 0.8 else draw.choice(labels) for name in names}
    gold = {name: truth[name] for name in names[: n_audited + 30]}
    audited = audited_labels(
        labels=labels,
        n_texts=n_texts,
        gold=gold,
        student=student,
        corpus_sample=tuple(name for name in names if name in gold and gold[name] in "uvw")[:n_audited],
        n_named=Counter(student.values()),
    )
    shares = measure_class_shares(audited)
    n_gold = Counter(gold.values())
    for label, found in shares.items():
        assert found.share is not None
        assert found.interval is not None
        assert found.interval[0] >= n_gold[label] / n_texts - 1e-9
        assert found.interval[0] <= found.share <= found.interval[1]
    # what people labelled lifts a class that the sample has none of
    n_lifted = sum(n_gold[label] for label in labels if label not in "uvw")
    assert 1.0 - 1e-9 <= sum(found.share or 0.0 for found in shares.values()) <= 1.0 + n_lifted / n_texts


def test_no_more_texts_are_asked_for_than_there_are() -> None:
    few = audited_labels(n_texts=45, n_teacher_sampled=40, corpus_sample=AUDITED[:4], teacher_sample=ASKED[:3])
    for measured in (measure_teacher(few), measure_teacher_on_corpus(few), measure_student(few), measure_corpus(few)):
        for found in (measured.overall, *measured.by_class.values()):
            assert found.n_more <= 45 - found.n_labels


def test_of_a_label_that_few_audited_texts_have_nothing_is_asked_for() -> None:
    """The fewer were checked, the fewer would seem to be needed: from one text nobody knows how many there are."""
    gold = dict.fromkeys(AUDITED[:20], "x") | dict.fromkeys(AUDITED[20:29], "y")
    plain = audited_labels(corpus_sample=AUDITED[:29], teacher_sample=AUDITED[:29], n_texts=200, n_teacher_sampled=200)
    found = replace(plain, gold=gold, teacher=gold, student=gold, blind=gold)
    for measured in (measure_teacher(found), measure_student(found), measure_corpus(found)):
        assert measured.by_class["x"].n_more > 0
        assert (measured.by_class["y"].n_more, measured.by_class["y"].n_missing) == (0, 1)


def test_all_texts_of_a_label_were_looked_at_only_once_all_texts_were() -> None:
    names = tuple(f"a{number:03d}" for number in range(198))
    said = {name: "xy"[number % 2] for number, name in enumerate(names)}
    plain = audited_labels(gold=said, teacher=said, student=said, blind=said, n_texts=198, n_teacher_sampled=198)
    for n_audited, is_census in ((197, False), (198, True)):
        sample = names[:n_audited]
        found = replace(plain, corpus_sample=sample, teacher_sample=sample)
        for measured in (measure_teacher(found), measure_student(found), measure_teacher_on_corpus(found)):
            assert [one.is_census for one in measured.by_class.values()] == [is_census, is_census]
            assert all(one.n_more <= 198 - n_audited for one in (measured.overall, *measured.by_class.values()))


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
    assert measure_teacher(found).overall.share == 0.75
    assert measure_teacher_on_corpus(found).overall.share == pytest.approx(0.1 * 0.75 + 0.9 * 1.0)
    assert measure_teacher_on_corpus(found).overall.n_labels == 20


def test_where_the_teacher_labelled_every_text_both_of_its_figures_are_one() -> None:
    plain = audited_labels(n_teacher_sampled=1000)
    found = replace(plain, teacher=wrong_on(dict(plain.teacher), *ASKED[:5]), acceptance={ASKED[7]: 0.001})
    assert measure_teacher_on_corpus(found) == measure_teacher(found)
    assert measure_teacher(found).overall.share == 0.75


def test_what_people_labelled_before_the_teacher_was_asked_may_be_right_or_wrong() -> None:
    plain = audited_labels(n_teacher_sampled=960)
    taken = measure_teacher_on_corpus(plain).overall  # the 40 audited ones are people's alone
    assert (taken.share, taken.interval) == (
        1.0,
        pytest.approx((0.96 * (measure_teacher(plain).overall.interval or (0,))[0], 1.0)),
    )
    assert taken.n_more == 0  # to audit more would not tell of them


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
        assert (measured.by_class["y"].n_missing, measured.by_class["y"].n_more) == (10, 0)


def test_a_sample_without_the_students_opinion_says_nothing_of_it() -> None:
    audited = audited_labels(student={}, blind={}, n_named={"x": 900, "y": 100})
    assert measure_student(audited).overall.share is None
    assert measure_corpus(audited).overall.share is None
    assert measure_class_shares(audited)["x"].share == 1.0
