"""The tasks of each project, reduced to their texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    distinct,
    exists,
    func,
    or_,
    select,
)

from mraru.records import TaskText
from mraru.store.database import Database
from mraru.store.tables.project_tables import predictions, task_annotations, tasks, vectors
from mraru.store.tasks.open_tasks import is_begun, is_open
from mraru.store.tasks.prediction_repository import RowState
from mraru.store.tasks.task_rows import SLICE, keep_known, leave_behind, list_differing, to_rows, write_differing


class TaskRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, project_id: int, texts: Iterable[TaskText]) -> int:
        """Add tasks, or change their texts and overlaps; a task without text is left out and forgotten.

        Returns:
            How many known tasks have another text than before.
        """
        listed = list(texts)
        rows = to_rows(project_id, listed)
        n_changed = 0
        without_text = [task.task_id for task in listed if not task.text.strip()]
        with self._database.read() as connection:
            differs = bool(list_differing(connection, project_id, rows).rows)
            emptied = keep_known(connection, project_id, without_text)
        if differs:  # else, as in almost every sync, the store is not locked
            with self._database.write() as connection:
                n_changed = write_differing(connection, project_id, rows)
        if emptied:
            with self._database.write() as connection:  # Label Studio still holds their predictions
                leave_behind(connection, project_id, emptied)
            self._remove_from((tasks, task_annotations), project_id, emptied)
        return n_changed

    def remove(self, project_id: int, task_ids: Sequence[int]) -> None:
        """Forget tasks, their predictions and what people said of them."""
        self._remove_from((tasks, predictions, task_annotations), project_id, task_ids)

    def remove_all_but(self, project_id: int, task_ids: Iterable[int]) -> None:
        """Forget the tasks that Label Studio no longer has."""
        kept = set(task_ids)
        with self._database.read() as connection:
            predicted = connection.scalars(
                select(predictions.c.task_id).where(predictions.c.project_id == project_id).distinct()
            ).all()
        known = {*self.list_ids(project_id), *predicted}
        self.remove(project_id, sorted(known - kept))

    def list_ids(self, project_id: int) -> list[int]:
        with self._database.read() as connection:
            return list(
                connection.scalars(
                    select(tasks.c.task_id).where(tasks.c.project_id == project_id).order_by(tasks.c.task_id)
                )
            )

    def list_after(self, project_id: int, task_id: int, limit: int) -> list[TaskText]:
        """The next tasks after this number, in the order of theirs: a page of a pool of any size."""
        statement = (
            select(tasks.c.task_id, tasks.c.text)
            .where(tasks.c.project_id == project_id, tasks.c.task_id > task_id)
            .order_by(tasks.c.task_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [TaskText(task_id=row.task_id, text=row.text) for row in connection.execute(statement)]

    def count(self, project_id: int) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(tasks.c.project_id == project_id)) or 0

    def count_texts(self, project_id: int) -> int:
        """Distinct texts: equal ones are asked about once."""
        with self._database.read() as connection:
            # over the index alone: count(distinct) would gather all hashes first
            texts = select(tasks.c.text_hash).where(tasks.c.project_id == project_id).distinct().subquery()
            return connection.scalar(select(func.count()).select_from(texts)) or 0

    def count_embedded(self, project_id: int, embedding_model: str) -> int:
        """Distinct texts whose vector is kept."""
        statement = select(func.count(distinct(tasks.c.text_hash))).where(
            tasks.c.project_id == project_id, _is_embedded(embedding_model)
        )
        with self._database.read() as connection:
            return connection.scalar(statement) or 0

    def list_text_hashes(self, project_id: int) -> list[str]:
        """Hashes of the distinct texts, sorted."""
        with self._database.read() as connection:
            statement = select(tasks.c.text_hash).where(tasks.c.project_id == project_id).distinct()
            return sorted(connection.scalars(statement))

    def list_text_hashes_from(self, project_id: int, start: str, limit: int) -> list[str]:
        """The first distinct hashes that are not below `start`, sorted: read off the index, not the whole pool."""
        statement = select(tasks.c.text_hash).where(tasks.c.project_id == project_id, tasks.c.text_hash >= start)
        with self._database.read() as connection:
            return list(connection.scalars(statement.distinct().order_by(tasks.c.text_hash).limit(limit)))

    def list_text_hashes_between(self, project_id: int, low: str, high: str) -> list[str]:
        """The distinct hashes from `low` to before `high`, sorted."""
        statement = select(tasks.c.text_hash).where(
            tasks.c.project_id == project_id, tasks.c.text_hash >= low, tasks.c.text_hash < high
        )
        with self._database.read() as connection:
            return list(connection.scalars(statement.distinct().order_by(tasks.c.text_hash)))

    def keep_present(self, project_id: int, text_hashes: Sequence[str]) -> set[str]:
        """Those of the hashes whose texts tasks of the project have."""
        present: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                statement = select(tasks.c.text_hash).where(
                    tasks.c.project_id == project_id,
                    tasks.c.text_hash.in_(text_hashes[start : start + SLICE]),
                )
                present.update(connection.scalars(statement))
        return present

    def load_texts(self, project_id: int, text_hashes: Sequence[str]) -> dict[str, str]:
        """Texts by hash."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                rows = connection.execute(
                    select(tasks.c.text_hash, tasks.c.text).where(
                        tasks.c.project_id == project_id,
                        tasks.c.text_hash.in_(text_hashes[start : start + SLICE]),
                    )
                )
                found.update((row.text_hash, row.text) for row in rows)
        return found

    def load_fetched(self, project_id: int, source_hashes: Sequence[str]) -> dict[str, str]:
        """Texts that were fetched, by what they were read from; see `TaskText.source_hash`."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for start in range(0, len(source_hashes), SLICE):
                rows = connection.execute(
                    select(tasks.c.source_hash, tasks.c.text).where(
                        tasks.c.project_id == project_id,
                        tasks.c.source_hash.in_(source_hashes[start : start + SLICE]),
                    )
                )
                found.update((row.source_hash, row.text) for row in rows)
        return found

    def load_text(self, project_id: int, task_id: int) -> str | None:
        """The text of one task."""
        with self._database.read() as connection:
            return connection.scalar(
                select(tasks.c.text).where(tasks.c.project_id == project_id, tasks.c.task_id == task_id)
            )

    def load_text_hashes(self, project_id: int, task_ids: Sequence[int]) -> dict[int, str]:
        """Hashes of texts, by task; a task that is not known is missing."""
        found: dict[int, str] = {}
        with self._database.read() as connection:
            for start in range(0, len(task_ids), SLICE):
                rows = connection.execute(
                    select(tasks.c.task_id, tasks.c.text_hash).where(
                        tasks.c.project_id == project_id, tasks.c.task_id.in_(task_ids[start : start + SLICE])
                    )
                )
                found.update((row.task_id, row.text_hash) for row in rows)
        return found

    def list_tasks_of(self, project_id: int, text_hashes: Sequence[str]) -> dict[str, list[int]]:
        """Task ids by text hash."""
        found: dict[str, list[int]] = {}
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                rows = connection.execute(
                    select(tasks.c.text_hash, tasks.c.task_id).where(
                        tasks.c.project_id == project_id,
                        tasks.c.text_hash.in_(text_hashes[start : start + SLICE]),
                    )
                )
                for row in rows:
                    found.setdefault(row.text_hash, []).append(row.task_id)
        return found

    def list_open(self, project_id: int) -> list[tuple[int, str]]:
        """Task id and text hash of the tasks that people are still to label, in the order of their ids."""
        return self._pairs(_open_tasks(project_id))

    def list_begun(self, project_id: int) -> list[tuple[int, str]]:
        """The open tasks that some have labelled and others are still to."""
        return self._pairs(_open_tasks(project_id).where(is_begun()))

    def list_open_with_vector(self, project_id: int, embedding_model: str) -> list[tuple[int, str]]:
        """The open tasks whose texts were embedded already."""
        embedded = exists().where(and_(vectors.c.model == embedding_model, vectors.c.text_hash == tasks.c.text_hash))
        return self._pairs(_open_tasks(project_id).where(embedded))

    def list_unpredicted(self, project_id: int, model_version: str) -> list[tuple[int, str]]:
        """The open tasks that have no prediction of this version."""
        return self._pairs(_open_tasks(project_id).where(~exists().where(_predicted_by(model_version))))

    def list_outdated(self, project_id: int, model_version: str, round_number: int) -> list[tuple[int, str]]:
        """The open tasks whose prediction of this version the round's student has not seen, lowest score first.

        And those whose prediction is to be written again; not those whose prediction Label Studio is about to keep.
        """
        is_outdated = or_(
            predictions.c.round_number != round_number,
            predictions.c.state.in_((RowState.STALE, RowState.OF_FORMER_TEXT)),
        )
        statement = (
            _open_tasks(project_id)
            .join(predictions, _predicted_by(model_version))
            .where(is_outdated, predictions.c.state != RowState.ANSWERED)
            .order_by(None)
            .order_by(predictions.c.score, tasks.c.task_id)
        )
        return self._pairs(statement)

    def _remove_from(self, tables: Sequence[Table], project_id: int, task_ids: Sequence[int]) -> None:
        if not task_ids:
            return
        with self._database.write() as connection:
            for start in range(0, len(task_ids), SLICE):
                gone = task_ids[start : start + SLICE]
                for table in tables:
                    connection.execute(delete(table).where(table.c.project_id == project_id, table.c.task_id.in_(gone)))

    def _pairs(self, statement: Select[tuple[int, str]]) -> list[tuple[int, str]]:
        with self._database.read() as connection:
            return [(row.task_id, row.text_hash) for row in connection.execute(statement)]


def _predicted_by(model_version: str) -> ColumnElement[bool]:
    return and_(
        predictions.c.project_id == tasks.c.project_id,
        predictions.c.task_id == tasks.c.task_id,
        predictions.c.model_version == model_version,
    )


def _is_embedded(embedding_model: str) -> ColumnElement[bool]:
    return exists().where(and_(vectors.c.model == embedding_model, vectors.c.text_hash == tasks.c.text_hash))


def _open_tasks(project_id: int) -> Select[tuple[int, str]]:
    return (
        select(tasks.c.task_id, tasks.c.text_hash)
        .where(tasks.c.project_id == project_id, is_open())
        .order_by(tasks.c.task_id)
    )
