"""The recall of shortlists: how often a text's own labels are among the nearest, by the product's code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mraru.answers import split_answer
from mraru.benchmark.core.data_sets import DataSet, LabelledTexts
from mraru.errors import BenchmarkError
from mraru.projects.learning.label_nearness import place_labels, rank_columns

SAMPLE_SEED = 0  # one sample for all draws, so that all are measured on the same texts
EXAMPLES_STREAM = 9  # beside the streams of the other measurements
MOST_MEASURED, MOST_TO_DRAW = 1000, 3000  # texts of a data set


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistOutcome:
    """One draw of labelled texts."""

    data_set: str
    n_labels: int
    n_texts: int  # that have a label
    n_examples: int  # of each label at most; 0: its name alone is known
    seed: int
    sizes: tuple[int, ...]  # of shortlists
    recall: tuple[float, ...]  # by size: of the texts' labels, the share that is on their shortlists
    whole: tuple[float, ...]  # by size: of the texts, the share all of whose labels are


def sample_texts(labelled: LabelledTexts) -> LabelledTexts:
    """At most so many texts of each part as are worth embedding here, always the same ones."""
    rng = np.random.default_rng(SAMPLE_SEED)
    measured = np.sort(rng.permutation(len(labelled.test_texts))[:MOST_MEASURED]).tolist()
    drawn = np.sort(rng.permutation(len(labelled.texts))[:MOST_TO_DRAW]).tolist()
    return replace(
        labelled,
        texts=tuple(labelled.texts[row] for row in drawn),
        labels=tuple(labelled.labels[row] for row in drawn),
        test_texts=tuple(labelled.test_texts[row] for row in measured),
        test_labels=tuple(labelled.test_labels[row] for row in measured),
    )


def measure_shortlists(
    data_set: DataSet, sizes: Sequence[int], examples: Sequence[int], seeds: Sequence[int]
) -> list[ShortlistOutcome]:
    """Rank the labels of the held-out texts, for each number of labelled texts and each draw of them.

    Args:
        sizes: of shortlists.
        examples: labelled texts of each label; without any nothing is drawn, so that one seed is enough.

    Raises:
        BenchmarkError: a shortlist would hold all labels, or none.
    """
    n_labels = len(data_set.classes)
    if not sizes or not 0 < min(sizes) <= max(sizes) < n_labels:
        raise BenchmarkError(f"{data_set.name} has {n_labels} labels: --sizes must be from 1 to {n_labels - 1}.")
    if not examples or min(examples) < 0:
        raise BenchmarkError("--labels must be numbers of labelled texts, 0 or more.")
    return [
        _measure(data_set, tuple(sizes), n_examples, seed)
        for n_examples in examples
        for seed in (seeds if n_examples else seeds[:1])
    ]


def _measure(data_set: DataSet, sizes: tuple[int, ...], n_examples: int, seed: int) -> ShortlistOutcome:
    assert data_set.class_vectors is not None
    classes = data_set.classes
    drawn = list(_draw(data_set, n_examples, seed)) if n_examples else []
    places = place_labels(data_set.class_vectors, [(column, data_set.X[row]) for row, column in drawn])
    truth = [_columns_of(data_set, classes, answer) for answer in data_set.y_test.tolist()]
    rows = [row for row, columns in enumerate(truth) if columns]
    ranked = rank_columns(data_set.X_test[rows], places)
    found = np.array(
        [
            [len(truth[row].intersection(order[:size])) for size in sizes]
            for row, order in zip(rows, ranked, strict=True)
        ]
    )
    n_wanted = np.array([len(truth[row]) for row in rows])
    return ShortlistOutcome(
        data_set=data_set.name,
        n_labels=len(classes),
        n_texts=len(rows),
        n_examples=n_examples,
        seed=seed,
        sizes=sizes,
        recall=tuple((found.sum(axis=0) / n_wanted.sum()).tolist()),
        whole=tuple((found == n_wanted[:, None]).mean(axis=0).tolist()),
    )


def _draw(data_set: DataSet, n_examples: int, seed: int) -> Iterator[tuple[int, int]]:
    """Rows of labelled texts with a label of each, until each label has as many, or all that there are."""
    rng = np.random.default_rng([seed, n_examples, EXAMPLES_STREAM])
    classes = data_set.classes
    n_drawn = [0] * len(classes)
    answers = data_set.y.tolist()
    for row in rng.permutation(len(answers)).tolist():
        for column in sorted(_columns_of(data_set, classes, answers[row])):
            if n_drawn[column] < n_examples:
                n_drawn[column] += 1
                yield row, column


def _columns_of(data_set: DataSet, classes: Sequence[str], answer: str) -> set[int]:
    """Of an answer's labels; one that no text has that could be drawn is left out."""
    named = split_answer(answer) if data_set.is_multiple else (answer,)
    known = set(classes)
    return {classes.index(label) for label in named if label in known}
