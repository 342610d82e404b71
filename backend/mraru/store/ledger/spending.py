"""What calls count for: each as its status says, against the budget of its project and that of all together."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, and_, case, func, select

from mraru.budget_records import Budget, Cap, Spending
from mraru.errors import BudgetExceeded
from mraru.store.tables.project_tables import calls


class CallStatus(StrEnum):
    RESERVED = "reserved"  # under way: counts in full
    ANSWERED = "answered"  # counts at what it cost
    RELEASED = "released"  # failed and was surely not billed: counts for nothing
    FORFEITED = "forfeited"  # failed and may have been billed: counts in full


COUNTED_TOKENS = calls.c.prompt_tokens + calls.c.completion_tokens  # by the server
SPENT_USD = case(
    (calls.c.status == CallStatus.ANSWERED, calls.c.cost_usd),
    (calls.c.status == CallStatus.RELEASED, 0.0),
    else_=calls.c.reserved_usd,
)
SPENT_TOKENS = case(
    (and_(calls.c.status == CallStatus.ANSWERED, COUNTED_TOKENS > 0), COUNTED_TOKENS),
    (calls.c.status == CallStatus.RELEASED, 0),
    else_=calls.c.reserved_tokens,
)


def check_budget(
    connection: Connection, project_id: int | None, budget: Budget, *, cost_usd: float, n_tokens: int
) -> None:
    """Make sure that one more call of this size fits, in a project's budget or (None) in that of all together.

    Raises:
        BudgetExceeded: with the cap that the call would pass, and its setting.
    """
    whose = "All projects together have" if project_id is None else f"Project {project_id} has"
    setting = "MRARU_TOTAL_" if project_id is None else "MRARU_"
    spent = sum_spending(connection, project_id)
    match budget.cap_passed_by(spent, cost_usd=cost_usd, n_tokens=n_tokens):
        case Cap.CALLS:
            raise BudgetExceeded(
                f"{whose} made {spent.n_calls} of {budget.max_calls} calls to the teacher: "
                f"raise {setting}MAX_CALLS to go on."
            )
        case Cap.TOKENS:
            raise BudgetExceeded(
                f"{whose} used {spent.n_tokens} of {budget.max_tokens} tokens and the next call may use "
                f"{n_tokens}: raise {setting}MAX_TOKENS to go on."
            )
        case Cap.DOLLARS:
            raise BudgetExceeded(
                f"{whose} spent ${spent.cost_usd:.4f} of ${budget.max_cost_usd:.2f} and the next call may cost "
                f"${cost_usd:.4f}: raise {setting}MAX_COST_USD to go on."
            )


def sum_spending(connection: Connection, project_id: int | None) -> Spending:
    """What a project, or (None) all together, have spent; calls in flight counted in full."""
    counted = case((calls.c.status == CallStatus.RELEASED, 0), else_=1)
    statement = select(
        func.coalesce(func.sum(counted), 0).label("n_calls"),
        func.coalesce(func.sum(SPENT_USD), 0.0).label("cost_usd"),
        func.coalesce(func.sum(SPENT_TOKENS), 0).label("n_tokens"),
        func.coalesce(func.sum(calls.c.prompt_tokens), 0).label("prompt_tokens"),
        func.coalesce(func.sum(calls.c.completion_tokens), 0).label("completion_tokens"),
    )
    if project_id is not None:
        statement = statement.where(calls.c.project_id == project_id)
    return Spending(**connection.execute(statement).one()._mapping)
