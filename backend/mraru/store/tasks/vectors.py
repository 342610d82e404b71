"""Vectors by text hash and model, shared by all projects: a vector says nothing but its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert

from mraru.interfaces import Vectors
from mraru.store.database import Database
from mraru.store.tables.project_tables import vectors as vector_table

SLICE = 500  # rows per statement, below SQLite's limit of bound values
STORED_DTYPE = np.dtype("<f4")


class VectorRepository:
    """A `VectorStore` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load_vectors(self, model: str, text_hashes: Sequence[str]) -> dict[str, Vectors]:
        """Those that are kept, each of shape `(n_dimensions,)`, float32."""
        found: dict[str, Vectors] = {}
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                rows = connection.execute(
                    select(vector_table.c.text_hash, vector_table.c.vector).where(
                        vector_table.c.model == model,
                        vector_table.c.text_hash.in_(text_hashes[start : start + SLICE]),
                    )
                )
                for row in rows:
                    found[row.text_hash] = np.frombuffer(row.vector, dtype=STORED_DTYPE).astype(np.float32)
        return found

    def save_vectors(self, model: str, vectors: Mapping[str, Vectors]) -> None:
        rows = [
            {"model": model, "text_hash": name, "vector": vector.astype(STORED_DTYPE).tobytes()}
            for name, vector in vectors.items()
        ]
        with self._database.write() as connection:
            for start in range(0, len(rows), SLICE):
                connection.execute(insert(vector_table).values(rows[start : start + SLICE]).on_conflict_do_nothing())

    def count(self, model: str) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(vector_table.c.model == model)) or 0
