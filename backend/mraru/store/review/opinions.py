"""What the student says of each text that it has looked at, and the label that comes of all that is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from mraru.store.database import Database
from mraru.store.labels.label_renames import current_label, read_renames, rename_shares
from mraru.store.tables.project_tables import tasks, teacher_labels
from mraru.store.tables.review_tables import opinions
from mraru.store.tasks.open_tasks import is_open

SLICE = 500  # rows per statement, below SQLite's limit of bound values
ROWS_PER_WRITE = 5000  # per transaction, so that others may write in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What is said of one text."""

    text_hash: str
    label: str  # the student's own
    confidence: float  # the student's probability of it
    final_label: str  # the likeliest from all that is known; people's where they gave one
    score: float  # how likely the final label is right, in [0, 1]; the lowest is looked at first
    blind_label: str | None = None  # of a text that people labelled, the final label if they had not
    is_out_of_fold: bool = False  # the text has a label, and the student's opinion is of one that has not learned it
    round_number: int | None = None  # of the student; None: not kept yet
    least_certain: str | None = None  # of several questions, the control that the score is about


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionCell:
    """One cell of the matrix of the LLM's labels against the student's."""

    teacher_label: str | None  # None: the LLM was asked, and named none
    student_label: str


class OpinionRepository:
    """One opinion a text, which stands until a newer one comes; none is given out of texts without a task.

    A student that learned a label before it was renamed still names the old one: it is read as the new one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, project_id: int, listed: Iterable[Opinion], round_number: int) -> None:
        """Add opinions; that of a text replaces what was kept of it.

        Args:
            round_number: of the student, for opinions that do not say it themselves.
        """
        rows = [
            {
                "project_id": project_id,
                "text_hash": opinion.text_hash,
                "label": opinion.label,
                "confidence": opinion.confidence,
                "final_label": opinion.final_label,
                "score": opinion.score,
                "blind_label": opinion.blind_label,
                "is_out_of_fold": opinion.is_out_of_fold,
                "round_number": round_number if opinion.round_number is None else opinion.round_number,
                "least_certain": opinion.least_certain,
            }
            for opinion in listed
        ]
        statement = insert(opinions)
        keys = ("project_id", "text_hash")
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={column.name: column for column in statement.excluded if column.name not in keys}
        )
        for start in range(0, len(rows), ROWS_PER_WRITE):
            with self._database.write(project_id) as connection:
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

    def list_final_labels(self, project_id: int) -> set[str]:
        """Every label that is some text's final one."""
        statement = select(opinions.c.final_label).where(opinions.c.project_id == project_id).distinct()
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            return {renames.get(label, label) for label in connection.scalars(statement)}

    def count_final(self, project_id: int, labels: Collection[str]) -> tuple[int, int]:
        """Texts whose final label is one of these, and those of them whose final label is the LLM's."""
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            final = current_label(opinions.c.final_label, renames)
            same = and_(_same_text(), current_label(teacher_labels.c.label, renames) == final)
            statement = (
                select(func.count(), func.count(teacher_labels.c.text_hash))
                .select_from(opinions.outerjoin(teacher_labels, same))
                .where(opinions.c.project_id == project_id, final.in_(labels), _has_task())
            )
            n_texts, n_of_teacher = connection.execute(statement).one()
        return n_texts, n_of_teacher

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
        final_label=renames.get(row.final_label, row.final_label),
        score=row.score,
        blind_label=row.blind_label and renames.get(row.blind_label, row.blind_label),
        is_out_of_fold=row.is_out_of_fold,
        round_number=row.round_number,
        least_certain=row.least_certain,
    )
