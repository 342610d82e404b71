"""What is known of a project before its headline is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mraru.quality.audit.share_estimates import Estimate
from mraru.reporting.headline.next_steps import NextStep
from mraru.store.tasks.open_work import Pace, SurenessStep

CERTAIN = 0.9  # probability that a label is right from which nobody need look at it first


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a headline is made of."""

    project_id: int
    is_read: bool  # its tasks were read from Label Studio
    next_step: NextStep
    n_tasks: int
    n_texts: int  # distinct
    n_gold: int  # texts that people labelled
    n_first: int  # labels that people are to check before anybody relies on the built-in teacher
    n_ties: int
    n_warnings: int  # that people should see to
    n_open: int  # tasks that wait for people
    n_labels_left: int  # that people are still to give these
    n_unlabelled: int  # open tasks without any label
    sureness: Sequence[SurenessStep]  # of the other open tasks, the least sure first
    right: Estimate | None  # the share of the final labels that are right, from the audit; None: nothing can be said
    n_audit_waiting: int  # texts drawn for the audit that wait for people
    n_turns: int | None  # tasks from the top of the audit's tab until its first figures are told; None: not known
    n_teacher_labels: int  # texts that the LLM labelled: of them the audit draws texts, too
    audit_share: float  # of what the label stream serves; 0: the audit is off
    target: float | None  # share of right labels that is wanted; None: nobody said
    pace: Pace  # of people, within the last hour
    spent_usd: float
    max_cost_usd: float
    is_free: bool  # no LLM is asked
