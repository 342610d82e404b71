from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from mraru.quality.audit.share_estimates import Estimate, Sampled, estimate_share, too_few
from mraru.reporting.headline.headline import count_until, write_headline
from mraru.reporting.headline.headline_facts import Known
from mraru.reporting.headline.headline_sentences import say_hours
from mraru.reporting.headline.next_steps import NextStep
from mraru.store.tasks.open_work import Pace, SurenessStep

MEASURED = estimate_share(Sampled(n_hits=91, n_labels=100, n_population=2000))
KNOWN = Known(
    project_id=12,
    is_read=True,
    next_step=NextStep.LABEL,
    n_tasks=2000,
    n_texts=2000,
    n_gold=150,
    n_first=0,
    n_ties=0,
    n_warnings=0,
    n_open=1850,
    n_labels_left=1850,
    n_unlabelled=0,
    sureness=(SurenessStep(sureness=0.6, n_tasks=200), SurenessStep(sureness=0.95, n_tasks=1650)),
    right=MEASURED,
    n_audit_waiting=12,
    n_turns=None,
    n_teacher_labels=0,
    audit_share=0.1,
    target=None,
    pace=Pace(n_labels=0, span_s=3600.0),
    spent_usd=0.24,
    max_cost_usd=5.0,
    is_free=False,
)


def test_the_first_sentence_is_the_audits_share_with_its_interval_and_what_it_is_from() -> None:
    headline = write_headline(KNOWN)
    assert headline.right == (
        "About 91 % of the labels are right (83 to 96 %, 95 % sure; from 100 of the 2,000 texts, drawn at random and "
        "checked by people)."
    )
    assert (headline.share_right, headline.interval, headline.n_audited) == (0.91, MEASURED.interval, 100)
    low, high = MEASURED.interval or (0.0, 0.0)
    assert low >= 0.83  # the ends are rounded outwards, so that the promise holds
    assert high <= 0.96


@pytest.mark.parametrize("n_audited", [0, 3, 9])
def test_while_too_little_is_known_it_says_how_many_more_audited_texts_it_takes(n_audited: int) -> None:
    headline = write_headline(replace(KNOWN, right=too_few(n_audited, n_population=2000)))
    needed = f"{10 - n_audited} more audited text{'s are' if n_audited < 9 else ' is'} needed."
    assert headline.right == f"Nobody can say yet how many labels are right: {needed}"
    assert headline.n_missing == 10 - n_audited
    assert headline.share_right is None
    assert headline.audit == (
        "12 wait in Label Studio's tab “Audit sample”, to be labelled from its top (“Label "
        "Tasks As Displayed”, in the menu of its button); one in ten of the "
        "tasks that Label Studio serves first is an audited one."
    )


def test_a_share_that_is_no_one_in_some_is_told_in_percent_and_in_the_plural() -> None:
    known = replace(KNOWN, right=too_few(0, n_population=2000), audit_share=0.3)
    said = write_headline(known).audit
    assert said.endswith("30 % of the tasks that Label Studio serves first are audited ones.")


@pytest.mark.parametrize(("is_free", "whose"), [(False, "LLM's"), (True, "built-in teacher's")])
def test_that_labels_of_the_tab_count_for_the_teacher_too_is_said(is_free: bool, whose: str) -> None:
    known = replace(KNOWN, right=too_few(0, n_population=2000), n_teacher_labels=50, is_free=is_free)
    assert write_headline(known).audit.endswith(
        f"Up to half of them count for the {whose} own figure instead, so more labels are needed than texts."
    )


@pytest.mark.parametrize("step", [NextStep.LABEL_FIRST, NextStep.AUDIT])
def test_where_it_is_known_how_many_tasks_of_the_tab_it_takes_that_is_the_only_number(step: NextStep) -> None:
    right = too_few(3, n_population=2000)
    known = replace(KNOWN, right=right, n_turns=14, n_first=9, n_teacher_labels=50, is_free=True, next_step=step)
    headline = write_headline(known)
    assert headline.right == (
        "Nobody can say yet how many labels are right: to know, label 14 tasks from the top of Label Studio's tab "
        "“Audit sample”."
    )
    assert headline.next.startswith("Next: label 14 tasks of the tab “Audit sample”")
    said = f"{headline.right} {headline.audit} {headline.next}"
    assert set(re.findall(r"\d+", said)) == {"14"}


@pytest.mark.parametrize(
    ("n_hits", "n_labels", "said"),
    [
        (13, 13, "Between 77 and 100 % of the labels are right (95 % sure; from 13 of "),
        (20, 25, "Between 60 and 92 % of the labels are right ("),
        (60, 60, "Between 94 and 100 % of the labels are right ("),
        (91, 100, "About 91 % of the labels are right (83 to 96 %, "),
        (300, 300, "Nearly all of the labels are right (98 to 100 %, "),
    ],
)
def test_the_words_claim_no_more_than_the_lower_end_of_the_range(n_hits: int, n_labels: int, said: str) -> None:
    right = estimate_share(Sampled(n_hits=n_hits, n_labels=n_labels, n_population=2000))
    assert write_headline(replace(KNOWN, right=right)).right.startswith(said)


def test_an_audit_that_is_off_is_said_to_be_off() -> None:
    headline = write_headline(replace(KNOWN, right=too_few(0, n_population=2000), audit_share=0.0))
    assert "The audit is off" in headline.audit
    assert write_headline(replace(KNOWN, audit_share=0.0)).audit == ""  # what was measured stays


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({"n_tasks": 0, "n_texts": 0, "n_open": 0, "n_gold": 0}, "This project has no tasks yet."),
        (
            {"n_tasks": 0, "n_texts": 0, "n_open": 0, "n_gold": 0, "is_read": False},
            "Its tasks have not been read yet.",
        ),
        ({"n_gold": 2000, "n_open": 0}, "People have labelled all 2,000 texts."),
        ({"n_gold": 0, "n_open": 2000, "n_unlabelled": 2000}, "None of the 2,000 texts has a label yet."),
        (
            {"n_texts": 8, "n_tasks": 8, "n_gold": 2, "n_open": 6, "right": too_few(2, n_population=8)},
            "Nobody can say yet how many labels are right: there are only 8 texts, so look at all of them.",
        ),
        (
            {"right": estimate_share(Sampled(n_hits=1000, n_labels=1000, n_population=2000))},
            "Nearly all of the labels are right (99 to 100 %, 95 % sure; from 1,000 of the 2,000 texts, drawn at "
            "random and checked by people).",
        ),
        ({"right": None}, ""),
    ],
)
def test_where_there_is_no_share_to_tell_it_says_what_is(changes: dict[str, object], right: str) -> None:
    headline = write_headline(replace(KNOWN, **changes))  # type: ignore[arg-type]
    assert headline.right == right
    assert "%" not in headline.audit


@pytest.mark.parametrize(
    ("changes", "to_do"),
    [
        ({}, "1,850 of 2,000 tasks are open, 200 with a label that is less than 90 % sure."),
        ({"n_unlabelled": 50}, "200 with a label that is less than 90 % sure and 50 without a label."),
        ({"n_open": 0}, "No task is open."),
        (
            {"sureness": (SurenessStep(sureness=0.95, n_tasks=1850),)},
            "1,850 of 2,000 tasks are open, all with a label that is 90 % sure or more.",
        ),
        ({"n_open": 2000, "n_unlabelled": 2000, "sureness": ()}, "All 2,000 tasks are open."),
        ({"n_open": 1, "n_tasks": 1}, "Its only task is open"),
    ],
)
def test_what_is_open_and_how_much_of_it_is_doubtful(changes: dict[str, object], to_do: str) -> None:
    assert to_do in write_headline(replace(KNOWN, **changes)).to_do  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"n_first": 12},
            "label tasks of the tab “Audit sample” yourselves, from its top (“Label Tasks As Displayed”, ",
        ),
        ({"n_first": 1}, "until one more label of the built-in teacher is checked"),
        ({"n_first": 12, "n_audit_waiting": 0}, "label 12 tasks yourselves: "),
        ({"n_first": 1, "n_audit_waiting": 0}, "label one more task yourselves: "),
    ],
)
def test_the_built_in_teacher_is_checked_where_that_counts(changes: dict[str, int], said: str) -> None:
    known = replace(KNOWN, next_step=NextStep.LABEL_FIRST, **changes)  # type: ignore[arg-type]
    assert said in write_headline(known).next


def test_without_a_pace_no_time_is_claimed() -> None:
    for n_labels in (0, 4):
        headline = write_headline(replace(KNOWN, pace=Pace(n_labels=n_labels, span_s=3600.0)))
        assert (headline.time, headline.hours_left) == ("", None)


def test_the_time_is_what_is_doubtful_by_the_pace_of_the_last_hour() -> None:
    headline = write_headline(replace(KNOWN, pace=Pace(n_labels=40, span_s=3600.0)))
    assert headline.hours_left == 5.0
    assert headline.time == (
        "To look at those takes about 5 hours at the pace of the last hour, in which people labelled 40."
    )
    twice = write_headline(
        replace(KNOWN, pace=Pace(n_labels=40, span_s=3600.0), n_labels_left=2 * 1850)
    )  # two people label each
    assert twice.hours_left == 10.0


def test_what_is_wanted_says_how_many_to_check() -> None:
    wanted = write_headline(replace(KNOWN, target=0.95, pace=Pace(n_labels=40, span_s=3600.0)))
    assert wanted.n_to_check == 200  # 80 wrong ones to find, and 0.4 of each of the least sure is one
    assert (
        "You want 95 % of the labels to be right: that takes a look at about 200 of the least sure tasks."
        in wanted.to_do
    )
    assert wanted.hours_left == 5.0
    reached = write_headline(replace(KNOWN, target=0.8))
    assert "You want 80 % of the labels to be right, and they are." in reached.to_do
    assert reached.n_to_check == 0
    unsure = write_headline(replace(KNOWN, target=0.9))
    assert "Whether they are is not known yet, it may be 83 %: more audited texts will tell." in unsure.to_do
    unknown = write_headline(replace(KNOWN, target=0.9, right=too_few(3)))
    assert "the audit will tell" in unknown.to_do
    assert unknown.n_to_check is None


@pytest.mark.parametrize("seed", range(3))
def test_as_many_checks_as_are_said_bring_what_is_wanted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sure = np.sort(rng.beta(6, 1, 5000))
    is_right = rng.random(5000) < sure  # how sure a label is, is how likely it is right
    steps = [
        SurenessStep(sureness=float(part.mean()), n_tasks=len(part))
        for part in np.split(sure, np.searchsorted(sure, np.arange(0.01, 1, 0.01)))
        if len(part)
    ]
    n_checked = count_until(steps, (0.95 - is_right.mean()) * 5000)
    assert n_checked is not None
    is_right[:n_checked] = True  # people look at the least sure, and mend them
    assert is_right.mean() == pytest.approx(0.95, abs=0.006)


def test_what_no_check_of_doubtful_labels_brings_takes_a_look_at_all() -> None:
    headline = write_headline(replace(KNOWN, target=0.999, pace=Pace(n_labels=100, span_s=3600.0)))
    assert headline.n_to_check == headline.n_open == 1850
    assert "99.9 % of the labels to be right: that takes a look at every open task." in headline.to_do
    assert headline.hours_left == 18.5


def test_more_wrong_labels_than_there_are_cannot_be_found() -> None:
    assert count_until([SurenessStep(sureness=0.5, n_tasks=10)], 6) is None
    assert count_until([], 1) is None
    assert count_until([SurenessStep(sureness=1.0, n_tasks=10)], 1) is None


@pytest.mark.parametrize(("hours", "said"), [(0.1, "10 minutes"), (0.97, "an hour"), (2.4, "2 hours")])
def test_hours_are_said_as_people_say_them(hours: float, said: str) -> None:
    assert say_hours(hours) == said


@pytest.mark.parametrize("step", list(NextStep))
def test_every_next_step_has_a_sentence(step: NextStep) -> None:
    headline = write_headline(replace(KNOWN, next_step=step, n_ties=2, n_warnings=1))
    assert headline.next.startswith("Next: ")
    assert headline.next.endswith(".")
    assert headline.next in headline.text


def test_money_comes_last_and_what_is_free_is_called_free() -> None:
    assert write_headline(KNOWN).text.endswith("The LLM has cost $0.24 of at most $5.00.")
    assert write_headline(replace(KNOWN, is_free=True, spent_usd=0.0)).money == "The built-in teacher costs nothing."


def test_a_census_is_no_estimate() -> None:
    census = Estimate(share=0.95, interval=(0.95, 0.95), n_labels=20, n_population=20, n_more=0)
    headline = write_headline(replace(KNOWN, n_texts=20, n_gold=18, right=census))
    assert headline.right == "95 % of the labels are right: people checked all 20 texts."
