"""What the served student says of each text that it has looked at, and how soon people should look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.label_renames import current_label, read_renames, rename_shares
from mraru.store.open_tasks import is_open
from mraru.store.review_tables import opinions
from mraru.store.tables import tasks, teacher_labels

SLICE = 500  # rows per statement, below SQLite's limit of bound values
ROWS_PER_WRITE = 5000  # per transaction, so that others may write in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the student says of one text."""

    text_hash: str
    label: str
    confidence: float  # the student's probability of it
    score: float  # review score in [0, 1]; 0 = look first
    is_out_of_fold: bool = False  # the text has a label, and this opinion is of a student that has not learned it


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionCell:
    """One cell of the matrix of the LLM's labels against the student's."""

    teacher_label: str | None  # None: the LLM was asked, and named none
    student_label: str


class OpinionRepository:
    """One opinion a text; those of texts that no task has any more are never given out.

    A student that learned a label before it was renamed still names the old one: it is read as the new one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace_all(self, project_id: int, listed: Iterable[Opinion], round_number: int) -> None:
        """Take a round's opinions in place of all earlier ones; doing it again after a crash does no harm."""
        self.save(project_id, listed, round_number)
        former = (opinions.c.project_id == project_id) & (opinions.c.round_number != round_number)
        with self._database.write() as connection:
            connection.execute(delete(opinions).where(former))

    def save(self, project_id: int, listed: Iterable[Opinion], round_number: int) -> None:
        """Add opinions; that of a text replaces what was kept of it."""
        rows = [
            {
                "project_id": project_id,
                "text_hash": opinion.text_hash,
                "label": opinion.label,
                "confidence": opinion.confidence,
                "score": opinion.score,
                "is_out_of_fold": opinion.is_out_of_fold,
                "round_number": round_number,
            }
            for opinion in listed
        ]
        statement = insert(opinions)
        names = ("label", "confidence", "score", "is_out_of_fold", "round_number")
        statement = statement.on_conflict_do_update(
            index_elements=["project_id", "text_hash"], set_={name: statement.excluded[name] for name in names}
        )
        for start in range(0, len(rows), ROWS_PER_WRITE):
            with self._database.write() as connection:
                connection.execute(statement, rows[start : start + ROWS_PER_WRITE])

    def load(self, project_id: int, text_hashes: Sequence[str]) -> dict[str, Opinion]:
        """Those of these texts that are kept, by text hash."""
        found: dict[str, Opinion] = {}
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            for start in range(0, len(text_hashes), SLICE):
                rows = connection.execute(
                    select(opinions).where(
                        opinions.c.project_id == project_id,
                        opinions.c.text_hash.in_(text_hashes[start : start + SLICE]),
                        _has_task(),
                    )
                )
                found.update((row.text_hash, _read(row, renames)) for row in rows)
        return found

    def list_lowest(
        self,
        project_id: int,
        *,
        limit: int,
        offset: int = 0,
        cell: ConfusionCell | None = None,
        only_open: bool = False,
    ) -> list[Opinion]:
        """Opinions, lowest review score first, equals by text hash.

        Args:
            limit: how many at most.
            offset: how many of the first to leave out.
            cell: only texts that this cell of `confusion` counts.
            only_open: only texts with a task that people are still to label.
        """
        statement = select(opinions).where(
            opinions.c.project_id == project_id, _has_open_task() if only_open else _has_task()
        )
        statement = statement.order_by(opinions.c.score, opinions.c.text_hash).limit(limit).offset(offset)
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            if cell is not None:
                statement = statement.join(teacher_labels, _same_text()).where(
                    teacher_labels.c.project_id == project_id,
                    _is_comparable(),
                    current_label(opinions.c.label, renames) == cell.student_label,
                    teacher_labels.c.label.is_(None)
                    if cell.teacher_label is None
                    else current_label(teacher_labels.c.label, renames) == cell.teacher_label,
                )
            return [_read(row, renames) for row in connection.execute(statement)]

    def count(self, project_id: int) -> int:
        """Texts with an opinion."""
        with self._database.read() as connection:
            statement = select(func.count()).select_from(opinions).where(opinions.c.project_id == project_id)
            return connection.scalar(statement.where(_has_task())) or 0

    def count_labels(self, project_id: int) -> dict[str, int]:
        """How many texts the student gives each label; one that it gives none is left out."""
        statement = (
            select(opinions.c.label, func.count().label("n_texts"))
            .where(opinions.c.project_id == project_id, _has_task())
            .group_by(opinions.c.label)
            .order_by(opinions.c.label)
        )
        with self._database.read() as connection:
            counted = {row.label: row.n_texts for row in connection.execute(statement)}
            return rename_shares(counted, read_renames(connection, project_id))

    def confusion(self, project_id: int) -> dict[ConfusionCell, int]:
        """How many texts the LLM and the student label so; cells without any are left out.

        A text that the LLM labelled counts only with the opinion of a student that has not learned it.
        """
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            taught = current_label(teacher_labels.c.label, renames).label("teacher_label")
            said = current_label(opinions.c.label, renames).label("student_label")
            statement = (
                select(taught, said, func.count().label("n_texts"))
                .join(opinions, _same_text())
                # named twice, so that SQLite begins with the LLM's labels, which are few
                .where(teacher_labels.c.project_id == project_id, opinions.c.project_id == project_id)
                .where(_is_comparable(), _has_task())
                .group_by(taught, said)
                .order_by(taught, said)
            )
            return {
                ConfusionCell(teacher_label=row.teacher_label, student_label=row.student_label): row.n_texts
                for row in connection.execute(statement)
            }


def _same_text() -> ColumnElement[bool]:
    return and_(
        teacher_labels.c.project_id == opinions.c.project_id, teacher_labels.c.text_hash == opinions.c.text_hash
    )


def _is_comparable() -> ColumnElement[bool]:
    return or_(opinions.c.is_out_of_fold, teacher_labels.c.label.is_(None))


def _has_task() -> ColumnElement[bool]:
    return exists().where(tasks.c.project_id == opinions.c.project_id, tasks.c.text_hash == opinions.c.text_hash)


def _has_open_task() -> ColumnElement[bool]:
    return exists().where(
        tasks.c.project_id == opinions.c.project_id, tasks.c.text_hash == opinions.c.text_hash, is_open()
    )


def _read(row: Row[tuple[object, ...]], renames: Mapping[str, str]) -> Opinion:
    return Opinion(
        text_hash=row.text_hash,
        label=renames.get(row.label, row.label),
        confidence=row.confidence,
        score=row.score,
        is_out_of_fold=row.is_out_of_fold,
    )
