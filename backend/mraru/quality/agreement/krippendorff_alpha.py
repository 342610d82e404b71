"""How far all annotators agree beyond what chance would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from mraru.answers import split_answer


def count_shared(said: Mapping[int, Mapping[str, str]]) -> int:
    """Texts that two annotators or more labelled.

    >>> count_shared({1: {"t1": "x", "t2": "y"}, 2: {"t1": "y"}})
    1
    """
    return sum(n_people > 1 for n_people in Counter(text for labels in said.values() for text in labels).values())


def krippendorff_alpha(
    said: Mapping[int, Mapping[str, str]], *, are_ratings: bool = False, are_sets: bool = False
) -> float | None:
    """Krippendorff's alpha of labels, sets or ratings: 1 for agreement everywhere, 0 for as much as chance brings.

    It takes any number of annotators, and texts that only some of them labelled; a text that one labelled says
    nothing. 0.8 is commonly asked for, 0.667 the least from which conclusions are drawn (Krippendorff, "Content
    Analysis", 4th edition, 2018). As in crowd-kit.

    Two sets of labels differ the less, the more they share: by the distance MASI (Passonneau, "Measuring Agreement on
    Set-valued Items", LREC 2006).

    Args:
        said: for each annotator, labels by text hash.
        are_ratings: whether all labels are whole numbers of stars, which lie the square of their difference apart.
        are_sets: whether what was said are sets of labels.

    Returns:
        At most 1; None where it is not defined: no text is shared, or all labels of shared texts are the same.

    >>> krippendorff_alpha({1: {"t1": "x", "t2": "y", "t3": "x"}, 2: {"t1": "x", "t2": "y", "t3": "y"}})
    0.4444444444444444
    >>> krippendorff_alpha({1: {"t1": "x"}, 2: {"t2": "x"}}) is None
    True
    >>> krippendorff_alpha({1: {"t1": "1", "t2": "5"}, 2: {"t1": "2", "t2": "5"}}, are_ratings=True) > 0.9
    True
    >>> said = {1: {"t1": "x | y", "t2": "y", "t3": "z"}, 2: {"t1": "x", "t2": "y", "t3": "z"}}
    >>> round(krippendorff_alpha(said, are_sets=True), 2), round(krippendorff_alpha(said), 2)
    (0.72, 0.62)
    """
    n_people = Counter(text for labels in said.values() for text in labels)
    rows = [
        (text, person, label) for person, labels in said.items() for text, label in labels.items() if n_people[text] > 1
    ]
    if len({label for _, _, label in rows}) < 2:
        return None
    # Imported here: pandas takes seconds, and most projects have one annotator.
    import pandas as pd
    from crowdkit.metrics.data import alpha_krippendorff

    frame = pd.DataFrame(rows, columns=["task", "worker", "label"])
    if are_sets:
        return float(alpha_krippendorff(frame, distance=_masi_distance))
    if not are_ratings:
        return float(alpha_krippendorff(frame))
    frame["label"] = frame["label"].astype(int)
    widest = float(frame["label"].max() - frame["label"].min())

    def squared_distance(one: Hashable, other: Hashable) -> float:
        return ((int(str(one)) - int(str(other))) / widest) ** 2

    return float(alpha_krippendorff(frame, distance=squared_distance))


def _masi_distance(first: Hashable, second: Hashable) -> float:
    """Of two sets written as strings; NLTK's has none for two that are empty."""
    if first == second:
        return 0.0
    from nltk.metrics.distance import masi_distance  # crowd-kit brings it

    return float(masi_distance(set(split_answer(str(first))), set(split_answer(str(second)))))
