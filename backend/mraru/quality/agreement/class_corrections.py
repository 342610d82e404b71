"""Which of the LLM's labels people change into which, how often, and for what texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mraru.interfaces import Vectors

OFTEN = 3  # corrections into one and the same label from which a class counts as often corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedClass:
    """One label of the LLM's that people changed into one other."""

    teacher_label: str
    gold_label: str
    n_corrected: int
    n_checked: int  # texts that the LLM labelled so and people labelled too
    typical: tuple[str, ...]  # hashes of some of the corrected texts, the most typical first

    @property
    def share(self) -> float:
        """Of the checked texts, those that people changed into this label; for ordering alone."""
        return self.n_corrected / self.n_checked


def find_corrected_classes(
    gold: Mapping[str, str],
    teacher: Mapping[str, str | None],
    vectors: Mapping[str, Vectors],
    n_typical: int = 3,
) -> list[CorrectedClass]:
    """Every pair of labels that people corrected, the most frequent first, then the larger share.

    People look first where LLM and student agree least, so the shares are higher than those of all texts would be.

    Args:
        gold: people's labels by text hash.
        teacher: the LLM's; a text for which it named none is no correction.
        vectors: of texts, each of shape `(n_dimensions,)`; a text without one counts as least typical.
        n_typical: texts to name for each pair.

    >>> gold = {"a": "tech", "b": "tech", "c": "sport", "d": "tech"}
    >>> (pair,) = find_corrected_classes(gold, {"a": "sport", "b": "sport", "c": "sport", "d": None}, {})
    >>> pair.teacher_label, pair.gold_label, pair.n_corrected, pair.n_checked, pair.typical
    ('sport', 'tech', 2, 3, ('a', 'b'))
    """
    n_checked: dict[str, int] = {}
    corrected: dict[tuple[str, str], list[str]] = {}
    for name in sorted(gold):
        said = teacher.get(name)
        if said is None:
            continue
        n_checked[said] = n_checked.get(said, 0) + 1
        if said != gold[name]:
            corrected.setdefault((said, gold[name]), []).append(name)
    found = [
        CorrectedClass(
            teacher_label=said,
            gold_label=right,
            n_corrected=len(names),
            n_checked=n_checked[said],
            typical=choose_typical(names, vectors, n_typical),
        )
        for (said, right), names in corrected.items()
    ]
    return sorted(found, key=lambda pair: (-pair.n_corrected, -pair.share, pair.teacher_label, pair.gold_label))


def choose_typical(names: Iterable[str], vectors: Mapping[str, Vectors], n_texts: int) -> tuple[str, ...]:
    """The texts nearest to the middle of all of them, by the cosine of their vectors; equals by hash.

    >>> vectors = {"a": np.array([0.0, 1.0]), "b": np.array([0.8, 0.6]), "c": np.array([1.0, 0.0])}
    >>> choose_typical(["a", "b", "c", "d"], vectors, 2)
    ('b', 'c')
    """
    listed = sorted(set(names))
    known = [name for name in listed if name in vectors]
    if known:
        stacked = np.stack([vectors[name] for name in known]).astype(np.float64)
        nearness = stacked @ stacked.mean(axis=0)
        known = [known[position] for position in np.argsort(-nearness, kind="stable")]
    return tuple([*known, *(name for name in listed if name not in vectors)][:n_texts])


def most_confused_with(label: str, pairs: Sequence[CorrectedClass]) -> str | None:
    """The label that people most often put in place of this one, or this one in place of it; None if nowhere.

    >>> pair = CorrectedClass(teacher_label="sport", gold_label="tech", n_corrected=2, n_checked=3, typical=())
    >>> most_confused_with("tech", [pair]), most_confused_with("food", [pair])
    ('sport', None)
    """
    counts: dict[str, int] = {}
    for pair in pairs:
        if label in (pair.teacher_label, pair.gold_label):
            other = pair.gold_label if pair.teacher_label == label else pair.teacher_label
            counts[other] = counts.get(other, 0) + pair.n_corrected
    return max(counts, key=counts.__getitem__, default=None)


def often_corrected(pairs: Sequence[CorrectedClass]) -> list[str]:
    """The LLM's labels that people changed into one other at least `OFTEN` times, the most frequent first.

    >>> pair = CorrectedClass(teacher_label="sport", gold_label="tech", n_corrected=3, n_checked=3, typical=())
    >>> often_corrected([pair])
    ['sport']
    """
    return list(dict.fromkeys(pair.teacher_label for pair in pairs if pair.n_corrected >= OFTEN))
