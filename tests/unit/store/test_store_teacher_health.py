from __future__ import annotations

from dataclasses import replace

import pytest

from mraru.budget_records import Budget
from mraru.records import CircuitState, TeacherAnswer, TeacherHealth, TeacherIdentity, hash_text
from mraru.store.store import Store
from mraru.store.teachers.teacher_health import Attempts

WELL = TeacherHealth(server="http://a", model="m", circuit=CircuitState.CLOSED, n_failures=0, requests_per_minute=500.0)
IDENTITY = TeacherIdentity(model="m", prompt_version="p1")
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


def test_what_was_written_last_of_a_server_is_what_is_known(store: Store) -> None:
    ill = replace(
        WELL, circuit=CircuitState.OPEN, n_failures=9, opened_until=7.5, last_error="HTTP 500", tokens_per_minute=1e4
    )
    store.teacher_health.save(WELL)
    store.teacher_health.save(ill)
    assert store.teacher_health.get("http://a", "m") == ill
    store.teacher_health.save(WELL)
    assert store.teacher_health.list_all() == [WELL]


def test_each_model_of_each_server_has_a_health_of_its_own(store: Store) -> None:
    others = [replace(WELL, server="http://b"), replace(WELL, model="n"), WELL]
    for health in others:
        store.teacher_health.save(health)
    assert store.teacher_health.list_all() == [others[2], others[1], others[0]]
    assert store.teacher_health.get("http://b", "n") is None


def reserve(store: Store, text: str, project_id: int = 1, identity: TeacherIdentity = IDENTITY) -> int:
    return store.ledger.reserve(
        project_id=project_id,
        identity=identity,
        text_hash=hash_text(text),
        cost_bound_usd=0.5,
        tokens_bound=100,
        budget=RICH,
    )


def test_attempts_are_counted_by_how_they_ended(store: Store) -> None:
    store.ledger.release(reserve(store, "a"), "HTTP 429")
    store.ledger.forfeit(reserve(store, "a"), "timed out")
    store.ledger.settle(reserve(store, "a"), TeacherAnswer(label="s", raw=""))
    store.ledger.release(reserve(store, "b"), "HTTP 500")
    reserve(store, "c")  # under way
    store.ledger.settle(reserve(store, "d", project_id=2), TeacherAnswer(label="s", raw=""))
    attempts = store.teacher_health.count_attempts(1)
    assert attempts == Attempts(n_attempts=5, n_retries=2, n_answered=1, n_not_billed=2, n_maybe_billed=1)
    assert attempts.n_not_billed + attempts.n_maybe_billed == 3


@pytest.mark.parametrize("changed", [{"model": "n"}, {"prompt_version": "p2"}])
def test_asking_another_model_or_with_another_prompt_is_no_retry(store: Store, changed: dict[str, str]) -> None:
    store.ledger.release(reserve(store, "a"), "HTTP 429")
    store.ledger.release(reserve(store, "a", identity=replace(IDENTITY, **changed)), "HTTP 429")
    assert store.teacher_health.count_attempts(1).n_retries == 0


def test_a_project_without_calls_has_no_attempts(store: Store) -> None:
    assert store.teacher_health.count_attempts(1) == Attempts(
        n_attempts=0, n_retries=0, n_answered=0, n_not_billed=0, n_maybe_billed=0
    )
