"""Examples for an estimate: what people have labelled, and texts of the project for what they have yet to label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

from mraru.teachers.prompting.few_shot_examples import Example, Examples


class StandInExamples:
    """`Examples` of which there are always as many as are configured. For estimates alone: the labels are made up."""

    def __init__(self, labelled: Examples, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Read nothing yet.

        Args:
            labelled: what people have labelled; it comes first.
            texts: of the project, at least one, that stand in for the rest.
            labels: of the project, as stored.
        """
        self._labelled = labelled
        self._texts = tuple(texts)
        self._labels = tuple(labels)

    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        """What there is, filled up with the texts that follow this one among those of the project."""
        found = self._labelled.nearest(text, n_examples)
        first = self._texts.index(text) + 1 if text in self._texts else 0
        following = islice(cycle(self._texts[first:] + self._texts[:first]), n_examples - len(found))
        stand_ins = zip(following, cycle(self._labels), strict=False)
        return (*found, *(Example(text=shown, label=label) for shown, label in stand_ins))
