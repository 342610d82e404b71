from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.clocks import HandClock
from fakes.reserving import IDENTITY, reserve_all
from fakes.stores import open_store
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded
from mraru.records import TeacherAnswer, Usage
from mraru.store.projects.stored_settings import StoredSetting
from mraru.store.store import Store

OF_SERVER = Budget(max_calls=10, max_cost_usd=5.0)


def reserve(store: Store, text_hash: str, project_id: int = 1) -> int:
    return store.ledger.reserve(
        project_id=project_id,
        identity=IDENTITY,
        text_hash=text_hash,
        cost_bound_usd=0.25,
        tokens_bound=10,
        budget=OF_SERVER,
    )


def test_what_is_set_comes_back_with_its_type_and_when_it_was_set(store: Store, clock: HandClock) -> None:
    store.project_settings.change(1, {"max_calls": 5, "acceptance_rate": 0.5, "student": "svm", "max_rounds": None})
    assert store.project_settings.list_all(1) == [
        StoredSetting(name="acceptance_rate", value=0.5, changed_at=clock.now),
        StoredSetting(name="max_calls", value=5, changed_at=clock.now),
        StoredSetting(name="max_rounds", value=None, changed_at=clock.now),
        StoredSetting(name="student", value="svm", changed_at=clock.now),
    ]


def test_a_value_that_is_set_again_is_replaced_and_others_stay(store: Store, clock: HandClock) -> None:
    store.project_settings.change(1, {"max_calls": 5, "student": "svm"})
    clock.advance(9)
    store.project_settings.change(1, {"max_calls": 6}, unset=["student", "never_set"])
    assert store.project_settings.list_all(1) == [StoredSetting(name="max_calls", value=6, changed_at=clock.now)]


def test_projects_do_not_see_each_others_settings(store: Store) -> None:
    store.project_settings.change(1, {"max_calls": 5})
    store.project_settings.change(2, {"max_calls": 7})
    store.project_settings.change(2, {}, unset=["max_calls"])
    assert (store.project_settings.load(1), store.project_settings.load(2)) == ({"max_calls": 5}, {})


def test_a_projects_budget_is_the_servers_but_for_what_is_set(store: Store) -> None:
    store.project_settings.change(1, {"max_tokens": 99, "max_calls": 3, "batch_size": 4})
    assert store.project_settings.budget_of(1, OF_SERVER) == Budget(max_calls=3, max_cost_usd=5.0, max_tokens=99)
    assert store.project_settings.budget_of(2, OF_SERVER) == OF_SERVER


def test_a_lowered_budget_stops_the_next_call_of_whoever_still_holds_the_old_one(store: Store) -> None:
    reserve(store, "a")
    store.project_settings.change(1, {"max_calls": 1})
    with pytest.raises(BudgetExceeded, match="1 of 1 calls"):
        reserve(store, "b")
    reserve(store, "b", project_id=2)
    store.project_settings.change(1, {}, unset=["max_calls"])
    reserve(store, "c")


def test_a_batch_job_books_no_call_beyond_a_lowered_budget(store: Store) -> None:
    job = store.batch_jobs.open(1, round_number=1, identity=IDENTITY, at=1.0)
    store.project_settings.change(1, {"max_cost_usd": 0.3})

    def reserve_in_batch(text_hash: str) -> None:
        store.ledger.reserve_in_batch(
            job, text_hash=text_hash, body="{}", cost_bound_usd=0.25, tokens_bound=10, budget=OF_SERVER
        )

    reserve_in_batch("a")
    with pytest.raises(BudgetExceeded, match=r"\$0\.2500 of \$0\.30"):
        reserve_in_batch("b")


def test_a_projects_own_budget_never_raises_that_of_all_projects(store: Store) -> None:
    store.project_settings.change(1, {"max_calls": 100, "max_cost_usd": 100.0})
    for number in range(10):
        store.ledger.reserve(
            project_id=1,
            identity=IDENTITY,
            text_hash=str(number),
            cost_bound_usd=0.25,
            tokens_bound=10,
            budget=Budget(max_calls=1),
            total_budget=OF_SERVER,
        )
    with pytest.raises(BudgetExceeded, match="All projects together"):
        store.ledger.reserve(
            project_id=1,
            identity=IDENTITY,
            text_hash="one more",
            cost_bound_usd=0.25,
            tokens_bound=10,
            budget=Budget(max_calls=1),
            total_budget=OF_SERVER,
        )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.floats(0.0, 1.0)),  # what it costs of what was reserved
        st.tuples(st.just("calls"), st.integers(0, 12)),
        st.tuples(st.just("dollars"), st.floats(0.0, 3.0)),
        st.tuples(st.just("unset"), st.just(0.0)),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_call_ever_passes_the_cap_that_is_in_force(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:
    store = open_store(tmp_path_factory.mktemp("caps") / "mraru.sqlite3")
    for number, (what, figure) in enumerate(steps):
        if what == "call":
            before = store.ledger.spending(1)
            cap = store.project_settings.budget_of(1, OF_SERVER)
            assert cap.max_calls is not None
            assert cap.max_cost_usd is not None
            has_room = before.n_calls + 1 <= cap.max_calls and before.cost_usd + 0.25 <= cap.max_cost_usd
            try:
                call = reserve(store, str(number))
            except BudgetExceeded:
                assert not has_room
                assert store.ledger.spending(1) == before
            else:
                assert has_room
                usage = Usage(prompt_tokens=1, completion_tokens=1)
                store.ledger.settle(call, TeacherAnswer(label="A", raw="", cost_usd=0.25 * figure, usage=usage))
        elif what == "unset":
            store.project_settings.change(1, {}, unset=["max_calls", "max_cost_usd"])
        else:
            store.project_settings.change(1, {"max_calls" if what == "calls" else "max_cost_usd": figure})
    store.close()


def test_threads_that_reserve_while_the_budget_is_lowered_make_no_call_after_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "mraru.sqlite3")
    started = threading.Event()
    spent_when_lowered: list[int] = []

    def work(name: str) -> None:
        started.set()
        reserve_all(store, name, Budget(max_calls=300), 0.0)

    def lower() -> None:
        assert started.wait(10)
        store.project_settings.change(1, {"max_calls": 1})
        spent_when_lowered.append(store.ledger.spending(1).n_calls)

    with ThreadPoolExecutor(5) as threads:
        under_way = [threads.submit(work, str(number)) for number in range(4)]
        threads.submit(lower).result(60)
        for one in under_way:
            one.result(60)
    assert store.ledger.spending(1).n_calls == max(1, *spent_when_lowered)
    store.close()
