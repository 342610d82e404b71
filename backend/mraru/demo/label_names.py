"""Which names labels may have in the demo's label config."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mraru.errors import DemoError

MOST_LABELS = 500  # of more, a column of labels is hardly one, and no server restricts an LLM's answers to so many

NOT_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_label(label: str) -> str:
    """A label in one line: blanks around it are dropped, those within it are single.

    >>> clean_label(" not\\n  spam ")
    'not spam'
    """
    return " ".join(label.split())


def check_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels, cleaned.

    Raises:
        DemoError: there are too few or too many, two are alike but for their case, or Label Studio cannot show one.
    """
    cleaned = tuple(clean_label(label) for label in labels)
    if not 2 <= len(set(cleaned)) <= MOST_LABELS:
        n_labels = len(set(cleaned))
        raise DemoError(f"There must be 2 to {MOST_LABELS} different labels, not {n_labels}: give --labels a,b,c.")
    if alike := _find_alike(cleaned):
        raise DemoError(
            f"Labels that differ by upper and lower case alone, or not at all: {'; '.join(alike)}. Write each in one "
            "way in the file, or give --labels a,b,c."
        )
    odd = [label for label in cleaned if not label or label.startswith("$") or NOT_XML.search(label)]
    if odd:
        raise DemoError(
            f"Label Studio cannot show the label {odd[0]!r}: a label is not empty, does not begin with $, and has no "
            "control characters."
        )
    return cleaned


def _find_alike(labels: Iterable[str]) -> list[str]:
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for label in labels:
        by_name[label.casefold()].append(label)
    return [", ".join(repr(label) for label in same) for same in by_name.values() if len(same) > 1]
