"""What people want to know of a project first, in a few plain sentences, each true of figures that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mraru.reporting.headline.headline_facts import CERTAIN, Known
from mraru.reporting.headline.headline_sentences import (
    say_how_to_audit,
    say_money,
    say_next,
    say_right,
    say_time,
    say_to_do,
)
from mraru.reporting.headline.next_steps import NextStep
from mraru.store.tasks.open_work import HOUR_S, SurenessStep

LEAST_PACE = 5  # labels in an hour: of fewer no pace is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The sentences in their order, empty where there is nothing to say; then the figures in them."""

    right: str
    audit: str  # how texts come to be audited, while too few are
    to_do: str
    time: str
    next: str
    money: str
    next_step: NextStep
    share_right: float | None
    interval: tuple[float, float] | None  # 95 %
    n_audited: int
    n_missing: int  # audited texts before a share is told
    n_open: int
    n_uncertain: int  # open tasks whose label is less sure than `CERTAIN`
    n_unlabelled: int
    n_to_check: int | None  # of the least sure, to reach what is wanted; None: nothing is wanted, or it is not known
    n_last_hour: int
    hours_left: float | None  # for `n_to_check`, or for what is uncertain; None: there is no pace
    text: str  # all sentences


def write_headline(known: Known) -> Headline:
    """Say how good the labels are, what is still to do, how long that takes, what to do next, and what it cost."""
    n_uncertain = sum(step.n_tasks for step in known.sureness if step.sureness < CERTAIN)
    n_to_check = count_checks(known)
    n_to_look_at = n_uncertain + known.n_unlabelled if n_to_check is None else n_to_check
    hours_left = _count_hours(known, n_to_look_at)
    right = known.right
    said = say_right(known)
    sentences = {
        "right": said,
        "audit": say_how_to_audit(known, said),
        "to_do": say_to_do(known, n_uncertain, n_to_check),
        "time": say_time(known, hours_left),
        "next": f"Next: {say_next(known)}",
        "money": say_money(known),
    }
    return Headline(
        **sentences,
        next_step=known.next_step,
        share_right=right.share if right is not None else None,
        interval=right.interval if right is not None else None,
        n_audited=right.n_labels if right is not None else 0,
        n_missing=right.n_missing if right is not None else 0,
        n_open=known.n_open,
        n_uncertain=n_uncertain,
        n_unlabelled=known.n_unlabelled,
        n_to_check=n_to_check,
        n_last_hour=known.pace.n_labels,
        hours_left=hours_left,
        text=" ".join(sentence for sentence in sentences.values() if sentence),
    )


def count_checks(known: Known) -> int | None:
    """How many of the least sure tasks people are to check until as many labels are right as are wanted.

    By how sure the labels are: of so many, that share is expected to be wrong, and is right once people have looked.
    All open tasks, where that does not do.
    """
    right, target = known.right, known.target
    if target is None or right is None or right.share is None:
        return None
    n_checks = count_until(known.sureness, (target - right.share) * known.n_texts)
    return known.n_open if n_checks is None else n_checks


def count_until(sureness: Sequence[SurenessStep], n_wrong: float) -> int | None:
    """How many of the least sure labels hold so many wrong ones; None where all of them hold fewer.

    >>> steps = [SurenessStep(sureness=0.5, n_tasks=20), SurenessStep(sureness=0.9, n_tasks=100)]
    >>> count_until(steps, 4), count_until(steps, 12), count_until(steps, 40), count_until(steps, -1)
    (8, 40, None, 0)
    """
    n_checked = 0
    for step in sureness:
        if n_wrong <= 0:
            break
        share_wrong = 1.0 - step.sureness
        if share_wrong * step.n_tasks >= n_wrong:
            return n_checked + math.ceil(n_wrong / share_wrong - 1e-9)
        n_checked, n_wrong = n_checked + step.n_tasks, n_wrong - share_wrong * step.n_tasks
    return n_checked if n_wrong <= 0 else None


def _count_hours(known: Known, n_to_look_at: int) -> float | None:
    if known.pace.n_labels < LEAST_PACE or not n_to_look_at or not known.n_open:
        return None
    return n_to_look_at * known.n_labels_left / known.n_open / known.pace.n_labels * known.pace.span_s / HOUR_S
