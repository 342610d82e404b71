"""Who may ask a question: nobody while its call is under way or once it is answered."""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from mraru.errors import AlreadyAsked
from mraru.records import TeacherIdentity
from mraru.store.ledger.spending import CallStatus
from mraru.store.moments import is_older
from mraru.store.tables.project_tables import calls

logger = logging.getLogger(__name__)


def claim_question(
    connection: Connection, identity: TeacherIdentity, text_hash: str, *, now: float, lost_after_s: float
) -> None:
    """Make sure that nobody else asks, and forfeit the calls of dead processes that did.

    Args:
        now: seconds since 1970.
        lost_after_s: seconds after which an open call counts as lost, unless it is a batch job's.

    Raises:
        AlreadyAsked: the question is answered, or a call about it is under way.
    """
    rows = connection.execute(
        select(calls.c.call_id, calls.c.status, calls.c.created_at, calls.c.batch_job_id).where(
            asks(identity, text_hash),
            or_(
                and_(calls.c.status == CallStatus.ANSWERED, is_whole(identity)),
                calls.c.status == CallStatus.RESERVED,
            ),
        )
    ).all()
    if any(
        row.status == CallStatus.ANSWERED
        or not is_older(row.created_at, now, lost_after_s)
        or row.batch_job_id is not None
        for row in rows
    ):
        raise AlreadyAsked
    for row in rows:
        logger.warning(
            "call %d has had no answer for %.0f s: it counts as lost, and its text is asked about again",
            row.call_id,
            lost_after_s,
            extra={"event": "call_lost"},
        )
        connection.execute(
            update(calls)
            .where(calls.c.call_id == row.call_id)
            .values(
                status=CallStatus.FORFEITED,
                error=f"no answer was written down within {lost_after_s:.0f} s",
                finished_at=now,
            )
        )


def asks(identity: TeacherIdentity, text_hash: str) -> ColumnElement[bool]:
    """The same question, by any of its versions; rows without a server are from before servers were written down."""
    return and_(
        calls.c.text_hash == text_hash,
        calls.c.model == identity.model,
        calls.c.prompt_version.in_(identity.versions),
        calls.c.server.in_({identity.server, ""}),
    )


def is_whole(identity: TeacherIdentity) -> ColumnElement[bool]:
    """Whether an answer stands: one that was cut at a lower limit than there is now does not."""
    return or_(calls.c.cut_at.is_(None), calls.c.cut_at >= identity.answer_limit)
