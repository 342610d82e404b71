"""People's annotations; a change of what counts as gold is counted towards the next retraining.

They are kept with the labels that Label Studio has, and read under those that these were renamed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import Annotation
from mraru.store.database import Database
from mraru.store.label_renames import read_renames
from mraru.store.tables import projects, task_annotations, tasks

SLICE = 200  # annotations per transaction

_FIELDS = tuple(field.name for field in fields(Annotation))
_COLUMNS = tuple(task_annotations.c[name] for name in _FIELDS)


class AnnotationRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, project_id: int, listed: Iterable[Annotation], at: float) -> int:
        """Add or change annotations; returns by how many the gold changed."""
        with self._database.write() as connection:
            n_changed = sum(self._save_one(connection, project_id, annotation, at) for annotation in listed)
            _count_corrections(connection, project_id, n_changed, at)
        return n_changed

    def remove(self, project_id: int, annotation_ids: Sequence[int], at: float) -> int:
        """Forget annotations that were deleted in Label Studio; returns by how many the gold changed."""
        with self._database.write() as connection:
            n_changed = 0
            for annotation_id in annotation_ids:
                known = _get(connection, project_id, annotation_id)
                connection.execute(
                    delete(task_annotations).where(
                        task_annotations.c.project_id == project_id,
                        task_annotations.c.annotation_id == annotation_id,
                    )
                )
                n_changed += known is not None and known.is_gold
            _count_corrections(connection, project_id, n_changed, at)
        return n_changed

    def replace_all(self, project_id: int, listed: Sequence[Annotation], listed_at: float) -> int:
        """Take over a full list read at `listed_at`; what a webhook brought since then stays."""
        # in slices, so that webhooks can be written down in between
        n_changed = sum(
            self.save(project_id, listed[start : start + SLICE], listed_at) for start in range(0, len(listed), SLICE)
        )
        kept = {annotation.annotation_id for annotation in listed}
        with self._database.read() as connection:
            older = connection.scalars(
                select(task_annotations.c.annotation_id).where(
                    task_annotations.c.project_id == project_id, task_annotations.c.seen_at < listed_at
                )
            )
            gone = [annotation_id for annotation_id in older if annotation_id not in kept]
        return n_changed + self.remove(project_id, gone, listed_at)

    def count_corrections(self, project_id: int, n_changed: int, at: float) -> None:
        """Count towards the next retraining what changed the gold otherwise."""
        with self._database.write() as connection:
            _count_corrections(connection, project_id, n_changed, at)

    def list_by_text(self, project_id: int) -> dict[str, list[Annotation]]:
        """All annotations of a project by text hash."""
        statement = (
            select(tasks.c.text_hash, *_COLUMNS)
            .join(
                tasks,
                (tasks.c.project_id == task_annotations.c.project_id) & (tasks.c.task_id == task_annotations.c.task_id),
            )
            .where(task_annotations.c.project_id == project_id)
            .order_by(task_annotations.c.annotation_id)
        )
        found: dict[str, list[Annotation]] = {}
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            for row in connection.execute(statement):
                values = {name: getattr(row, name) for name in _FIELDS}
                values["label"] = renames.get(row.label, row.label)
                found.setdefault(row.text_hash, []).append(Annotation(**values))
        return found

    def list_labels(self, project_id: int) -> set[str]:
        """The labels in annotations of the project, as Label Studio has them."""
        statement = select(task_annotations.c.label).where(
            task_annotations.c.project_id == project_id, task_annotations.c.label.is_not(None)
        )
        with self._database.read() as connection:
            return set(connection.scalars(statement.distinct()))

    def count(self, project_id: int) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(task_annotations.c.project_id == project_id)) or 0

    def _save_one(self, connection: Connection, project_id: int, annotation: Annotation, at: float) -> bool:
        known = _get(connection, project_id, annotation.annotation_id)
        if known is not None and known.updated_at > annotation.updated_at:
            return False  # an older message that arrived late
        if known is not None and not known.is_human and known.updated_at == annotation.updated_at:
            # the prediction that it was made of is gone, by which it could be told: a machine's it stays
            annotation = replace(annotation, is_human=False, parent_prediction=known.parent_prediction)
        values = {name: getattr(annotation, name) for name in _FIELDS} | {"seen_at": at}
        connection.execute(
            insert(task_annotations)
            .values(project_id=project_id, **values)
            .on_conflict_do_update(index_elements=["project_id", "annotation_id"], set_=values)
        )
        return _vote_of(known) != _vote_of(annotation)


def _vote_of(annotation: Annotation | None) -> tuple[str | None, bool] | None:
    """What an annotation adds to the gold: its label, and whether it is starred as ground truth."""
    if annotation is None or not annotation.is_gold:
        return None
    return annotation.label, annotation.is_ground_truth


def _get(connection: Connection, project_id: int, annotation_id: int) -> Annotation | None:
    row = connection.execute(
        select(*_COLUMNS).where(
            task_annotations.c.project_id == project_id, task_annotations.c.annotation_id == annotation_id
        )
    ).first()
    return Annotation(**row._mapping) if row else None


def _count_corrections(connection: Connection, project_id: int, n_changed: int, at: float) -> None:
    if n_changed:
        connection.execute(
            update(projects)
            .where(projects.c.project_id == project_id)
            .values(n_corrections=projects.c.n_corrections + n_changed, last_correction_at=at)
        )
