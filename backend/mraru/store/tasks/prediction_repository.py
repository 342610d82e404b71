"""Our predictions in Label Studio: what each task has there, and whether that is sure.

The last known label of a task stands here until a newer one is written there. Each change is written down before it is
sent, so that an end in between leaves behind which tasks are to be looked at.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, Select, delete, distinct, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import Prediction
from mraru.store.database import Database
from mraru.store.tables.project_tables import predictions, tasks

SLICE = 500  # rows per statement, below SQLite's limit of bound values


class RowState(StrEnum):
    """How sure it is that Label Studio holds a row as it is noted."""

    HELD = "held"
    STALE = "stale"  # held in another form or under a former name: to be written again
    OF_FORMER_TEXT = "of former text"  # held, but the task has another text now, or none
    WRITING = "writing"  # sent, and not heard of since
    ANSWERED = "answered"  # in an answer to Label Studio, which keeps it by itself
    SUPERSEDED = "superseded"  # a further one, to be removed
    KEPT = "kept"  # a further one to which an annotation refers


OF_TASKS = tuple(state for state in RowState if state not in (RowState.SUPERSEDED, RowState.KEPT))
UNSURE = (RowState.WRITING, RowState.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRow:
    """A prediction with what is known of it in Label Studio."""

    prediction: Prediction
    state: RowState
    prediction_id: int | None = None  # None: not known yet
    noted_at: float = 0.0

    @property
    def key(self) -> tuple[int, str]:
        """Task and model version."""
        return self.prediction.task_id, self.prediction.model_version


class PredictionRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        project_id: int,
        listed: Sequence[Prediction],
        state: RowState = RowState.HELD,
        ids: Mapping[tuple[int, str], int] | None = None,
    ) -> None:
        """Note predictions; each replaces what was noted of its task and version before.

        Args:
            ids: Label Studio's numbers by task and version, where known.
        """
        known = ids or {}
        rows = [
            PredictionRow(prediction=row, state=state, prediction_id=known.get((row.task_id, row.model_version)))
            for row in listed
        ]
        self.put(project_id, rows)

    def put(self, project_id: int, rows: Iterable[PredictionRow]) -> None:
        """Note rows in place of those of the same tasks and versions."""
        values = [self._to_values(project_id, row) for row in rows]
        with self._database.write(project_id) as connection:
            for start in range(0, len(values), SLICE):
                statement = insert(predictions).values(values[start : start + SLICE])
                changed = {name: statement.excluded[name] for name in values[start] if name not in _KEY}
                connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changed))

    def note_answers(self, project_id: int, listed: Sequence[Prediction]) -> None:
        """Note what Label Studio was told and keeps by itself, where nothing is noted."""
        rows = [PredictionRow(prediction=row, state=RowState.ANSWERED) for row in listed]
        values = [self._to_values(project_id, row) for row in rows]
        with self._database.write(project_id) as connection:
            for start in range(0, len(values), SLICE):
                statement = insert(predictions).values(values[start : start + SLICE])
                connection.execute(statement.on_conflict_do_nothing(index_elements=_KEY))

    def confirm(self, project_id: int, keys: Collection[tuple[int, str]], round_number: int) -> None:
        """The student of this round says the same as these rows do: they are its own from now on."""
        by_version: dict[str, list[int]] = {}
        for task_id, version in keys:
            by_version.setdefault(version, []).append(task_id)
        with self._database.write(project_id) as connection:
            for version, task_ids in by_version.items():
                for start in range(0, len(task_ids), SLICE):
                    named = predictions.c.task_id.in_(task_ids[start : start + SLICE])
                    connection.execute(
                        update(predictions)
                        .where(predictions.c.project_id == project_id, predictions.c.model_version == version, named)
                        .values(round_number=round_number)
                    )

    def replace_tasks(self, project_id: int, task_ids: Sequence[int], rows: Iterable[PredictionRow]) -> None:
        """Take these rows in place of all that is noted of these tasks."""
        self.forget_tasks(project_id, task_ids)
        self.put(project_id, rows)

    def forget_tasks(self, project_id: int, task_ids: Sequence[int]) -> None:
        with self._database.write(project_id) as connection:
            for start in range(0, len(task_ids), SLICE):
                named = predictions.c.task_id.in_(task_ids[start : start + SLICE])
                connection.execute(delete(predictions).where(predictions.c.project_id == project_id, named))

    def forget(self, project_id: int, key: tuple[int, str]) -> None:
        """Label Studio holds this one no longer."""
        with self._database.write(project_id) as connection:
            connection.execute(
                delete(predictions).where(
                    predictions.c.project_id == project_id,
                    predictions.c.task_id == key[0],
                    predictions.c.model_version == key[1],
                )
            )

    def doubt(self, project_id: int) -> None:
        """Have every row written again, because its form in Label Studio is no longer right."""
        with self._database.write(project_id) as connection:
            connection.execute(
                update(predictions)
                .where(predictions.c.project_id == project_id, predictions.c.state == RowState.HELD)
                .values(state=RowState.STALE)
            )

    def load(self, project_id: int, model_version: str, task_ids: Sequence[int]) -> dict[int, Prediction]:
        """The last known predictions of these tasks under this version; not those of a text that a task had before."""
        return {
            row.prediction.task_id: row.prediction
            for row in self.load_rows(project_id, task_ids)
            if row.prediction.model_version == model_version and row.state is not RowState.OF_FORMER_TEXT
        }

    def load_rows(self, project_id: int, task_ids: Sequence[int]) -> list[PredictionRow]:
        """All that is noted of these tasks."""
        found: list[PredictionRow] = []
        with self._database.read() as connection:
            for start in range(0, len(task_ids), SLICE):
                named = predictions.c.task_id.in_(task_ids[start : start + SLICE])
                listed = connection.execute(_select_rows(project_id).where(named))
                found.extend(_read(row) for row in listed)
        return found

    def list_in_state(
        self, project_id: int, states: Collection[RowState], limit: int | None = None
    ) -> list[PredictionRow]:
        """Rows in one of these states, by task."""
        statement = _select_rows(project_id).where(predictions.c.state.in_(states)).order_by(predictions.c.task_id)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(statement.limit(limit))]

    def list_of_no_text(self, project_id: int) -> list[PredictionRow]:
        """What Label Studio holds of tasks that have no text any more, by task; not what is to be left there."""
        statement = _select_rows(project_id).where(
            predictions.c.state.not_in((*UNSURE, RowState.KEPT)), ~exists().where(_OF_TASK)
        )
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(statement.order_by(predictions.c.task_id))]

    def list_task_ids(self, project_id: int) -> list[int]:
        """The tasks of which anything is noted."""
        statement = select(predictions.c.task_id).where(predictions.c.project_id == project_id).distinct()
        with self._database.read() as connection:
            return list(connection.scalars(statement.order_by(predictions.c.task_id)))

    def list_marked(self, project_id: int, mark: str) -> list[tuple[int, str]]:
        """Task id and text hash of the tasks that have a prediction with this mark."""
        statement = (
            select(tasks.c.task_id, tasks.c.text_hash)
            .join(predictions, _OF_TASK)
            .where(
                tasks.c.project_id == project_id,
                predictions.c.state.in_(OF_TASKS),
                predictions.c.marks.contains(json.dumps(mark), autoescape=True),
            )
            .order_by(tasks.c.task_id)
            .distinct()
        )
        with self._database.read() as connection:
            return [(row.task_id, row.text_hash) for row in connection.execute(statement)]

    def count_texts(self, project_id: int, model_version: str) -> int:
        """Distinct texts of the tasks that have a prediction of this version."""
        texts = _predicted_texts(project_id, model_version).distinct().subquery()
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(texts)) or 0

    def count_rows(self, project_id: int) -> int:
        """How many predictions of ours Label Studio should hold."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(predictions.c.project_id == project_id)) or 0

    def count_in_state(self, project_id: int, state: RowState) -> int:
        of_state = (predictions.c.project_id == project_id) & (predictions.c.state == state)
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(of_state)) or 0

    def count(self, project_id: int) -> int:
        """Tasks that have a prediction, but those whose text was removed."""
        statement = (
            select(func.count(distinct(predictions.c.task_id)))
            .where(predictions.c.project_id == project_id, predictions.c.state.in_(OF_TASKS))
            .where(or_(predictions.c.state != RowState.OF_FORMER_TEXT, exists().where(_OF_TASK)))
        )
        with self._database.read() as connection:
            return connection.scalar(statement) or 0

    def _to_values(self, project_id: int, row: PredictionRow) -> dict[str, object]:
        prediction = row.prediction
        return {
            "project_id": project_id,
            "task_id": prediction.task_id,
            "model_version": prediction.model_version,
            "label": prediction.label,
            "score": prediction.score,
            "note": prediction.note,
            "marks": json.dumps(list(prediction.marks)),
            "round_number": prediction.round_number,
            "prediction_id": row.prediction_id,
            "state": row.state,
            "noted_at": row.noted_at or self._clock(),
        }


_KEY = ["project_id", "task_id", "model_version"]
_OF_TASK = (predictions.c.project_id == tasks.c.project_id) & (predictions.c.task_id == tasks.c.task_id)


def _select_rows(project_id: int) -> Select[tuple[object, ...]]:
    return select(*predictions.c).where(predictions.c.project_id == project_id)


def _read(row: Row[tuple[object, ...]]) -> PredictionRow:
    return PredictionRow(
        prediction=Prediction(
            task_id=row.task_id,
            label=row.label,
            score=row.score,
            model_version=row.model_version,
            note=row.note,
            marks=tuple(json.loads(row.marks)),
            round_number=row.round_number,
        ),
        state=RowState(row.state),
        prediction_id=row.prediction_id,
        noted_at=row.noted_at,
    )


def _predicted_texts(project_id: int, model_version: str) -> Select[tuple[str]]:
    return (
        select(tasks.c.text_hash)
        .join(predictions, _OF_TASK)
        .where(
            tasks.c.project_id == project_id,
            predictions.c.model_version == model_version,
            predictions.c.state != RowState.OF_FORMER_TEXT,
        )
    )
