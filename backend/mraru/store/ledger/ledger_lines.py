"""The ledger for those who read it: each call as a line without the text it was about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from mraru.store.database import Database
from mraru.store.tables.project_tables import calls

PAGE = 1000  # lines read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One call. The raw answer and the reason are left out: they may repeat the text."""

    call_id: int
    project_id: int
    round_number: int | None  # None: asked outside the rounds
    model: str
    server: str
    is_zero_shot: bool  # by the built-in teacher, not an LLM
    prompt_version: str
    parameters: dict[str, object] | None
    text_hash: str
    status: str  # see CallStatus
    label: str | None
    no_label_reason: str | None  # without what the LLM said
    probabilities: dict[str, float] | None
    prompt_tokens: int
    completion_tokens: int
    reserved_tokens: int
    cost_usd: float  # what it cost, of an answered call
    reserved_usd: float  # the most that it could cost: what counts while it is under way or forfeited
    latency_s: float
    request_id: str | None
    batch_job_id: int | None  # of the batch job that made the call; None: made at once
    error: str | None
    created_at: str  # ISO 8601, UTC
    finished_at: str | None


class LedgerLineRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_all(self, project_id: int | None = None) -> Iterator[LedgerLine]:
        """The calls of one project or (None) of all, in the order in which they were booked."""
        last = 0
        while True:
            statement = select(calls).where(calls.c.call_id > last).order_by(calls.c.call_id).limit(PAGE)
            if project_id is not None:
                statement = statement.where(calls.c.project_id == project_id)
            with self._database.read() as connection:
                rows = connection.execute(statement).mappings().all()
            for row in rows:
                values = {name: row[name] for name in LedgerLine.__dataclass_fields__}
                values["parameters"] = _read_json(row["parameters"])
                values["probabilities"] = _read_json(row["probabilities"])
                values["created_at"] = iso_time(row["created_at"])
                values["finished_at"] = iso_time(row["finished_at"]) if row["finished_at"] is not None else None
                values["no_label_reason"] = _leave_out_quotation(row["no_label_reason"])
                yield LedgerLine(**values)
            if len(rows) < PAGE:
                return
            last = rows[-1]["call_id"]


def iso_time(seconds: float) -> str:
    """ISO 8601 of seconds since 1970, in UTC.

    >>> iso_time(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _leave_out_quotation(reason: str | None) -> str | None:
    """The reason without the words of the LLM that it quotes: they may be the text's.

    >>> _leave_out_quotation('the LLM named "Not a "label"", which is no label of this project')
    'the LLM named "…", which is no label of this project'
    """
    return re.sub(r'".*"', '"…"', reason, flags=re.DOTALL) if reason else reason


def _read_json(stored: str | None) -> dict[str, object] | None:
    return json.loads(stored) if stored else None
