"""What Label Studio holds under the version that it serves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from mraru.records import Prediction
from mraru.store.database import Database
from mraru.store.tables import predictions, tasks

SLICE = 500  # rows per statement, below SQLite's limit of bound values


class PredictionRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, project_id: int, listed: Sequence[Prediction]) -> None:
        """Note predictions; those of a task replace what was noted of it before."""
        rows = [
            {
                "project_id": project_id,
                "task_id": prediction.task_id,
                "model_version": prediction.model_version,
                "label": prediction.label,
                "score": prediction.score,
            }
            for prediction in listed
        ]
        with self._database.write() as connection:
            for start in range(0, len(rows), SLICE):
                statement = insert(predictions).values(rows[start : start + SLICE])
                changed = {name: statement.excluded[name] for name in ("model_version", "label", "score")}
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["project_id", "task_id"], set_=changed)
                )

    def remove_other_versions(self, project_id: int, model_version: str) -> None:
        with self._database.write() as connection:
            connection.execute(
                delete(predictions).where(
                    predictions.c.project_id == project_id, predictions.c.model_version != model_version
                )
            )

    def load(self, project_id: int, model_version: str, task_ids: Sequence[int]) -> dict[int, Prediction]:
        """Those of these tasks that are noted under this version."""
        found: dict[int, Prediction] = {}
        with self._database.read() as connection:
            for start in range(0, len(task_ids), SLICE):
                rows = connection.execute(
                    select(predictions).where(
                        predictions.c.project_id == project_id,
                        predictions.c.model_version == model_version,
                        predictions.c.task_id.in_(task_ids[start : start + SLICE]),
                    )
                )
                for row in rows:
                    found[row.task_id] = Prediction(
                        task_id=row.task_id,
                        label=row.label,
                        score=row.score,
                        model_version=row.model_version,
                    )
        return found

    def count_texts(self, project_id: int, model_version: str) -> int:
        """Distinct texts of the tasks that have a prediction of this version."""
        texts = _predicted_texts(project_id, model_version).distinct().subquery()
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(texts)) or 0

    def keep_predicted(self, project_id: int, model_version: str, text_hashes: Sequence[str]) -> set[str]:
        """Those of these texts that have a task with a prediction of this version."""
        found: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                named = tasks.c.text_hash.in_(text_hashes[start : start + SLICE])
                found.update(connection.scalars(_predicted_texts(project_id, model_version).where(named)))
        return found

    def count_version(self, project_id: int, model_version: str) -> int:
        """Predictions of this version that are noted."""
        of_version = (predictions.c.project_id == project_id) & (predictions.c.model_version == model_version)
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(of_version)) or 0

    def count(self, project_id: int) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(predictions.c.project_id == project_id)) or 0


def _predicted_texts(project_id: int, model_version: str) -> Select[tuple[str]]:
    return (
        select(tasks.c.text_hash)
        .join(
            predictions,
            (predictions.c.project_id == tasks.c.project_id) & (predictions.c.task_id == tasks.c.task_id),
        )
        .where(tasks.c.project_id == project_id, predictions.c.model_version == model_version)
    )
