"""Labels of people's annotations that do not count, since the label config has them no more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select

from mraru.store.database import Database
from mraru.store.tables.label_tables import set_aside_labels


class SetAsideLabelRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_all(self, project_id: int, labels: Collection[str]) -> bool:
        """Keep these labels, as annotations have them, and no others; returns whether that changed anything."""
        if set(labels) == self.load(project_id):
            return False
        with self._database.write() as connection:
            connection.execute(delete(set_aside_labels).where(set_aside_labels.c.project_id == project_id))
            if labels:
                rows = [{"project_id": project_id, "label": label} for label in sorted(set(labels))]
                connection.execute(insert(set_aside_labels), rows)
        return True

    def load(self, project_id: int) -> set[str]:
        with self._database.read() as connection:
            statement = select(set_aside_labels.c.label).where(set_aside_labels.c.project_id == project_id)
            return set(connection.scalars(statement))
