"""Batch jobs of the teachers' servers: what was sent, what is under way, what is still to be learned from."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update

from mraru.records import TeacherIdentity
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import batch_jobs, batch_requests, calls


class BatchStatus(StrEnum):
    """What a job does next: a restart goes on from here."""

    PREPARING = "preparing"  # its calls are being reserved; the server knows nothing of it
    SUBMITTING = "submitting"  # the server may know it: to be looked for by its mark
    UNDER_WAY = "under way"
    THROUGH = "through"  # no call is open any more; its answers are to be taken over as labels
    DONE = "done"
    FAILED = "failed"  # no answer came of it


OPEN = (BatchStatus.PREPARING, BatchStatus.SUBMITTING, BatchStatus.UNDER_WAY, BatchStatus.THROUGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """A row of `batch_jobs`."""

    job_id: int
    project_id: int
    round_number: int
    server: str
    model: str
    prompt_version: str
    mark: str
    remote_id: str | None
    status: BatchStatus
    n_requests: int
    n_done: int
    error: str | None
    created_at: float
    submitted_at: float | None
    polled_at: float | None
    finished_at: float | None

    @property
    def identity(self) -> TeacherIdentity:
        """Who was asked, and how."""
        return TeacherIdentity(model=self.model, prompt_version=self.prompt_version, server=self.server)

    @property
    def is_over(self) -> bool:
        return self.status not in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """A call of a job whose answer is not written down yet."""

    call_id: int
    text_hash: str
    body: str  # as its teacher planned it
    asked_again_at: float | None
    reserved_usd: float


def _job(row: Row[tuple[object, ...]]) -> BatchJob:
    values = dict(row._mapping)
    values["status"] = BatchStatus(values["status"])
    return BatchJob(**values)


class BatchJobRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, project_id: int, *, round_number: int, identity: TeacherIdentity, at: float) -> BatchJob:
        """Begin a job; nobody is asked yet."""
        values = {
            "project_id": project_id,
            "round_number": round_number,
            "server": identity.server,
            "model": identity.model,
            "prompt_version": identity.prompt_version,
            "mark": secrets.token_hex(16),
            "status": BatchStatus.PREPARING,
            "created_at": at,
        }
        with self._database.write() as connection:
            row = connection.execute(insert(batch_jobs).values(**values).returning(batch_jobs)).one()
        return _job(row)

    def get(self, job_id: int) -> BatchJob | None:
        with self._database.read() as connection:
            row = connection.execute(select(batch_jobs).where(batch_jobs.c.job_id == job_id)).first()
        return _job(row) if row else None

    def list_all(self, project_id: int) -> list[BatchJob]:
        """The jobs of a project, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(batch_jobs).where(batch_jobs.c.project_id == project_id).order_by(batch_jobs.c.job_id)
            ).all()
        return [_job(row) for row in rows]

    def list_open(self, project_id: int) -> list[BatchJob]:
        """Those of them that are not over."""
        return [job for job in self.list_all(project_id) if not job.is_over]

    def update(self, job_id: int, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(batch_jobs).where(batch_jobs.c.job_id == job_id).values(**values))

    def discard(self, job_id: int) -> None:
        """Forget a job that never had a call."""
        with self._database.write() as connection:
            connection.execute(delete(batch_jobs).where(batch_jobs.c.job_id == job_id))

    def list_requests(self, job_id: int) -> list[BatchRequest]:
        """Calls of the job that are still open, in the order in which they were booked."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(
                    batch_requests.c.call_id,
                    batch_requests.c.text_hash,
                    batch_requests.c.body,
                    batch_requests.c.asked_again_at,
                    calls.c.reserved_usd,
                )
                .join(calls, calls.c.call_id == batch_requests.c.call_id)
                .where(batch_requests.c.job_id == job_id, calls.c.status == CallStatus.RESERVED)
                .order_by(batch_requests.c.call_id)
            ).all()
        return [BatchRequest(**row._mapping) for row in rows]

    def note_asked_again(self, call_id: int, at: float) -> None:
        """A wrong answer is about to be asked again at once: after a crash, it is not paid for another time."""
        with self._database.write() as connection:
            connection.execute(
                update(batch_requests).where(batch_requests.c.call_id == call_id).values(asked_again_at=at)
            )

    def close(self, job_id: int, status: BatchStatus, at: float, error: str | None = None) -> None:
        """No call of the job is open any more: what was sent is forgotten, as the ledger holds what came of it."""
        with self._database.write() as connection:
            connection.execute(delete(batch_requests).where(batch_requests.c.job_id == job_id))
            connection.execute(
                update(batch_jobs)
                .where(batch_jobs.c.job_id == job_id)
                .values(status=status, finished_at=at, error=func.coalesce(error, batch_jobs.c.error))
            )

    def list_answered(self, job_id: int) -> list[str]:
        """Hashes of the texts that the job answered."""
        with self._database.read() as connection:
            statement = select(calls.c.text_hash).where(
                calls.c.batch_job_id == job_id, calls.c.status == CallStatus.ANSWERED
            )
            return list(connection.scalars(statement.order_by(calls.c.call_id)))

    def find_identity(self, job: BatchJob, text_hash: str) -> TeacherIdentity:
        """Who answered the job about a text: its prompt may be another version than the job's."""
        with self._database.read() as connection:
            version = connection.scalar(
                select(calls.c.prompt_version).where(
                    calls.c.batch_job_id == job.job_id,
                    calls.c.text_hash == text_hash,
                    calls.c.status == CallStatus.ANSWERED,
                )
            )
        return job.identity if version is None else replace(job.identity, prompt_version=version)

    def list_waiting_texts(
        self, project_id: int, identities: Collection[TeacherIdentity], *, but_of: Collection[int] = ()
    ) -> set[str]:
        """Hashes of texts in jobs of this project, or in any project's that ask one of these teachers.

        Args:
            but_of: jobs that are left out.
        """
        same = [
            and_(
                calls.c.server == identity.server,
                calls.c.model == identity.model,
                calls.c.prompt_version.in_(identity.versions),
            )
            for identity in identities
        ]
        with self._database.read() as connection:
            statement = select(calls.c.text_hash).where(
                calls.c.batch_job_id.is_not(None),
                calls.c.batch_job_id.not_in(but_of),
                calls.c.status == CallStatus.RESERVED,
                or_(calls.c.project_id == project_id, *same),
            )
            return set(connection.scalars(statement))
