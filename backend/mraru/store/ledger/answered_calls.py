"""Answers that were paid for, whatever project or prompt they came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from mraru.records import NONE_SHOWN, TeacherAnswer, TeacherIdentity, Usage
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls

SLICE = 500  # hashes per statement, below SQLite's limit of bound values


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCall:
    """One call that was answered."""

    project_id: int  # that paid for it
    text_hash: str
    label: str | None  # None: asked, and named none
    identity: TeacherIdentity
    answered_at: float  # seconds since 1970
    is_none_shown: bool = False  # no label of those that were shown fitted: the rest is shown then


class AnsweredCallRepository:
    """For looking, never for asking."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, identity: TeacherIdentity, text_hash: str) -> AnsweredCall | None:
        """The answer that would be used again instead of asking; None if there is none."""
        holding = [
            call
            for call in self.list_about([text_hash])
            if call.identity.model == identity.model
            and call.identity.prompt_version in identity.versions
            and call.identity.server in (identity.server, "")  # from before servers were written down
        ]
        return min(holding, key=lambda call: call.identity.prompt_version != identity.prompt_version, default=None)

    def list_about(self, text_hashes: Sequence[str]) -> list[AnsweredCall]:
        """Every answer about these texts, the oldest first."""
        rows: list[Row[Any]] = []
        with self._database.read() as connection:
            for start in range(0, len(text_hashes), SLICE):
                rows += connection.execute(
                    select(calls).where(
                        calls.c.text_hash.in_(text_hashes[start : start + SLICE]),
                        calls.c.status == CallStatus.ANSWERED,
                    )
                ).all()
        return [
            AnsweredCall(
                project_id=row.project_id,
                text_hash=row.text_hash,
                label=row.label,
                identity=TeacherIdentity(
                    model=row.model,
                    prompt_version=row.prompt_version,
                    is_zero_shot=row.is_zero_shot,
                    server=row.server,
                ),
                answered_at=row.finished_at or row.created_at,
                is_none_shown=row.no_label_reason == NONE_SHOWN,
            )
            for row in sorted(rows, key=lambda row: int(row.call_id))
        ]


def read_answer(row: Row[Any]) -> TeacherAnswer:
    """The answer of a row of `calls`, which costs nothing more."""
    return TeacherAnswer(
        label=row.label,
        raw=row.raw,
        no_label_reason=row.no_label_reason,
        cut_at=row.cut_at,
        probabilities=tuple(json.loads(row.probabilities).items()) if row.probabilities is not None else None,
        explanation=row.explanation,
        parameters=row.parameters,
        usage=Usage(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens),
        cost_usd=0.0,
        latency_s=row.latency_s,
        request_id=row.request_id,
        from_ledger=True,
        prompt_version=row.prompt_version,
    )
