"""Which texts to ask about when classes have no label yet: those nearest to what the class is called."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

CONTRAST = 0.5  # how much likeness to another class counts against a text
Text = TypeVar("Text", bound=Hashable)  # whatever names a text

DRAW = 4  # texts drawn at once: few, since any may complete the classes
NEAR = 3  # at most so many of them near a class, no two for the same one
TEXTS_PER_CLASS = 50  # of the sample: enough for a class that 2 % of the texts are of
GIVE_UP_AFTER = 25  # nearest texts of a class that turned out to be of others: its name says little


@dataclass(frozen=True, slots=True, kw_only=True)
class NearText:
    """A text that was drawn for a class."""

    row: int  # of the similarities
    probability: float  # that its class's turn came


def contrast(similarities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Similarity with each class, less half of the similarity with the likeliest other class.

    So texts between two classes of like names, such as `top_up_failed` and `top_up_reverted`, come later.

    Args:
        similarities: of texts with what the classes are called, shape `(n_texts, n_classes)`.

    Returns:
        The same shape.

    >>> contrast(np.array([[0.8, 0.6], [0.7, 0.1]], dtype=np.float32)).round(2)
    array([[ 0.5 ,  0.2 ],
           [ 0.65, -0.25]], dtype=float32)
    """
    if similarities.shape[1] < 2:
        return similarities
    second, first = np.partition(similarities, -2, axis=1)[:, -2:].T[:, :, None]
    likeliest_other = np.where(similarities == first, second, first)
    return (similarities - CONTRAST * likeliest_other).astype(np.float32, copy=False)


def draw_nearest(
    nearness: NDArray[np.float32], is_known: NDArray[np.bool_], n_wanted: int, rng: np.random.Generator
) -> list[NearText]:
    """For classes in random order, the text of each that is nearest and not known yet.

    A class of which the `GIVE_UP_AFTER` nearest texts are known, though none is of it, gets no turn.

    Args:
        nearness: of each text to each class that has no label, shape `(n_texts, n_missing_classes)`.
        is_known: whose label is known, or was asked for, shape `(n_texts,)`.
        n_wanted: texts to draw.

    Returns:
        Distinct texts, `n_wanted` or fewer.

    >>> nearness = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], dtype=np.float32)
    >>> drawn = draw_nearest(nearness, np.array([True, False, False]), 2, np.random.default_rng(0))
    >>> sorted(near.row for near in drawn)
    [1, 2]
    """
    nearest: list[int] = []
    for column in nearness.T:
        rows = np.argsort(-column, kind="stable")[:GIVE_UP_AFTER]
        unknown = rows[~is_known[rows]]
        if unknown.size:
            nearest.append(int(unknown[0]))
    turns = dict.fromkeys(nearest[turn] for turn in rng.permutation(len(nearest)))
    probability = min(1.0, n_wanted / len(turns)) if turns else 0.0
    return [NearText(row=row, probability=probability) for row in list(turns)[:n_wanted]]


def fill_draw(near: Mapping[Text, float], anywhere: Iterable[Text], n_wanted: int) -> dict[Text, float]:
    """The texts drawn near classes and as many of those drawn anywhere as are wanted, so that no seed is one-sided.

    Args:
        near: with the chance that each had to be drawn.
        anywhere: drawn uniformly; those that are near a class count once.

    Returns:
        The chance of each text, in the order in which they are asked about.

    >>> fill_draw({"a": 0.5}, ["b", "a", "c", "d"], 3)
    {'a': 0.5, 'b': 1.0, 'c': 1.0}
    """
    others = [name for name in anywhere if name not in near][: n_wanted - len(near)]
    return dict(near) | dict.fromkeys(others, 1.0)
