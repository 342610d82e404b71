from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from mraru.quality.agreement.annotator_agreement import (
    AnnotatorStanding,
    compare,
    judge_annotators,
    labels_by_annotator,
)
from mraru.quality.agreement.pair_agreement import measure_agreement
from mraru.records import Annotation

LABELS = ("x", "y", "z")


def by(person: int | None, label: str | None, **changes: object) -> Annotation:
    """What one person said; numbers do not matter here."""
    return Annotation(**{"annotation_id": 1, "task_id": 1, "label": label, "completed_by": person} | changes)  # type: ignore[arg-type]


def judge(by_text: dict[str, list[Annotation]], **said: dict[str, str | None]) -> dict[int, AnnotatorStanding]:
    standings = judge_annotators(by_text, said.get("teacher", {}), said.get("student", {}), LABELS, {})  # type: ignore[arg-type]
    return {standing.annotator_id: standing for standing in standings}


def test_each_annotator_is_compared_with_every_other_on_the_texts_that_they_share() -> None:
    by_text = {
        "t1": [by(1, "x"), by(2, "x"), by(3, "y")],
        "t2": [by(1, "y"), by(2, "y")],
        "t3": [by(1, "z")],
    }
    found = judge(by_text)
    first = found[1].with_others
    assert (first.n_texts, first.n_pairs, first.n_agreeing) == (2, 3, 2)
    assert found[3].with_others.n_texts == 1
    assert found[1].n_texts == 3


@pytest.mark.parametrize(("n_texts", "expected"), [(9, None), (10, 0.5)])
def test_a_share_is_told_of_ten_texts_and_more(n_texts: int, expected: float | None) -> None:
    by_text = {
        f"t{n}": [by(1, "x"), by(2, "x" if n < 5 else "y"), by(3, "y" if n < 5 else "x")] for n in range(n_texts)
    }
    found = judge(by_text)[1].with_others
    assert (found.n_texts, found.n_pairs, found.n_agreeing) == (n_texts, 2 * n_texts, n_texts)
    assert found.share == expected
    assert (found.kappa is None) is (expected is None)


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.choice(LABELS, 60), rng.choice(LABELS, 60)
    by_text = {f"t{n}": [by(1, str(one[n])), by(2, str(other[n]))] for n in range(60)}
    assert judge(by_text)[1].with_others.kappa == pytest.approx(cohen_kappa_score(one, other))


def test_somebody_alone_agrees_with_nobody() -> None:
    alone = judge({"t1": [by(1, "x")]})[1].with_others
    assert (alone.n_pairs, alone.share, alone.kappa) == (0, None, None)


def test_teacher_and_student_are_compared_where_they_named_a_label() -> None:
    by_text = {name: [by(1, "x")] for name in ("t1", "t2", "t3", "t4")}
    found = judge(by_text, teacher={"t1": "x", "t2": "y", "t3": None}, student={"t1": "x", "t4": "x"})[1]
    assert (found.with_teacher.n_texts, found.with_teacher.n_agreeing) == (2, 1)
    assert (found.with_student.n_texts, found.with_student.n_agreeing) == (2, 2)
    assert found.against_teacher.counts == ((1, 1, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0))


def test_what_was_skipped_left_empty_or_made_of_predictions_is_no_label() -> None:
    by_text = {
        "t1": [by(1, "x", lead_time_s=4.0), by(1, "y", was_cancelled=True, lead_time_s=99.0)],
        "t2": [by(1, None), by(2, "y", is_human=False, parent_prediction=7)],
        "t3": [by(1, "z", lead_time_s=6.0, parent_prediction=8), by(1, "gone")],
    }
    found = judge(by_text, teacher={"t2": "y"})
    assert list(found) == [1]  # the second did nothing but press a button
    one = found[1]
    assert (one.n_annotations, one.n_skipped, one.n_empty, one.n_prefilled) == (2, 1, 2, 1)
    assert one.median_time_s == 5.0
    assert one.with_teacher.n_texts == 0


def test_the_latest_label_of_a_person_counts() -> None:
    listed = [
        by(1, "x", annotation_id=1, updated_at="2026-01-02T00:00:00Z"),
        by(1, "y", annotation_id=2, updated_at="2026-01-01T00:00:00Z"),
    ]
    assert labels_by_annotator({"t1": listed}) == {1: {"t1": "x"}}
    assert judge({"t1": listed})[1].n_annotations == 2


def test_an_annotation_of_nobody_known_is_in_no_standing() -> None:
    assert judge({"t1": [by(None, "x")]}) == {}
    assert labels_by_annotator({"t1": [by(None, "x")]}) == {}


def test_annotators_carry_their_names_or_their_numbers() -> None:
    by_text = {"t1": [by(9, "x"), by(2, "x")]}
    standings = judge_annotators(by_text, {}, {}, LABELS, {9: "Ann Other"})
    assert [(standing.annotator_id, standing.name) for standing in standings] == [(2, "annotator 2"), (9, "Ann Other")]


def test_no_times_no_median() -> None:
    assert judge({"t1": [by(1, "x")]})[1].median_time_s is None


def test_pairs_and_mappings_are_compared_alike() -> None:
    assert compare({"a": "x", "b": "y"}, {"a": "x", "b": "x", "c": "y"}) == measure_agreement([("x", "x"), ("y", "x")])
