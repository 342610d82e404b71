"""The sentences of a headline, for people who know Label Studio and nothing else."""

from __future__ import annotations

import math

from mraru.quality.audit.share_estimates import Estimate
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.reporting.headline.headline_facts import CERTAIN, Known
from mraru.reporting.headline.next_steps import NextStep

NEARLY_ALL = 0.995  # a share from which "about 100 %" would say too much
ALL_BUT_FEW = 0.95  # the lowest that the share may be for "nearly all"
WIDE = 0.15  # a range of which no single share is told
NOBODY_KNOWS = "Nobody can say yet how many labels are right"
AUDIT_TAB = "Audit sample"  # of Label Studio's Data Manager
AS_DISPLAYED = "“Label Tasks As Displayed”, in the menu of its button"  # the button alone goes through all tasks


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
    least, most = math.floor(100 * low + 1e-9), math.ceil(100 * high - 1e-9)
    source = f"from {right.n_labels:,} of the {known.n_texts:,} texts, drawn at random and checked by people"
    if high - low > WIDE or (right.share >= NEARLY_ALL and low < ALL_BUT_FEW):
        return f"Between {least} and {most} % of the labels are right (95 % sure; {source})."
    about = "Nearly all" if right.share >= NEARLY_ALL else f"About {_whole(right.share)}"
    return f"{about} of the labels are right ({least} to {most} %, 95 % sure; {source})."


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
    if known.n_turns:
        return f"to know, label {_turns(known.n_turns)} from the top of Label Studio's tab “{AUDIT_TAB}”."
    return f"{right.n_missing:,} more audited text{'s are' if right.n_missing != 1 else ' is'} needed."


def say_how_to_audit(known: Known, right: str) -> str:
    """Where audited texts come from, while `right` says that too few are audited."""
    if not right.startswith(NOBODY_KNOWS) or known.n_texts < LEAST_TEXTS:
        return ""
    if known.audit_share <= 0:
        return "The audit is off, so that none is drawn: set MRARU_AUDIT_SHARE above 0."
    share = _one_in(known.audit_share)
    are = "are audited ones" if share.endswith("%") else "is an audited one"
    turns = f"{share} of the tasks that Label Studio serves first {are}."
    if not known.n_audit_waiting:
        return f"They are drawn with the next predictions; {turns}"
    if known.n_turns:
        return f"Press {AS_DISPLAYED}; {turns}"
    waiting = f"{known.n_audit_waiting:,} {'wait' if known.n_audit_waiting != 1 else 'waits'}"
    said = f"{waiting} in Label Studio's tab “{AUDIT_TAB}”, to be labelled from its top ({AS_DISPLAYED}); {turns}"
    if not known.n_teacher_labels:
        return said
    whose = "built-in teacher's" if known.is_free else "LLM's"
    return f"{said} Up to half of them count for the {whose} own figure instead, so more labels are needed than texts."


def _say_target(known: Known, n_to_check: int | None) -> str:
    target, right = known.target, known.right
    if target is None:
        return ""
    wanted = f"You want {_percent(target)} of the labels to be right"
    if right is None or right.share is None or right.interval is None:
        return f"{wanted}: the audit will tell whether they are."
    if right.interval[0] >= target:
        return f"{wanted}, and they are."
    if right.share >= target:
        least = math.floor(100 * right.interval[0] + 1e-9)
        return f"{wanted}. Whether they are is not known yet, it may be {least} %: more audited texts will tell."
    if n_to_check is None or n_to_check >= known.n_open:
        return f"{wanted}: that takes a look at every open task."
    return f"{wanted}: that takes a look at about {n_to_check:,} of the least sure tasks."


def say_time(known: Known, hours_left: float | None) -> str:
    """How long it takes, where there is a pace."""
    if hours_left is None:
        return ""
    minutes = round(known.pace.span_s / 60)
    span = "hour" if minutes == 60 else f"{minutes} minutes" if minutes != 1 else "minute"
    return (
        f"To look at those takes about {say_hours(hours_left)} at the pace of the last {span}, in which people "
        f"labelled {known.pace.n_labels:,}."
    )


def say_next(known: Known) -> str:
    """What people can do now."""
    match known.next_step:
        case NextStep.CONNECT:
            return f"connect it again (`mraru connect {known.project_id}`) to go on with it."
        case NextStep.REPAIR:
            return "see to what its state says, then start it again."
        case NextStep.FORGET:
            return (
                "let the backend's user see it in Label Studio again; if it was deleted there, remove what is kept of "
                f"it here: `mraru forget {known.project_id}`."
            )
        case NextStep.IMPORT:
            return "import some in Label Studio."
        case NextStep.START:
            return "start the rounds."
        case NextStep.WAIT:
            return "wait for the first labels."
        case NextStep.LABEL_FIRST:
            if not known.n_audit_waiting:
                some = f"{known.n_first} tasks" if known.n_first != 1 else "one more task"
                return f"label {some} yourselves: the built-in teacher is no LLM and is often wrong."
            if known.n_turns:
                return (
                    f"label {_turns(known.n_turns)} of the tab “{AUDIT_TAB}” yourselves, from its top "
                    f"({AS_DISPLAYED}): the built-in teacher is no LLM and is often wrong."
                )
            more = f"{known.n_first} more labels" if known.n_first != 1 else "one more label"
            are = "are" if known.n_first != 1 else "is"
            return (
                f"label tasks of the tab “{AUDIT_TAB}” yourselves, from its top ({AS_DISPLAYED}), until {more} of the "
                f"built-in teacher {are} checked: it is no LLM and is often wrong."
            )
        case NextStep.ANSWER_ERRORS | NextStep.ANSWER_WARNINGS:
            return f"see to the warning{'s' if known.n_warnings != 1 else ''}."
        case NextStep.SETTLE_TIES:
            texts = f"{known.n_ties:,} texts" if known.n_ties != 1 else "text"
            return f"settle the {texts} on which people are evenly split."
        case NextStep.AUDIT:
            some = _turns(known.n_turns) if known.n_turns else "tasks"
            return f"label {some} of the tab “{AUDIT_TAB}”, from its top ({AS_DISPLAYED})."
        case NextStep.LABEL:
            return "label the tasks that Label Studio serves: the least sure come first."
        case NextStep.TAKE_AWAY:
            return "download the labels."


def say_money(known: Known) -> str:
    """What it cost."""
    if known.is_free and not known.spent_usd:
        return "The built-in teacher costs nothing."
    spent = f"${known.spent_usd:,.2f}" if known.spent_usd >= 0.1 or not known.spent_usd else f"${known.spent_usd:.4f}"
    return f"The LLM has cost {spent} of at most ${known.max_cost_usd:,.2f}."


def _tasks(n: int, of: int) -> str:
    if n == of:
        return f"All {of:,} tasks are" if of > 1 else "Its only task is"
    return f"{n:,} of {of:,} tasks {'are' if n != 1 else 'is'}"


def _turns(n: int) -> str:
    return f"{n:,} tasks" if n != 1 else "one task"


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
