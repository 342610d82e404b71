"""What people said became of labels: under which name each label is read now.

Nothing that was said is rewritten. Annotations in Label Studio keep the old name, and so does the ledger; whoever reads
labels of a project reads them through this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, case, delete, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.tables.label_tables import label_renames

Share = TypeVar("Share", int, float)


class LabelRenameRepository:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def rename(self, project_id: int, old: str, new: str) -> None:
        """Read what was said under one label as another, which stands for itself from now on."""
        values = {"new_label": new, "renamed_at": self._clock()}
        with self._database.write() as connection:
            _forget(connection, project_id, [new])
            connection.execute(
                insert(label_renames)
                .values(project_id=project_id, old_label=old, **values)
                .on_conflict_do_update(index_elements=["project_id", "old_label"], set_=values)
            )

    def forget(self, project_id: int, labels: Collection[str]) -> int:
        """Let these labels stand for themselves again; returns how many did not."""
        with self._database.write() as connection:
            return _forget(connection, project_id, labels)

    def list_steps(self, project_id: int) -> dict[str, str]:
        """The new label by the old one, each as it was said."""
        with self._database.read() as connection:
            return _read_steps(connection, project_id)

    def load(self, project_id: int) -> dict[str, str]:
        """By each old label the name that it has now, however often it was renamed."""
        with self._database.read() as connection:
            return read_renames(connection, project_id)


def read_renames(connection: Connection, project_id: int) -> dict[str, str]:
    """As `LabelRenameRepository.load`, within a transaction."""
    return follow_steps(_read_steps(connection, project_id))


def follow_steps(steps: Mapping[str, str]) -> dict[str, str]:
    """The last name of each label that was renamed.

    >>> follow_steps({"a": "b", "b": "c", "x": "c"})
    {'a': 'c', 'b': 'c', 'x': 'c'}
    """
    ends: dict[str, str] = {}
    for old in steps:
        label = old
        for _ in steps:  # no more steps than there are, whatever they say
            label = steps.get(label, label)
        ends[old] = label
    return ends


def current_label(column: ColumnElement[str], renames: Mapping[str, str]) -> ColumnElement[str]:
    """A column of labels, read under their present names."""
    return case(dict(renames), value=column, else_=column) if renames else column


def rename_shares(
    shares: Mapping[str, Share] | Iterable[tuple[str, Share]], renames: Mapping[str, str]
) -> dict[str, Share]:
    """Probabilities or counts by label under the labels' present names, added up where two became one.

    >>> rename_shares({"a": 0.5, "b": 0.25, "c": 0.25}, {"a": "c"})
    {'c': 0.75, 'b': 0.25}
    """
    renamed: dict[str, Share] = {}
    for label, share in dict(shares).items():
        name = renames.get(label, label)
        renamed[name] = renamed[name] + share if name in renamed else share
    return renamed


def _read_steps(connection: Connection, project_id: int) -> dict[str, str]:
    rows = connection.execute(
        select(label_renames.c.old_label, label_renames.c.new_label)
        .where(label_renames.c.project_id == project_id)
        .order_by(label_renames.c.old_label)
    )
    return {row.old_label: row.new_label for row in rows}


def _forget(connection: Connection, project_id: int, labels: Collection[str]) -> int:
    result = connection.execute(
        delete(label_renames).where(
            label_renames.c.project_id == project_id, label_renames.c.old_label.in_(list(labels))
        )
    )
    return result.rowcount
