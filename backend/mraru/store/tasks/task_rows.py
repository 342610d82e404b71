"""Writes a list of tasks, of which almost all are known as they are: only what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import TaskText
from mraru.store.tables.project_tables import predictions, tasks
from mraru.store.tasks.prediction_repository import RowState

SLICE = 500  # rows per statement, below SQLite's limit of bound values
_OF_A_TEXT = (RowState.HELD, RowState.STALE)

TaskRow = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """What of a list of tasks differs from what is known."""

    rows: list[TaskRow] = field(default_factory=list)  # new ones and those with another text, overlap or source
    added: list[int] = field(default_factory=list)  # tasks that had no text or did not exist
    changed: list[int] = field(default_factory=list)  # known tasks with another text


def to_rows(project_id: int, texts: Iterable[TaskText]) -> list[TaskRow]:
    """Rows of the tasks that have a text."""
    return [
        {
            "project_id": project_id,
            "task_id": task.task_id,
            "text": task.text,
            "text_hash": task.text_hash,
            "overlap": task.overlap,
            "source_hash": task.source_hash,
        }
        for task in texts
        if task.text.strip()
    ]


def write_differing(connection: Connection, project_id: int, rows: Sequence[TaskRow]) -> int:
    """Write the rows that are new or differ, and return how many known tasks have another text than before."""
    differing = list_differing(connection, project_id, rows)
    for start in range(0, len(differing.rows), SLICE):
        statement = insert(tasks).values(differing.rows[start : start + SLICE])
        written = {name: statement.excluded[name] for name in ("text", "text_hash", "overlap", "source_hash")}
        connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "task_id"], set_=written))
    leave_behind(connection, project_id, differing.changed)
    leave_behind(connection, project_id, differing.added, (*_OF_A_TEXT, RowState.KEPT))
    return len(differing.changed)


def list_differing(connection: Connection, project_id: int, rows: Sequence[TaskRow]) -> Differing:
    differing = Differing()
    for start in range(0, len(rows), SLICE):
        of_slice = rows[start : start + SLICE]
        statement = select(tasks.c.task_id, tasks.c.text_hash, tasks.c.overlap, tasks.c.source_hash).where(
            tasks.c.project_id == project_id, tasks.c.task_id.in_([row["task_id"] for row in of_slice])
        )
        known = {row.task_id: (row.text_hash, row.overlap, row.source_hash) for row in connection.execute(statement)}
        for row in of_slice:
            before = known.get(row["task_id"])
            if before == (row["text_hash"], row["overlap"], row["source_hash"]):
                continue
            differing.rows.append(row)
            task_id = cast(int, row["task_id"])
            if before is None:
                differing.added.append(task_id)
            elif before[0] != row["text_hash"]:
                differing.changed.append(task_id)
    return differing


def keep_known(connection: Connection, project_id: int, task_ids: Sequence[int]) -> list[int]:
    """Those of these tasks that are known with a text."""
    found: list[int] = []
    for start in range(0, len(task_ids), SLICE):
        statement = select(tasks.c.task_id).where(
            tasks.c.project_id == project_id, tasks.c.task_id.in_(task_ids[start : start + SLICE])
        )
        found.extend(connection.scalars(statement))
    return found


def leave_behind(
    connection: Connection, project_id: int, task_ids: Sequence[int], states: Collection[RowState] = _OF_A_TEXT
) -> None:
    """Note that the predictions of these tasks are of the texts that they had.

    Args:
        states: the states in which predictions are marked.
    """
    for start in range(0, len(task_ids), SLICE):
        connection.execute(
            update(predictions)
            .where(
                predictions.c.project_id == project_id,
                predictions.c.task_id.in_(task_ids[start : start + SLICE]),
                predictions.c.state.in_(states),
            )
            .values(state=RowState.OF_FORMER_TEXT)
        )
