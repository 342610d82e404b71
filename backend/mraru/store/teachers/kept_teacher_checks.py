"""What checks of LLMs found, from the ledger: each check is a call like any other."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from mraru.records import CHECK_PROMPT
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheck:
    """The last check of one model of one server by one project."""

    server: str
    model: str
    at: float  # seconds since 1970
    is_answered: bool
    label: str | None
    problem: str | None  # why it failed; None: it passed
    cost_usd: float  # of one that may have been billed and was not answered, the most
    latency_s: float
    parameters: str | None  # JSON object, with what was found out

    @property
    def is_passed(self) -> bool:
        return self.problem is None


class TeacherCheckRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_latest(self, project_id: int) -> list[StoredCheck]:
        """The last check of each model that this project has checked, by server and model; none under way."""
        latest = (
            select(func.max(calls.c.call_id))
            .where(
                calls.c.project_id == project_id,
                calls.c.status != CallStatus.RESERVED,
                calls.c.prompt_version.startswith(CHECK_PROMPT, autoescape=True),
            )
            .group_by(calls.c.server, calls.c.model)
        )
        with self._database.read() as connection:
            rows = connection.execute(
                select(calls).where(calls.c.call_id.in_(latest)).order_by(calls.c.server, calls.c.model)
            ).all()
        return [
            StoredCheck(
                server=row.server,
                model=row.model,
                at=row.finished_at or row.created_at,
                is_answered=row.status == CallStatus.ANSWERED,
                label=row.label,
                problem=None if row.label is not None else row.no_label_reason or row.error or "no label was named",
                cost_usd={CallStatus.ANSWERED: row.cost_usd, CallStatus.FORFEITED: row.reserved_usd}.get(
                    CallStatus(row.status), 0.0
                ),
                latency_s=row.latency_s,
                parameters=row.parameters,
            )
            for row in rows
        ]

    def has_labelled(self, project_id: int, server: str, model: str) -> bool:
        """Whether this model of this server has ever named a label for the project, in a check or otherwise."""
        statement = select(calls.c.call_id).where(
            calls.c.project_id == project_id,
            calls.c.server == server,
            calls.c.model == model,
            calls.c.status == CallStatus.ANSWERED,
            calls.c.label.is_not(None),
        )
        with self._database.read() as connection:
            return connection.scalar(statement.limit(1)) is not None
