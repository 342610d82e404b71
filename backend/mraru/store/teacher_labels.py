"""What the teacher said of each text of a project; kept as it was said, read under what labels were renamed to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.records import TeacherAnswer, TeacherIdentity, TeacherMode, Vote
from mraru.store.database import Database
from mraru.store.label_renames import current_label, read_renames, rename_shares
from mraru.store.review_tables import opinions
from mraru.store.tables import tasks, teacher_labels

SLICE = 500  # rows per transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherLabel:
    text_hash: str
    label: str | None  # None: asked, and named none
    round_number: int
    is_zero_shot: bool
    no_label_reason: str | None = None
    probabilities: dict[str, float] | None = None  # by label; None: not known
    explanation: str | None = None  # the teacher's own reason
    model: str = ""
    prompt_version: str = ""
    votes: tuple[Vote, ...] = ()  # of several teachers, where several were asked

    @property
    def teacher_name(self) -> str:
        """Who said it, as in model versions."""
        return "zero-shot" if self.is_zero_shot else self.model or "llm"

    @property
    def ensemble_votes(self) -> tuple[Vote, ...]:
        """The votes where all teachers were asked alike; a cascade asks the next one only where one is unsure."""
        return self.votes if self.model == TeacherMode.ENSEMBLE else ()

    @property
    def confidence(self) -> float | None:
        """The teacher's probability of the label that it named; None where not known."""
        return (self.probabilities or {}).get(self.label) if self.label is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A task that teacher and student label differently, or that the teacher gave no label."""

    task_id: int
    teacher_label: str | None
    no_label_reason: str | None
    explanation: str | None  # the teacher's own reason for its label
    teacher_probabilities: dict[str, float] | None
    votes: tuple[Vote, ...]  # of several teachers
    student_label: str  # the student's own
    final_label: str  # the likeliest from all that is known
    score: float  # how likely the final label is right, in [0, 1]


class TeacherLabelRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        project_id: int,
        *,
        text_hash: str,
        answer: TeacherAnswer,
        identity: TeacherIdentity,
        round_number: int,
        at: float,
    ) -> None:
        """Keep the answer, instead of an earlier one whose label the project no longer has."""
        values = {
            "label": answer.label,
            "no_label_reason": answer.no_label_reason,
            "model": identity.model,
            "prompt_version": identity.prompt_version,
            "is_zero_shot": identity.is_zero_shot,
            "probabilities": json.dumps(dict(answer.probabilities)) if answer.probabilities is not None else None,
            "explanation": answer.explanation,
            "votes": json.dumps([[vote.teacher, vote.label] for vote in answer.votes]) if answer.votes else None,
            "round_number": round_number,
            "created_at": at,
        }
        statement = insert(teacher_labels).values(project_id=project_id, text_hash=text_hash, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["project_id", "text_hash"], set_=values))

    def forget_label(self, project_id: int, label: str) -> int:
        """Count the texts with this label as not asked about; the ledger keeps the answers. Returns how many."""
        with self._database.write() as connection:
            renames = read_renames(connection, project_id)
            named = current_label(teacher_labels.c.label, renames) == label
            result = connection.execute(delete(teacher_labels).where(teacher_labels.c.project_id == project_id, named))
        return result.rowcount

    def settle_votes(self, project_id: int, posteriors: Mapping[str, Mapping[str, float]]) -> int:
        """Take the likeliest label of each text, and how likely it is, in place of what the votes said at first.

        The votes stay. Equals go to the first of them. Returns how many labels changed.

        Args:
            posteriors: probability by label, by text hash.
        """
        former = {row.text_hash: row for row in self.list_all(project_id)}
        rows: list[dict[str, object]] = []
        n_changed = 0
        for text_hash, posterior in posteriors.items():
            label = max(posterior, key=posterior.__getitem__)
            known = former[text_hash]
            explanation = known.explanation if known.label == label else None  # else it argued for the former one
            n_changed += known.label != label
            shown = json.dumps(dict(posterior))
            rows.append({"of": text_hash, "to": label, "shares": shown, "because": explanation})
        statement = (
            update(teacher_labels)
            .where(teacher_labels.c.project_id == project_id, teacher_labels.c.text_hash == bindparam("of"))
            .values(label=bindparam("to"), probabilities=bindparam("shares"), explanation=bindparam("because"))
        )
        for start in range(0, len(rows), SLICE):  # others may write in between
            with self._database.write() as connection:
                connection.execute(statement, rows[start : start + SLICE])
        return n_changed

    def list_all(self, project_id: int) -> list[TeacherLabel]:
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            rows = connection.execute(_select_labels(project_id).order_by(teacher_labels.c.text_hash)).all()
        return [_read_label(row, renames) for row in rows]

    def list_teachers(self, project_id: int) -> list[str]:
        """The names of those who said something of the project's texts, sorted."""
        return sorted({row.teacher_name for row in self.list_all(project_id)})

    def load(self, project_id: int, text_hashes: Sequence[str]) -> dict[str, TeacherLabel]:
        """What the teacher said of those of these texts that it was asked about, by text hash."""
        found: dict[str, TeacherLabel] = {}
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            for start in range(0, len(text_hashes), SLICE):
                named = teacher_labels.c.text_hash.in_(text_hashes[start : start + SLICE])
                rows = connection.execute(_select_labels(project_id).where(named))
                found.update((row.text_hash, _read_label(row, renames)) for row in rows)
        return found

    def list_disagreements(self, project_id: int) -> list[Disagreement]:
        """Tasks on which the student, one that has not learned the text, names another label; lowest score first.

        And those on which the teachers of an ensemble differ, whatever the student says.
        """
        may_be_split = and_(teacher_labels.c.votes.is_not(None), teacher_labels.c.model == TeacherMode.ENSEMBLE)
        with self._database.read() as connection:
            renames = read_renames(connection, project_id)
            taught = current_label(teacher_labels.c.label, renames)
            own = current_label(opinions.c.label, renames)
            rows = connection.execute(
                select(
                    tasks.c.task_id,
                    taught.label("teacher_label"),
                    teacher_labels.c.no_label_reason,
                    teacher_labels.c.explanation,
                    teacher_labels.c.probabilities.label("teacher_probabilities"),
                    teacher_labels.c.votes,
                    own.label("student_label"),
                    current_label(opinions.c.final_label, renames).label("final_label"),
                    opinions.c.score,
                )
                .join(
                    tasks,
                    (tasks.c.project_id == teacher_labels.c.project_id)
                    & (tasks.c.text_hash == teacher_labels.c.text_hash),
                )
                .join(
                    opinions,
                    (opinions.c.project_id == tasks.c.project_id) & (opinions.c.text_hash == tasks.c.text_hash),
                )
                .where(
                    teacher_labels.c.project_id == project_id,
                    or_(teacher_labels.c.label.is_(None), taught != own, may_be_split),
                )
                .order_by(opinions.c.score, tasks.c.task_id)
            ).all()
        listed = [
            Disagreement(
                **{
                    **row._mapping,
                    "teacher_probabilities": _read_probabilities(row.teacher_probabilities, renames),
                    "votes": _read_votes(row.votes, renames),
                }
            )
            for row in rows
        ]
        return [
            entry
            for entry in listed
            if entry.teacher_label != entry.student_label or len({vote.label for vote in entry.votes}) > 1
        ]


def _select_labels(project_id: int) -> Select[tuple[Any, ...]]:
    columns = [teacher_labels.c[field.name] for field in fields(TeacherLabel)]
    return select(*columns).where(teacher_labels.c.project_id == project_id)


def _read_label(row: Row[tuple[Any, ...]], renames: Mapping[str, str]) -> TeacherLabel:
    return TeacherLabel(
        **{
            **row._mapping,
            "label": renames.get(row.label, row.label),
            "probabilities": _read_probabilities(row.probabilities, renames),
            "votes": _read_votes(row.votes, renames),
        }
    )


def _read_probabilities(stored: str | None, renames: Mapping[str, str]) -> dict[str, float] | None:
    if stored is None:
        return None
    return rename_shares({str(label): float(share) for label, share in json.loads(stored).items()}, renames)


def _read_votes(stored: str | None, renames: Mapping[str, str]) -> tuple[Vote, ...]:
    return tuple(
        Vote(teacher=teacher, label=renames.get(label, label)) for teacher, label in json.loads(stored or "[]")
    )
