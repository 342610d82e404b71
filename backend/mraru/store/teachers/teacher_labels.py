"""What the teacher said of each text of a project; kept as it was said, read under what labels were renamed to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from mraru.plugins import is_brought_teacher
from mraru.records import TeacherAnswer, TeacherIdentity, TeacherMode, Vote
from mraru.store.database import Database
from mraru.store.labels.label_renames import current_label, read_renames, rename_shares
from mraru.store.tables.project_tables import teacher_labels

SLICE = 500  # rows per transaction

ZERO_SHOT = "zero-shot"  # the built-in teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherLabel:
    text_hash: str
    label: str | None  # None: asked, and named none
    round_number: int
    is_zero_shot: bool
    no_label_reason: str | None = None
    cut_at: int | None = None  # tokens after which the answer was cut before it named a label
    probabilities: dict[str, float] | None = None  # by label; None: not known
    explanation: str | None = None  # the teacher's own reason
    model: str = ""
    prompt_version: str = ""
    votes: tuple[Vote, ...] = ()  # of several teachers, where several were asked

    @property
    def teacher_name(self) -> str:
        """Who said it, as in model versions."""
        return ZERO_SHOT if self.is_zero_shot else self.model or "llm"

    @property
    def word(self) -> str:
        """What it is called where people read what it said."""
        return call_teacher(self.teacher_name)

    @property
    def ensemble_votes(self) -> tuple[Vote, ...]:
        """The votes where all teachers were asked alike; a cascade asks the next one only where one is unsure."""
        return self.votes if self.model == TeacherMode.ENSEMBLE else ()

    @property
    def confidence(self) -> float | None:
        """The teacher's probability of the label that it named; None where not known."""
        return (self.probabilities or {}).get(self.label) if self.label is not None else None


def call_teacher(name: str) -> str:
    """What a teacher of this name, as in model versions, is called.

    >>> call_teacher("zero-shot"), call_teacher("gpt-4.1-mini")
    ('zero-shot', 'LLM')
    """
    if name == ZERO_SHOT:
        return ZERO_SHOT
    return "teacher" if is_brought_teacher(name) else "LLM"


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
            "cut_at": answer.cut_at,
            "model": identity.model,
            "prompt_version": identity.prompt_version,
            "is_zero_shot": identity.is_zero_shot,
            "probabilities": json.dumps(dict(answer.probabilities)) if answer.probabilities is not None else None,
            "explanation": answer.explanation,
            "votes": json.dumps([_write_vote(vote) for vote in answer.votes]) if answer.votes else None,
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

    def forget_all(self, project_id: int) -> None:
        """Count all texts as not asked about; the ledger keeps the answers."""
        with self._database.write() as connection:
            connection.execute(delete(teacher_labels).where(teacher_labels.c.project_id == project_id))

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

    def list_cut(self, project_id: int, identity: TeacherIdentity) -> list[str]:
        """Hashes of the texts without a label whose answer was cut at a limit below that of now, sorted.

        Where several teachers answered, one of those answers is enough: each has a limit of its own.
        """
        statement = (
            select(teacher_labels.c.text_hash, teacher_labels.c.cut_at, teacher_labels.c.votes)
            .where(
                teacher_labels.c.project_id == project_id,
                teacher_labels.c.label.is_(None),
                or_(teacher_labels.c.cut_at < identity.answer_limit, teacher_labels.c.votes.is_not(None)),
            )
            .order_by(teacher_labels.c.text_hash)
        )
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        limits = dict(identity.member_limits)
        return [
            row.text_hash
            for row in rows
            if _is_below(row.cut_at, identity.answer_limit)
            or any(_is_below(vote.cut_at, limits.get(vote.teacher, 0)) for vote in read_votes(row.votes, {}))
        ]

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


def _select_labels(project_id: int) -> Select[tuple[Any, ...]]:
    columns = [teacher_labels.c[field.name] for field in fields(TeacherLabel)]
    return select(*columns).where(teacher_labels.c.project_id == project_id)


def _read_label(row: Row[tuple[Any, ...]], renames: Mapping[str, str]) -> TeacherLabel:
    return TeacherLabel(
        **{
            **row._mapping,
            "label": renames.get(row.label, row.label),
            "probabilities": read_probabilities(row.probabilities, renames),
            "votes": read_votes(row.votes, renames),
        }
    )


def read_probabilities(stored: str | None, renames: Mapping[str, str]) -> dict[str, float] | None:
    """Probabilities by label as they are stored, under the labels' present names."""
    if stored is None:
        return None
    return rename_shares({str(label): float(share) for label, share in json.loads(stored).items()}, renames)


def read_votes(stored: str | None, renames: Mapping[str, str]) -> tuple[Vote, ...]:
    """Votes as they are stored, under the labels' present names."""
    return tuple(
        Vote(teacher=teacher, label=renames.get(label, label), cut_at=cut[0] if cut else None)
        for teacher, label, *cut in json.loads(stored or "[]")
    )


def _write_vote(vote: Vote) -> list[str | int | None]:
    return [vote.teacher, vote.label, *([] if vote.cut_at is None else [vote.cut_at])]


def _is_below(cut_at: int | None, limit: int) -> bool:
    return cut_at is not None and cut_at < limit
