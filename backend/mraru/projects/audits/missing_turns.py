"""How many tasks people are to label from the top of the audit's tab until its first figures can be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from mraru.projects.audits.audited_texts import AuditedTexts, AuditSamples


def count_missing_turns(samples: AuditSamples, is_enough: Callable[[AuditedTexts], bool]) -> int | None:
    """The least number of tasks from the top with which it is enough, whatever people say of them.

    By the code that counts them afterwards. None where all that wait do not do: more are drawn once they are labelled.
    """
    of_corpus, of_teacher = samples.list_turns()
    # the tab's next task is of either sample, as people may have labelled some since the turns were given out
    orders = _mix(of_corpus, of_teacher), _mix(of_teacher, of_corpus)
    counts = [_search(samples, turns, is_enough) for turns in orders]
    found = [count for count in counts if count is not None]
    return max(found) if len(found) == len(counts) else None


def _mix(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """
    >>> _mix("abc", "xb")
    ['a', 'x', 'b', 'c']
    """
    in_turn = chain.from_iterable(zip_longest(first, second))
    return [name for name in dict.fromkeys(in_turn) if name is not None]


def _search(samples: AuditSamples, turns: Sequence[str], is_enough: Callable[[AuditedTexts], bool]) -> int | None:
    """The more are labelled, the more count."""
    if not is_enough(samples.read(turns)):
        return None
    least, most = 0, len(turns)
    while least < most:
        middle = (least + most) // 2
        if is_enough(samples.read(turns[:middle])):
            most = middle
        else:
            least = middle + 1
    return most
