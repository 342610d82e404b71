"""Where several labels may be chosen, a set is right as a whole, and each label is named or not."""

from __future__ import annotations

import pytest

from mraru.answers import split_answer
from mraru.quality.agreement.label_counts import compare_sets
from mraru.quality.audit.audit_estimates import (
    AuditedLabels,
    measure_class_shares,
    measure_corpus,
    measure_student,
    measure_teacher,
)

NAMES = tuple(f"t{number:03d}" for number in range(100))
GOLD = {name: ("a | b", "a", "b", "(no label)")[place % 4] for place, name in enumerate(NAMES)}
SAID = GOLD | {NAMES[0]: "a", NAMES[1]: "a | b", NAMES[3]: "c"}  # three sets are wrong: b missing, b and c too many


def audited(said: dict[str, str]) -> AuditedLabels:
    return AuditedLabels(
        labels=("a", "b", "c"),
        n_texts=100,
        gold=GOLD,
        teacher=said,
        student=said,
        blind=said,
        corpus_sample=NAMES,
        teacher_sample=NAMES,
        n_teacher_sampled=100,
        acceptance={},
        labels_of=split_answer,
        n_named={answer: list(said.values()).count(answer) for answer in set(said.values())},
    )


@pytest.mark.parametrize("measure", [measure_teacher, measure_student])
def test_whole_sets_are_right_and_each_label_is_found(measure: object) -> None:
    found = measure(audited(SAID))  # type: ignore[operator]
    assert found.overall.share == pytest.approx(0.97)
    assert found.by_class["a"].share == pytest.approx(1.0)  # of 50 texts with it, all have it named
    assert found.by_class["b"].share == pytest.approx(49 / 50)
    assert found.by_class["c"].share is None  # no text is of it


def test_shares_of_labels_add_up_to_more_than_one() -> None:
    shares = measure_class_shares(audited(SAID))
    assert [shares[label].share for label in "abc"] == pytest.approx([0.5, 0.5, 0.0], abs=0.011)


def test_final_sets_are_people_s_where_they_labelled_all() -> None:
    assert measure_corpus(audited(SAID)).overall.share == pytest.approx(1.0)


def test_counts_by_label_are_those_of_the_sets() -> None:
    found = compare_sets(GOLD, SAID | {NAMES[5]: None}, ("a", "b", "c"), split_answer)
    assert (found.n_texts, found.n_same) == (99, 96)
    counts = {count.label: (count.n_both, count.n_first_alone, count.n_second_alone) for count in found.labels}
    assert counts == {"a": (49, 0, 0), "b": (49, 1, 1), "c": (0, 0, 1)}
    assert found.hamming_loss == pytest.approx(3 / (99 * 3))
    assert found.micro_f1 == pytest.approx(2 * 98 / (2 * 98 + 3))
    assert found.macro_f1 == pytest.approx((1.0 + 2 * 49 / (2 * 49 + 2) + 0.0) / 3)
    nothing = compare_sets({}, {}, ("a",), split_answer)
    assert (nothing.micro_f1, nothing.macro_f1, nothing.hamming_loss) == (None, None, None)
