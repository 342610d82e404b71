"""A call booked before it is made: its question claimed, its bounds fitted into the budgets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from mraru.budget_records import Budget
from mraru.records import TeacherIdentity
from mraru.store.ledger.claims import claim_question
from mraru.store.ledger.headroom import CallSize, check_headroom, is_well_known
from mraru.store.ledger.overruns import read_factor
from mraru.store.ledger.spending import CallStatus, check_budget
from mraru.store.projects.stored_settings import read_budget
from mraru.store.tables.project_tables import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A question and the most that asking it may take."""

    project_id: int
    identity: TeacherIdentity  # who is asked
    text_hash: str
    cost_bound_usd: float  # as the teacher says
    tokens_bound: int
    round_number: int | None = None  # that asks; None: a call outside the rounds
    batch_job_id: int | None = None  # that makes the call; None: it is made at once


def reserve_call(
    connection: Connection,
    claim: Claim,
    *,
    budget: Budget,
    total_budget: Budget | None,
    with_headroom: bool,
    now: float,
    lost_after_s: float,
) -> int:
    """Claim the question and book its call in the transaction of the connection; returns the call's number.

    Args:
        with_headroom: whether there must be room, too, for what calls under way may use beyond their bounds.
        lost_after_s: seconds after which an open call counts as lost.

    Raises:
        AlreadyAsked: the same question is answered, or a call about it is under way.
        RoomTaken: what is left may be used by calls under way.
        BudgetExceeded: what is spent and reserved leaves no room for it.
    """
    identity = claim.identity
    claim_question(connection, identity, claim.text_hash, now=now, lost_after_s=lost_after_s)
    factor = read_factor(connection, identity.server, identity.model)
    cost_usd, n_tokens = claim.cost_bound_usd * factor, math.ceil(claim.tokens_bound * factor)
    own_budget = read_budget(connection, claim.project_id, budget)  # here: a lowered one holds from the next call on
    in_batch = claim.batch_job_id is not None
    for whose, caps in ((claim.project_id, own_budget), (None, total_budget or Budget())):
        if caps == Budget():
            continue
        check_budget(connection, whose, caps, cost_usd=cost_usd, n_tokens=n_tokens)
        if with_headroom and not (in_batch and is_well_known(connection, identity)):
            size = CallSize(cost_usd=cost_usd, n_tokens=n_tokens, bound_factor=factor, in_batch=in_batch)
            check_headroom(connection, whose, caps, size, since=now - lost_after_s)
    call_id = connection.scalar(
        insert(calls)
        .values(
            project_id=claim.project_id,
            model=identity.model,
            prompt_version=identity.prompt_version,
            is_zero_shot=identity.is_zero_shot,
            server=identity.server,
            round_number=claim.round_number,
            text_hash=claim.text_hash,
            status=CallStatus.RESERVED,
            reserved_usd=cost_usd,
            reserved_tokens=n_tokens,
            bound_factor=factor,
            batch_job_id=claim.batch_job_id,
            created_at=now,
        )
        .returning(calls.c.call_id)
    )
    assert call_id is not None  # RETURNING of an insert gives a row
    return int(call_id)
