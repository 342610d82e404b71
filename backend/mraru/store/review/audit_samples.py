"""Which texts of each project were drawn for the audit, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.project_tables import predictions, tasks
from mraru.store.tables.review_tables import audit_samples
from mraru.store.tasks.prediction_repository import RowState

SLICE = 500  # rows per statement, below SQLite's limit of bound values


class AuditSampleRepository:
    """Draws are never taken back; texts that no task has any more stay among them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, project_id: int, frame: str, text_hashes: Sequence[str], at: float) -> None:
        """Note draws of a frame in their order, after those there are; what was drawn before keeps its number."""
        of_frame = (audit_samples.c.project_id == project_id) & (audit_samples.c.frame == frame)
        with self._database.write() as connection:
            known = set(connection.scalars(select(audit_samples.c.text_hash).where(of_frame)))
            fresh = [text_hash for text_hash in dict.fromkeys(text_hashes) if text_hash not in known]
            n_before = connection.scalar(select(func.max(audit_samples.c.draw_number)).where(of_frame)) or 0
            rows = [
                {
                    "project_id": project_id,
                    "frame": frame,
                    "text_hash": text_hash,
                    "draw_number": draw_number,
                    "drawn_at": at,
                }
                for draw_number, text_hash in enumerate(fresh, start=n_before + 1)
            ]
            for start in range(0, len(rows), SLICE):
                connection.execute(insert(audit_samples), rows[start : start + SLICE])

    def list_drawn(self, project_id: int, frame: str) -> list[str]:
        """Hashes of all texts that were drawn of a frame, in the order of the draws."""
        statement = (
            select(audit_samples.c.text_hash)
            .where(audit_samples.c.project_id == project_id, audit_samples.c.frame == frame)
            .order_by(audit_samples.c.draw_number)
        )
        with self._database.read() as connection:
            return list(connection.scalars(statement))

    def list_task_ids(self, project_id: int) -> list[int]:
        """Tasks whose texts were drawn, of whatever frame, in the order of their numbers."""
        statement = (
            select(tasks.c.task_id)
            .join(
                audit_samples,
                (audit_samples.c.project_id == tasks.c.project_id) & (audit_samples.c.text_hash == tasks.c.text_hash),
            )
            .where(tasks.c.project_id == project_id)
            .distinct()
            .order_by(tasks.c.task_id)
        )
        with self._database.read() as connection:
            return list(connection.scalars(statement))

    def list_unmarked_tasks(self, project_id: int, model_version: str, mark: str) -> list[tuple[int, str]]:
        """Task and text hash of what was drawn and has no prediction of this version whose marks contain this one.

        In the order of the tasks; without those whose prediction Label Studio is about to keep.
        """
        of_task = and_(
            predictions.c.project_id == tasks.c.project_id,
            predictions.c.task_id == tasks.c.task_id,
            predictions.c.model_version == model_version,
        )
        is_marked = and_(of_task, predictions.c.marks.contains(mark, autoescape=True))
        is_on_its_way = and_(of_task, predictions.c.state == RowState.ANSWERED)
        statement = (
            select(tasks.c.task_id, tasks.c.text_hash)
            .join(
                audit_samples,
                (audit_samples.c.project_id == tasks.c.project_id) & (audit_samples.c.text_hash == tasks.c.text_hash),
            )
            .where(tasks.c.project_id == project_id, ~exists().where(or_(is_marked, is_on_its_way)))
            .distinct()
            .order_by(tasks.c.task_id)
        )
        with self._database.read() as connection:
            return [(row.task_id, row.text_hash) for row in connection.execute(statement)]
