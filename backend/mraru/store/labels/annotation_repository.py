"""People's annotations; a change of what counts as gold is counted towards the next retraining.

They are kept with the labels that Label Studio has, and read under those that these were renamed to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import Annotation
from mraru.store.database import Database
from mraru.store.labels.label_renames import read_renames
from mraru.store.tables.project_tables import projects, task_annotations, tasks

SLICE = 500  # annotations per statement, and per transaction of a sync

_FIELDS = tuple(field.name for field in fields(Annotation))
_COLUMNS = tuple(task_annotations.c[name] for name in _FIELDS)


class AnnotationRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, project_id: int, listed: Sequence[Annotation], at: float) -> int:
        """Add or change annotations; returns by how many the gold changed."""
        with self._database.write() as connection:
            known = _load(connection, project_id, [annotation.annotation_id for annotation in listed])
            fresh, n_changed = _choose(known, listed)
            _write(connection, project_id, fresh, at)
            _count_corrections(connection, project_id, n_changed, at)
        return n_changed

    def remove(self, project_id: int, annotation_ids: Sequence[int], at: float) -> int:
        """Forget annotations that were deleted in Label Studio; returns by how many the gold changed."""
        with self._database.write() as connection:
            return _remove(connection, project_id, annotation_ids, at)

    def replace_all(
        self,
        project_id: int,
        listed: Sequence[Annotation],
        listed_at: float,
        read_again: Callable[[Annotation, Annotation], Annotation] = lambda known, read: read,
    ) -> int:
        """Take over a full list read at `listed_at`; what a webhook brought since then stays.

        What is known is read once; only what differs is written, and where nothing does the store is not locked.

        Args:
            read_again: of an annotation as it is known and as it was read now, the one that holds.
        """
        with self._database.read() as connection:
            known = _load(connection, project_id)
        listed = [
            annotation if (one := known.get(annotation.annotation_id)) is None else read_again(one, annotation)
            for annotation in listed
        ]
        differing, _ = _choose(known, listed)
        differing = [annotation for annotation in differing if known.get(annotation.annotation_id) != annotation]
        # in slices, so that webhooks can be written down in between; each looks again at what it writes
        n_changed = sum(
            self.save(project_id, differing[start : start + SLICE], listed_at)
            for start in range(0, len(differing), SLICE)
        )
        gone = sorted(known.keys() - {annotation.annotation_id for annotation in listed})
        return n_changed + self._remove_older(project_id, gone, listed_at)

    def _remove_older(self, project_id: int, annotation_ids: Sequence[int], listed_at: float) -> int:
        """Forget those of them that nothing was heard of since the listing began."""
        if not annotation_ids:
            return 0
        is_older = (task_annotations.c.project_id == project_id, task_annotations.c.seen_at < listed_at)
        with self._database.write() as connection:
            older = set(connection.scalars(select(task_annotations.c.annotation_id).where(*is_older)))
            return _remove(connection, project_id, [number for number in annotation_ids if number in older], listed_at)

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


def _choose(known: Mapping[int, Annotation], listed: Iterable[Annotation]) -> tuple[list[Annotation], int]:
    """What is to be kept of a list, one for each number, and by how many it changes the gold."""
    now = dict(known)
    fresh: dict[int, Annotation] = {}
    n_changed = 0
    for annotation in listed:
        before = now.get(annotation.annotation_id)
        if before is not None and before.updated_at > annotation.updated_at:
            continue  # an older message that arrived late
        if before is not None and not before.is_human and before.updated_at == annotation.updated_at:
            # the prediction that it was made of is gone, by which it could be told: a machine's it stays
            annotation = replace(annotation, is_human=False, parent_prediction=before.parent_prediction)
        n_changed += _vote_of(before) != _vote_of(annotation)
        now[annotation.annotation_id] = fresh[annotation.annotation_id] = annotation
    return list(fresh.values()), n_changed


def _vote_of(annotation: Annotation | None) -> tuple[str | None, bool] | None:
    """What an annotation adds to the gold: its label, and whether it is starred as ground truth."""
    if annotation is None or not annotation.is_gold:
        return None
    return annotation.label, annotation.is_ground_truth


def _load(
    connection: Connection, project_id: int, annotation_ids: Sequence[int] | None = None
) -> dict[int, Annotation]:
    """Annotations of a project by number; without numbers, all of them."""
    of_project = select(*_COLUMNS).where(task_annotations.c.project_id == project_id)
    statements = [of_project]
    if annotation_ids is not None:
        statements = [of_project.where(_is_among(chunk)) for chunk in _chunks(annotation_ids)]
    rows = [row for statement in statements for row in connection.execute(statement)]
    return {row.annotation_id: Annotation(**row._mapping) for row in rows}


def _write(connection: Connection, project_id: int, listed: Sequence[Annotation], at: float) -> None:
    if not listed:
        return
    statement = insert(task_annotations)
    kept = {name: statement.excluded[name] for name in (*_FIELDS, "seen_at")}
    rows = [
        {"project_id": project_id, "seen_at": at} | {name: getattr(annotation, name) for name in _FIELDS}
        for annotation in listed
    ]
    connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "annotation_id"], set_=kept), rows)


def _remove(connection: Connection, project_id: int, annotation_ids: Sequence[int], at: float) -> int:
    known = _load(connection, project_id, annotation_ids)
    for chunk in _chunks(sorted(known)):
        connection.execute(
            delete(task_annotations).where(task_annotations.c.project_id == project_id, _is_among(chunk))
        )
    n_changed = sum(annotation.is_gold for annotation in known.values())
    _count_corrections(connection, project_id, n_changed, at)
    return n_changed


def _chunks(annotation_ids: Sequence[int]) -> list[Sequence[int]]:
    return [annotation_ids[start : start + SLICE] for start in range(0, len(annotation_ids), SLICE)]


def _is_among(annotation_ids: Sequence[int]) -> ColumnElement[bool]:
    return task_annotations.c.annotation_id.in_(annotation_ids)


def _count_corrections(connection: Connection, project_id: int, n_changed: int, at: float) -> None:
    if n_changed:
        connection.execute(
            update(projects)
            .where(projects.c.project_id == project_id)
            .values(n_corrections=projects.c.n_corrections + n_changed, last_correction_at=at)
        )
