"""Rules that score everything: ours, and those of other libraries, which must choose the same."""

from __future__ import annotations

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import ArrayPool, DataSet
from mraru.benchmark.rules.compared_rules import make_rule
from mraru.benchmark.rules.exhaustive import SCORES, ExhaustiveSampling
from mraru.interfaces import Student
from mraru.selection_records import SelectionEnd
from mraru.students.logistic_regression import LogisticRegressionStudent

LIBRARIES = {"modal": "modAL", "scikit-activeml": "skactiveml", "small-text": "small_text"}


@pytest.fixture(scope="module")
def blobs() -> DataSet:
    return make_blobs(spread=2.0)


@pytest.fixture(scope="module")
def student(blobs: DataSet) -> Student:
    student = LogisticRegressionStudent()
    student.fit(blobs.X[:30], blobs.y[:30])
    return student


def pool_of(data_set: DataSet, n_rows: int = 150) -> ArrayPool:
    return ArrayPool(data_set.X, np.arange(30, 30 + n_rows))


def test_margin_takes_those_whose_two_likeliest_classes_are_closest(blobs: DataSet, student: Student) -> None:
    pool = pool_of(blobs)
    probabilities = np.sort(student.predict_proba(blobs.X[30:180]), axis=1)
    margins = probabilities[:, -1] - probabilities[:, -2]

    selection = ExhaustiveSampling("margin").select_batch(student, pool, 10, np.random.default_rng(0))

    assert selection.accepted == tuple(np.argsort(margins, kind="stable")[:10].tolist())
    assert pool.n_scored == 150


@pytest.mark.parametrize("score", list(SCORES))
def test_a_pool_that_is_smaller_than_the_batch_is_taken_whole(blobs: DataSet, student: Student, score: str) -> None:
    selection = ExhaustiveSampling(score).select_batch(student, pool_of(blobs, 7), 10, np.random.default_rng(0))

    assert sorted(selection.accepted) == list(range(7))
    assert selection.end is SelectionEnd.POOL_EMPTY


@pytest.mark.parametrize("score", list(SCORES))
@pytest.mark.parametrize("library", list(LIBRARIES))
def test_other_libraries_choose_the_same_texts(blobs: DataSet, student: Student, library: str, score: str) -> None:
    pytest.importorskip(LIBRARIES[library])
    ours, theirs = (
        make_rule(f"{name}-{score}").select_batch(student, pool_of(blobs), 10, np.random.default_rng(0))
        for name in ("exhaustive", library)
    )

    assert set(theirs.accepted) == set(ours.accepted)
    assert theirs.end is SelectionEnd.BATCH_FULL


@pytest.mark.parametrize("library", list(LIBRARIES))
def test_other_libraries_take_a_small_pool_whole(blobs: DataSet, student: Student, library: str) -> None:
    pytest.importorskip(LIBRARIES[library])

    selection = make_rule(f"{library}-margin").select_batch(student, pool_of(blobs, 7), 10, np.random.default_rng(0))

    assert sorted(selection.accepted) == list(range(7))
