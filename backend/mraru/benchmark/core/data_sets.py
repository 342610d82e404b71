"""Labelled data sets by name or from CSV files, with a part held out to measure on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mraru import __version__
from mraru.answers import join_labels, split_answer
from mraru.csv_files.csv_table import read_csv_table
from mraru.errors import BenchmarkError, CsvUnreadable
from mraru.interfaces import Labels, Vectors
from mraru.projects.learning.class_words import describe_class
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.zero_shot.zero_shot_teacher import TEMPLATE

TEST_SHARE = 0.2  # of a data set without a test split of its own
SPLIT_SEED = 0  # one split for all runs, so that all are measured on the same texts
MIN_TEXTS = 50
LABEL_COLUMN, SETS_COLUMN = "label", "labels"  # of a CSV file


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """Texts whose labels are known, in the parts to learn from and to measure on."""

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    test_texts: tuple[str, ...]
    test_labels: tuple[str, ...]
    is_multiple: bool = False  # labels are sets of them, see `mraru.answers`
    questions: LabelSchema | None = None  # several questions that labels answer together; None: one


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """The same as vectors: what a run needs."""

    name: str
    X: Vectors  # (n_pool, n_dimensions)
    y: Labels  # (n_pool,)
    X_test: Vectors  # (n_test, n_dimensions)
    y_test: Labels  # (n_test,)
    class_vectors: Vectors | None = None  # (n_classes, n_dimensions), as `classes`: what zero-shot seeding needs
    zero_shot: Labels | None = None  # (n_pool,), of the built-in zero-shot teacher
    is_multiple: bool = False  # labels are sets of them
    questions: LabelSchema | None = None  # several questions that labels answer together; None: one

    @property
    def classes(self) -> list[str]:
        """The labels, sorted; of sets, what they are sets of."""
        return list_classes(self.y.tolist(), is_multiple=self.is_multiple)

    @property
    def fingerprint(self) -> str:
        """Names vectors, labels and the version of this package: what results depend on beside their spec."""
        digest = hashlib.blake2b(__version__.encode(), digest_size=8)
        for part in (self.X, self.X_test, self.y, self.y_test, self.class_vectors):
            if part is not None:
                digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def list_classes(labels: Iterable[str], *, is_multiple: bool) -> list[str]:
    """The labels that are given, sorted; those of sets one by one.

    >>> list_classes(["a | b", "a"], is_multiple=True), list_classes(["a | b", "a"], is_multiple=False)
    (['a', 'b'], ['a', 'a | b'])
    """
    return sorted({each for label in labels for each in (split_answer(label) if is_multiple else (label,))})


TextsLoader = Callable[[], tuple[Sequence[str], Sequence[str]]]


def load_texts(name: str, folder: Path | None, loaders: Mapping[str, TextsLoader]) -> LabelledTexts:
    """Find a data set by its name or read the CSV file of that path.

    Args:
        name: one of `loaders` or of the files in `folder`, or the path of a CSV file with columns text and label.
        folder: holds `<name>.csv`, or `<name>-train.csv` and `<name>-test.csv`.
        loaders: data sets that installed packages bring; each gives texts and labels.

    Raises:
        BenchmarkError: there is no such data set, or it cannot be used; says what to do.
    """
    if name in loaders:
        return hold_out(name, *loaders[name]())
    if name.endswith(".csv"):
        return hold_out(Path(name).stem, *read_csv(Path(name)), is_multiple=holds_sets(Path(name)))
    if folder is None:
        raise BenchmarkError(
            f"'{name}' needs --data FOLDER with {name}.csv, or {name}-train.csv and {name}-test.csv (columns "
            f"text,label). Without a folder there are {', '.join(sorted(loaders))}, and any CSV file by its path."
        )
    train, test = folder / f"{name}-train.csv", folder / f"{name}-test.csv"
    if train.exists() and test.exists():
        (texts, labels), (test_texts, test_labels) = read_csv(train), read_csv(test)
        return _checked(
            LabelledTexts(
                name=name,
                texts=tuple(texts),
                labels=tuple(labels),
                test_texts=tuple(test_texts),
                test_labels=tuple(test_labels),
                is_multiple=holds_sets(train),
            )
        )
    path = folder / f"{name}.csv"
    return hold_out(name, *read_csv(path), is_multiple=holds_sets(path))


def read_csv(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a CSV file with the columns text and label; rows that lack one are left out.

    With a column `labels` in place of `label`, its rows hold sets of labels, joined by "|"; an empty one is a set too.

    Raises:
        BenchmarkError: the file is missing, unreadable or has other columns.
    """
    if not path.exists():
        raise BenchmarkError(f"There is no file {path}: give the data set's path, or its folder with --data.")
    try:
        table = read_csv_table(path)
        texts = table.read_column("text")
        if SETS_COLUMN in table.columns and LABEL_COLUMN not in table.columns:
            sets = [join_labels(filter(None, map(str.strip, row.split("|")))) for row in table.read_column(SETS_COLUMN)]
            rows = zip(texts, sets, strict=True)
        else:
            rows = zip(texts, table.read_column(LABEL_COLUMN), strict=True)
    except CsvUnreadable as exc:
        raise BenchmarkError(f"{path}, which must have the columns text and label (or labels): {exc}.") from exc
    complete = [(text, label) for text, label in rows if text.strip() and label.strip()]
    return [text for text, _ in complete], [label for _, label in complete]


def holds_sets(path: Path) -> bool:
    """Whether a CSV file that was read gives each text a set of labels."""
    columns = read_csv_table(path).columns
    return SETS_COLUMN in columns and LABEL_COLUMN not in columns


def hold_out(name: str, texts: Sequence[str], labels: Sequence[str], *, is_multiple: bool = False) -> LabelledTexts:
    """Split off a fifth, always the same one, to measure on.

    Raises:
        BenchmarkError: fewer than 50 texts or fewer than two classes.
    """
    order = np.random.default_rng(SPLIT_SEED).permutation(len(texts)).tolist()
    n_test = int(len(texts) * TEST_SHARE)
    test, pool = order[:n_test], order[n_test:]
    return _checked(
        LabelledTexts(
            name=name,
            texts=tuple(texts[i] for i in pool),
            labels=tuple(labels[i] for i in pool),
            test_texts=tuple(texts[i] for i in test),
            test_labels=tuple(labels[i] for i in test),
            is_multiple=is_multiple,
        )
    )


def as_data_set(
    labelled: LabelledTexts,
    embed: Callable[[Sequence[str]], Vectors],
    *,
    with_classes: bool = False,
    with_zero_shot: bool = False,
    describe: Callable[[str], str] = lambda label: describe_class(Choice(value=label)),
) -> DataSet:
    """Embed both parts.

    Args:
        with_classes: embed what the classes are called as well.
        describe: what a class is called, by its label.
        with_zero_shot: have the built-in zero-shot teacher label the texts.
    """
    classes = list_classes(labelled.labels, is_multiple=labelled.is_multiple)
    names = [describe(label) for label in classes] if with_classes else None
    X = embed(labelled.texts)
    return DataSet(
        name=labelled.name,
        X=X,
        y=np.array(labelled.labels, dtype=np.str_),
        X_test=embed(labelled.test_texts),
        y_test=np.array(labelled.test_labels, dtype=np.str_),
        class_vectors=None if names is None else embed(names),
        zero_shot=label_zero_shot(X, classes, embed) if with_zero_shot else None,
        is_multiple=labelled.is_multiple,
        questions=labelled.questions,
    )


def label_zero_shot(X: Vectors, classes: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Labels:
    """What the built-in zero-shot teacher says of these texts, shape `(n_texts,)`."""
    described = embed([TEMPLATE.format(label=label) for label in classes])
    labels: Labels = np.array(classes, dtype=np.str_)[(X @ described.T).argmax(axis=1)]
    return labels


class ArrayPool:
    """A `Pool` over vectors that are there already; counts the texts that were looked at."""

    def __init__(self, X: Vectors, rows: NDArray[np.intp]) -> None:
        self._X = X
        self._rows = rows
        self.n_scored = 0

    def __len__(self) -> int:
        return len(self._rows)

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        """Vectors of the texts at these positions, shape `(len(positions), n_dimensions)`."""
        self.n_scored += len(positions)
        return self._X[self._rows[positions]]


def _checked(labelled: LabelledTexts) -> LabelledTexts:
    n_texts = len(labelled.texts) + len(labelled.test_texts)
    n_classes = len(set(labelled.labels))
    if n_texts < MIN_TEXTS:
        raise BenchmarkError(f"'{labelled.name}' has {n_texts} labelled texts: at least {MIN_TEXTS} are needed.")
    if n_classes < 2:
        raise BenchmarkError(f"All texts of '{labelled.name}' have one label: at least two classes are needed.")
    return labelled
