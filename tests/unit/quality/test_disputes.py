from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mraru.quality.agreement.dispute_outcomes import settle_disputes

LABELS = ("x", "y", "z")


def test_who_is_right_is_counted_by_peoples_label() -> None:
    gold = {"1": "x", "2": "x", "3": "x", "4": "y", "5": "y", "6": "z"}
    teacher = {"1": "x", "2": "y", "3": "y", "4": "y", "5": "y", "6": None}
    student = {"1": "y", "2": "x", "3": "z", "4": "x", "5": "y", "6": "z"}
    in_all, x, y, z = settle_disputes(gold, teacher, student, LABELS)
    assert (in_all.label, in_all.n_disputes) == (None, 4)
    assert (in_all.n_teacher_right, in_all.n_student_right, in_all.n_neither) == (2, 1, 1)
    assert (x.label, x.n_disputes, x.n_teacher_right, x.n_student_right, x.n_neither) == ("x", 3, 1, 1, 1)
    assert (y.n_disputes, y.n_teacher_right) == (1, 1)
    assert z.n_disputes == 0  # the teacher named none: no dispute


def test_texts_that_one_of_the_three_has_not_seen_do_not_count() -> None:
    assert settle_disputes({"1": "x"}, {"1": "y"}, {}, LABELS)[0].n_disputes == 0
    assert settle_disputes({"1": "x"}, {}, {"1": "y"}, LABELS)[0].n_disputes == 0
    assert settle_disputes({}, {"1": "x"}, {"1": "y"}, LABELS)[0].n_disputes == 0


SAID = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(LABELS))


@given(gold=SAID, teacher=SAID, student=SAID)
def test_each_dispute_has_one_outcome_and_classes_add_up(
    gold: dict[str, str], teacher: dict[str, str], student: dict[str, str]
) -> None:
    in_all, *by_class = settle_disputes(gold, dict(teacher), student, LABELS)
    for outcome in (in_all, *by_class):
        assert outcome.n_disputes == outcome.n_teacher_right + outcome.n_student_right + outcome.n_neither
    assert in_all.n_disputes == sum(outcome.n_disputes for outcome in by_class)
    assert in_all.n_teacher_right == sum(outcome.n_teacher_right for outcome in by_class)
    swapped = settle_disputes(gold, dict(student), teacher, LABELS)[0]
    assert (swapped.n_teacher_right, swapped.n_neither) == (in_all.n_student_right, in_all.n_neither)
