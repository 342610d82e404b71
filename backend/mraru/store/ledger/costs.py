"""What teachers cost, summed up from the ledger: what servers counted, and apart from it what may still come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Label, and_, case, func, select

from mraru.budget_records import CostGroup
from mraru.records import CHECK_PROMPT, DRAFT_PROMPT, NONE_SHOWN, TeacherIdentity
from mraru.store.database import Database
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls

_KEYS: dict[CostGroup, tuple[ColumnElement[object], ...]] = {
    CostGroup.PROJECT: (calls.c.project_id,),
    CostGroup.ROUND: (calls.c.project_id, calls.c.round_number),
    CostGroup.MODEL: (calls.c.model, calls.c.server),
    CostGroup.PROMPT: (calls.c.project_id, calls.c.model, calls.c.prompt_version),
    CostGroup.DAY: (func.date(calls.c.created_at, "unixepoch"),),  # UTC
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """The calls of one group."""

    key: tuple[object, ...]  # as in the group's order; None for a round: asked outside the rounds
    n_answered: int = 0
    n_no_label: int = 0  # of the answered
    n_none_shown: int = 0  # of the answered: no label of a shortlist fitted, so the rest is shown
    prompt_tokens: int = 0  # as the servers counted them
    completion_tokens: int = 0
    cost_usd: float = 0.0  # of the answered
    n_under_way: int = 0
    under_way_usd: float = 0.0  # reserved: the most that they can cost
    n_forfeited: int = 0  # failed, perhaps billed
    forfeited_usd: float = 0.0  # likewise the most
    n_released: int = 0  # failed, surely not billed


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredUsage:
    """Tokens that a server counted for calls with one prompt, beside the most that they could have been."""

    n_calls: int
    prompt_tokens: int
    completion_tokens: int
    tokens_bound: float  # summed over the calls, each as it is without earlier overruns


class CostRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_by(self, group: CostGroup, project_id: int | None = None) -> list[CostLine]:
        """Costs of one project or (None) of all, added up by `group`, in the order of its key."""
        keys = [key.label(f"key_{position}") for position, key in enumerate(_KEYS[group])]
        statement = select(*keys, *_sums()).group_by(*_KEYS[group]).order_by(*_KEYS[group])
        if project_id is not None:
            statement = statement.where(calls.c.project_id == project_id)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return [
            CostLine(key=tuple(row[: len(keys)]), **dict(list(row._mapping.items())[len(keys) :]))  # type: ignore[arg-type]
            for row in rows
        ]

    def count_asked(self, project_id: int, *, of_llms_alone: bool = True) -> int:
        """Distinct texts of a project about which an LLM's answer was paid, or would have been had it cost anything.

        Args:
            of_llms_alone: without what the built-in teacher answered.
        """
        asked = select(calls.c.text_hash).where(
            calls.c.project_id == project_id,
            calls.c.status == CallStatus.ANSWERED,
            *([~calls.c.is_zero_shot] if of_llms_alone else []),
            ~calls.c.prompt_version.startswith(DRAFT_PROMPT, autoescape=True),
            ~calls.c.prompt_version.startswith(CHECK_PROMPT, autoescape=True),
        )
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(asked.distinct().subquery())) or 0

    def measure_shortlists(self, identity: TeacherIdentity) -> tuple[int, int]:
        """Texts about which an LLM was asked with this prompt, and those of them on whose shortlist no label fitted."""
        about = (
            calls.c.model == identity.model,
            calls.c.server == identity.server,
            calls.c.prompt_version.in_(identity.versions),
            calls.c.status == CallStatus.ANSWERED,
        )
        statement = select(
            func.count(), func.coalesce(func.sum(case((calls.c.no_label_reason == NONE_SHOWN, 1), else_=0)), 0)
        )
        with self._database.read() as connection:
            n_texts, n_none = connection.execute(statement.where(*about)).one()
        return int(n_texts), int(n_none)

    def measure_usage(self, identity: TeacherIdentity, n_examples: int = 0) -> MeasuredUsage | None:
        """What calls with this prompt and at least so many examples used; None if no server counted any."""
        statement = select(
            func.count().label("n_calls"),
            func.sum(calls.c.prompt_tokens).label("prompt_tokens"),
            func.sum(calls.c.completion_tokens).label("completion_tokens"),
            func.sum(calls.c.reserved_tokens / calls.c.bound_factor).label("tokens_bound"),
        ).where(
            calls.c.model == identity.model,
            calls.c.server == identity.server,
            calls.c.prompt_version.in_(identity.versions),
            calls.c.status == CallStatus.ANSWERED,
            calls.c.prompt_tokens > 0,
            calls.c.reserved_tokens > 0,
        )
        if n_examples:
            shown = func.json_array_length(calls.c.parameters, "$.examples")
            statement = statement.where(shown >= n_examples)
        with self._database.read() as connection:
            row = connection.execute(statement).one()
        return MeasuredUsage(**row._mapping) if row.n_calls else None


def _sums() -> list[Label[object]]:
    is_answered = calls.c.status == CallStatus.ANSWERED
    is_under_way = calls.c.status == CallStatus.RESERVED
    is_forfeited = calls.c.status == CallStatus.FORFEITED
    is_none_shown = func.coalesce(calls.c.no_label_reason, "") == NONE_SHOWN
    return [
        _sum(is_answered, 1).label("n_answered"),
        _sum(and_(is_answered, calls.c.label.is_(None), ~is_none_shown), 1).label("n_no_label"),
        _sum(and_(is_answered, is_none_shown), 1).label("n_none_shown"),
        _sum(is_answered, calls.c.prompt_tokens).label("prompt_tokens"),
        _sum(is_answered, calls.c.completion_tokens).label("completion_tokens"),
        _sum(is_answered, calls.c.cost_usd).label("cost_usd"),
        _sum(is_under_way, 1).label("n_under_way"),
        _sum(is_under_way, calls.c.reserved_usd).label("under_way_usd"),
        _sum(is_forfeited, 1).label("n_forfeited"),
        _sum(is_forfeited, calls.c.reserved_usd).label("forfeited_usd"),
        _sum(calls.c.status == CallStatus.RELEASED, 1).label("n_released"),
    ]


def _sum(condition: ColumnElement[bool], value: object) -> ColumnElement[object]:
    return func.sum(case((condition, value), else_=0))
