"""What a consensus over all that people said gave for texts on which they differ."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from mraru.store.database import Database
from mraru.store.labels.label_renames import read_renames
from mraru.store.tables.review_tables import settled_gold

SLICE = 500  # rows per statement


class SettledGoldRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_all(self, project_id: int, labels: Mapping[str, str]) -> int:
        """Keep these labels by text hash, and no others; returns how many texts have another than before."""
        former = self.load(project_id)
        if former == labels:
            return 0
        rows = [
            {"project_id": project_id, "text_hash": text_hash, "label": label} for text_hash, label in labels.items()
        ]
        with self._database.write() as connection:
            connection.execute(delete(settled_gold).where(settled_gold.c.project_id == project_id))
            for start in range(0, len(rows), SLICE):
                connection.execute(insert(settled_gold), rows[start : start + SLICE])
        return sum(former.get(text_hash) != labels.get(text_hash) for text_hash in former.keys() | labels.keys())

    def load(self, project_id: int) -> dict[str, str]:
        """Labels by text hash, under their present names."""
        statement = select(settled_gold.c.text_hash, settled_gold.c.label).where(
            settled_gold.c.project_id == project_id
        )
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            return {row.text_hash: renames.get(row.label, row.label) for row in connection.execute(statement)}
