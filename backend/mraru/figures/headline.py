"""What people want to know of a project first, in a few plain sentences, each true of figures that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mraru.figures.next_steps import LABELS_FIRST, NextStep
from mraru.review.estimates import Estimate
from mraru.review.shares import LEAST_TEXTS
from mraru.store.open_work import SurenessStep

CERTAIN = 0.9  # probability that a label is right from which nobody need look at it first
LEAST_PACE = 5  # labels in an hour: of fewer no pace is told
NEARLY_ALL = 0.995  # a share from which "about 100 %" would say too much
NOBODY_KNOWS = "Nobody can say yet how many labels are right"
AUDIT_TAB = "Audit sample"  # of Label Studio's Data Manager


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a headline is made of."""

    project_id: int
    is_read: bool  # its tasks were read from Label Studio
    next_step: NextStep
    n_tasks: int
    n_texts: int  # distinct
    n_gold: int  # texts that people labelled
    n_ties: int
    n_warnings: int  # that people should see to
    n_open: int  # tasks that wait for people
    n_labels_left: int  # that people are still to give these
    n_unlabelled: int  # open tasks without any label
    sureness: Sequence[SurenessStep]  # of the other open tasks, the least sure first
    right: Estimate | None  # the share of the final labels that are right, from the audit; None: nothing can be said
    n_audit_waiting: int  # texts drawn for the audit that wait for people
    audit_share: float  # of what the label stream serves; 0: the audit is off
    target: float | None  # share of right labels that is wanted; None: nobody said
    n_last_hour: int  # labels that people gave
    spent_usd: float
    max_cost_usd: float
    is_free: bool  # no LLM is asked


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
        "audit": _say_how_to_audit(known, said),
        "to_do": say_to_do(known, n_uncertain, n_to_check),
        "time": _say_time(known, hours_left),
        "next": f"Next: {_say_next(known)}",
        "money": _say_money(known),
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
        n_last_hour=known.n_last_hour,
        hours_left=hours_left,
        text=" ".join(sentence for sentence in sentences.values() if sentence),
    )


def count_checks(known: Known) -> int | None:
    """How many of the least sure tasks people are to check until as many labels are right as are wanted.

    By how sure the labels are: of so many, that share is expected to be wrong, and is right once people have looked.
    """
    right, target = known.right, known.target
    if target is None or right is None or right.share is None:
        return None
    return count_until(known.sureness, (target - right.share) * known.n_texts)


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


def say_right(known: Known) -> str:
    """How many of the final labels are right, or how many more audited texts it takes."""
    right = known.right
    if not known.n_tasks:
        return "This project has no tasks yet." if known.is_read else "Its tasks have not been read yet."
    if known.n_gold >= known.n_texts:
        return f"People have labelled all {known.n_texts:,} texts."
    if not known.n_gold and known.n_unlabelled >= known.n_open > 0:
        return f"None of the {known.n_texts:,} texts has a label yet."
    if right is None:
        return ""
    if right.share is None or right.interval is None:
        return f"{NOBODY_KNOWS}: {_say_missing(known, right)}"
    if right.is_census:
        return f"{_whole(right.share)} of the labels are right: people checked all {right.n_labels:,} texts."
    low, high = right.interval
    about = "Nearly all" if right.share >= NEARLY_ALL else f"About {_whole(right.share)}"
    return (
        f"{about} of the labels are right ({math.floor(100 * low + 1e-9)} to {math.ceil(100 * high - 1e-9)} %, 95 % "
        f"sure; from {right.n_labels:,} of the {known.n_texts:,} texts, drawn at random and checked by people)."
    )


def say_to_do(known: Known, n_uncertain: int, n_to_check: int | None) -> str:
    """How much waits for people, and how much of it is needed for what is wanted."""
    if not known.n_tasks:
        return ""
    if not known.n_open:
        return "No task is open."
    said = f"{_tasks(known.n_open, known.n_tasks)} open"
    parts = []
    if n_uncertain:
        parts.append(f"{n_uncertain:,} with a label that is less than {_percent(CERTAIN)} sure")
    if known.n_unlabelled and known.n_unlabelled < known.n_open:
        parts.append(f"{known.n_unlabelled:,} without a label")
    if parts:
        said += f", {' and '.join(parts)}"
    elif not known.n_unlabelled:
        said += f", all with a label that is {_percent(CERTAIN)} sure or more"
    target = _say_target(known, n_to_check)
    return f"{said}. {target}" if target else f"{said}."


def say_hours(hours: float) -> str:
    """
    >>> say_hours(0.01), say_hours(0.7), say_hours(1.2), say_hours(3.4), say_hours(25.0)
    ('5 minutes', '45 minutes', 'an hour', '3 hours', '25 hours')
    """
    if hours < 1 - 1 / 24:
        return f"{max(5, 5 * math.ceil(12 * hours - 1e-9))} minutes"
    return "an hour" if round(hours) <= 1 else f"{round(hours):,} hours"


def _say_missing(known: Known, right: Estimate) -> str:
    if known.n_texts < LEAST_TEXTS:
        return f"there are only {known.n_texts:,} texts, so look at all of them."
    return f"{right.n_missing:,} more audited text{'s are' if right.n_missing != 1 else ' is'} needed."


def _say_how_to_audit(known: Known, right: str) -> str:
    if not right.startswith(NOBODY_KNOWS) or known.n_texts < LEAST_TEXTS:
        return ""
    if known.audit_share <= 0:
        return "The audit is off, so that none is drawn: set MRARU_AUDIT_SHARE above 0."
    turns = f"{_one_in(known.audit_share)} of the tasks that Label Studio serves first is one of them."
    if not known.n_audit_waiting:
        return f"They are drawn with the next predictions; {turns}"
    waiting = f"{known.n_audit_waiting:,} {'wait' if known.n_audit_waiting != 1 else 'waits'}"
    return f"{waiting} in Label Studio's tab “{AUDIT_TAB}”; {turns}"


def _say_target(known: Known, n_to_check: int | None) -> str:
    target, right = known.target, known.right
    if target is None:
        return ""
    wanted = f"{_percent(target)} are wanted"
    if right is None or right.share is None or right.interval is None:
        return f"{wanted}: the audit will tell whether they are reached."
    if right.interval[0] >= target:
        return f"The {wanted.replace('are', 'that are')} are reached."
    if right.share >= target:
        return f"{wanted}, which seem to be reached: more audited texts would make it sure."
    if n_to_check is None:
        return f"{wanted}: that takes a look at every open task."
    return f"{wanted}: that takes a look at about {n_to_check:,} of the least sure tasks."


def _count_hours(known: Known, n_to_look_at: int) -> float | None:
    if known.n_last_hour < LEAST_PACE or not n_to_look_at or not known.n_open:
        return None
    return n_to_look_at * known.n_labels_left / known.n_open / known.n_last_hour


def _say_time(known: Known, hours_left: float | None) -> str:
    if hours_left is None:
        return ""
    return (
        f"To look at those takes about {say_hours(hours_left)} at the pace of the last hour, in which people labelled "
        f"{known.n_last_hour:,}."
    )


def _say_next(known: Known) -> str:
    match known.next_step:
        case NextStep.CONNECT:
            return f"connect it again (`mraru connect {known.project_id}`) to go on with it."
        case NextStep.REPAIR:
            return "see to what made it fail, then start it again."
        case NextStep.IMPORT:
            return "import some in Label Studio."
        case NextStep.START:
            return "start the rounds."
        case NextStep.WAIT:
            return "wait for the first labels."
        case NextStep.LABEL_FIRST:
            n_left = LABELS_FIRST - known.n_gold
            some = f"{n_left} tasks" if n_left != 1 else "one more task"
            return f"label {some} yourselves: the built-in teacher is no LLM and is often wrong."
        case NextStep.ANSWER_ERRORS | NextStep.ANSWER_WARNINGS:
            return f"see to the warning{'s' if known.n_warnings != 1 else ''}."
        case NextStep.SETTLE_TIES:
            texts = f"{known.n_ties:,} texts" if known.n_ties != 1 else "text"
            return f"settle the {texts} on which people are evenly split."
        case NextStep.LABEL:
            return "label the tasks that Label Studio serves: the least sure come first."
        case NextStep.TAKE_AWAY:
            return "download the labels."


def _say_money(known: Known) -> str:
    if known.is_free and not known.spent_usd:
        return "The built-in teacher costs nothing."
    spent = f"${known.spent_usd:,.2f}" if known.spent_usd >= 0.1 or not known.spent_usd else f"${known.spent_usd:.4f}"
    return f"The LLM has cost {spent} of at most ${known.max_cost_usd:,.2f}."


def _tasks(n: int, of: int) -> str:
    if n == of:
        return f"All {of:,} tasks are" if of > 1 else "Its only task is"
    return f"{n:,} of {of:,} tasks {'are' if n != 1 else 'is'}"


def _one_in(share: float) -> str:
    """
    >>> _one_in(0.1), _one_in(0.15)
    ('one in ten', '15 %')
    """
    words = {2: "two", 3: "three", 4: "four", 5: "five", 10: "ten", 20: "twenty", 50: "fifty", 100: "a hundred"}
    whole = round(1 / share)
    return f"one in {words[whole]}" if whole in words and math.isclose(share * whole, 1) else _percent(share)


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"


def _percent(share: float) -> str:
    """
    >>> _percent(0.9), _percent(0.975)
    ('90 %', '97.5 %')
    """
    return f"{100 * share:g} %" if share else "0 %"
