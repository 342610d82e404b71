"""What the stored ledger has beyond the laws of every ledger: words for people, and the round of a call."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import TeacherIdentity
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.store import Store
from mraru.store.tables.project_tables import calls

NO_LIMIT = Budget()
IDENTITY = TeacherIdentity(model="gpt", prompt_version="p1")


def reserve(
    store: Store,
    text_hash: str = "h",
    *,
    project_id: int = 1,
    budget: Budget = NO_LIMIT,
    total_budget: Budget | None = None,
) -> int:
    return store.ledger.reserve(
        project_id=project_id,
        identity=IDENTITY,
        text_hash=text_hash,
        cost_bound_usd=1.0,
        tokens_bound=100,
        budget=budget,
        total_budget=total_budget,
    )


@pytest.mark.parametrize(
    ("budget", "total_budget", "message"),
    [
        (Budget(max_calls=1), None, r"Project 1 has made 1 of 1 calls.*raise MRARU_MAX_CALLS"),
        (Budget(max_tokens=150), None, r"Project 1 has used 100 of 150 tokens.*may use 100: raise MRARU_MAX_TOKENS"),
        (Budget(max_cost_usd=1.5), None, r"Project 1 has spent \$1\.0000 of \$1\.50.*raise MRARU_MAX_COST_USD"),
        (Budget(), Budget(max_calls=1), r"All projects together have made 1 of 1.*raise MRARU_TOTAL_MAX_CALLS"),
        (Budget(), Budget(max_tokens=150), r"All projects together have used 100.*raise MRARU_TOTAL_MAX_TOKENS"),
        (Budget(), Budget(max_cost_usd=1.5), r"All projects together have spent.*raise MRARU_TOTAL_MAX_COST_USD"),
    ],
)
def test_the_error_names_the_cap_and_its_setting(
    store: Store, budget: Budget, total_budget: Budget | None, message: str
) -> None:
    reserve(store, "first")
    with pytest.raises(BudgetExceeded, match=message):
        reserve(store, "second", budget=budget, total_budget=total_budget)


def test_a_call_is_booked_in_the_round_that_asks(store: Store) -> None:
    reserve(store, "before any round")
    store.rounds.open(
        1, number=4, kind=RoundKind.MRARU, step=RoundStep.ASKING, n_pool=1, selected=(), selection_end=None, at=0.0
    )
    reserve(store, "in the round")
    reserve(store, "of another project", project_id=2)
    store.rounds.update(1, 4, step=RoundStep.TRAINING)
    reserve(store, "after it")
    with store.database.read() as connection:
        rows = connection.execute(select(calls.c.text_hash, calls.c.round_number)).all()
    assert [row.text_hash for row in rows if row.round_number is not None] == ["in the round"]
