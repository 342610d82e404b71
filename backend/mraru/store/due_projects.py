"""Which projects have something to do: one question, so that those that rest cost nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select, update

from mraru.store.database import Database
from mraru.store.ledger.batch_jobs import OPEN
from mraru.store.projects.project_repository import NOT_STARTED
from mraru.store.tables.project_tables import batch_jobs, events, projects

LONGEST_WAIT_S = 7200.0  # seconds; what is to be done later than that was noted by a clock that was set back


@dataclass(frozen=True, slots=True, kw_only=True)
class DueProject:
    """A project to be looked at now."""

    project_id: int
    is_to_be_read: bool  # it was last read from Label Studio too long ago


class DueProjectRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, project_id: int, again_at: float | None) -> None:
        """Write down from when on there is something to do (seconds since 1970); None: not until something comes.

        Raises:
            LeaseLost: the caller held the project's lease, and another one has it.
        """
        is_other = projects.c.again_at.is_distinct_from(again_at)
        with self._database.read() as connection:
            if not connection.scalar(select(exists().where(projects.c.project_id == project_id, is_other))):
                return
        with self._database.write(project_id) as connection:
            connection.execute(update(projects).where(projects.c.project_id == project_id).values(again_at=again_at))

    def list_due(self, now: float, reconcile_every_s: float) -> list[DueProject]:
        """Projects for which something came or whose time has come, by number.

        Args:
            now: seconds since 1970.
            reconcile_every_s: seconds after which a started project is read from Label Studio again.
        """
        is_started = projects.c.state.not_in(NOT_STARTED)
        is_stale = or_(
            projects.c.synced_at.is_(None),
            projects.c.synced_at < now - reconcile_every_s,
            projects.c.synced_at > now + reconcile_every_s,  # the clock was set back
        )
        has_events = exists().where(events.c.project_id == projects.c.project_id, events.c.done_at.is_(None))
        has_jobs = exists().where(
            batch_jobs.c.project_id == projects.c.project_id, batch_jobs.c.status.in_(OPEN)
        )  # what they answer is paid for
        has_work = or_(
            is_stale,
            projects.c.is_sync_due,
            projects.c.n_corrections > 0,
            projects.c.again_at <= now,
            projects.c.again_at > now + LONGEST_WAIT_S,
            has_jobs,
        )
        statement = select(projects.c.project_id, and_(is_started, is_stale).label("is_to_be_read")).where(
            or_(
                projects.c.is_wanted,
                has_events,
                and_(is_started, has_work),
                and_(~is_started, or_(projects.c.start_asked_at.is_not(None), has_jobs)),
            )
        )
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(projects.c.project_id)).all()
        return [DueProject(project_id=row.project_id, is_to_be_read=bool(row.is_to_be_read)) for row in rows]
