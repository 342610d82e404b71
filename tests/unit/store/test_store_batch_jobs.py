from __future__ import annotations

import pytest

from fakes.clocks import HandClock
from mraru.budget_records import Budget, Spending
from mraru.errors import AlreadyAsked, BudgetExceeded
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.ledger.batch_jobs import BatchJob, BatchStatus
from mraru.store.store import Store

IDENTITY = TeacherIdentity(model="m", prompt_version="p", server="https://one.example/v1")
NO_LIMIT = Budget()
ANSWER = TeacherAnswer(label="A", raw="A", usage=Usage(prompt_tokens=10, completion_tokens=2), cost_usd=0.125)
A_DAY_S = 24 * 3600.0


def open_job(store: Store, project_id: int = 1) -> BatchJob:
    return store.batch_jobs.open(project_id, round_number=4, identity=IDENTITY, at=5.0)


def reserve(store: Store, job: BatchJob, text_hash: str = "h", budget: Budget = NO_LIMIT) -> int:
    return store.ledger.reserve_in_batch(
        job, text_hash=text_hash, body='{"q": 1}', cost_bound_usd=1.0, tokens_bound=100, budget=budget
    )


def reserve_alone(store: Store, text_hash: str = "h") -> int:
    return store.ledger.reserve(
        project_id=2, identity=IDENTITY, text_hash=text_hash, cost_bound_usd=1.0, tokens_bound=100, budget=NO_LIMIT
    )


def test_each_job_has_a_mark_of_its_own(store: Store) -> None:
    first, second = open_job(store), open_job(store)
    assert first.mark != second.mark
    assert (first.status, first.identity, first.round_number) == (BatchStatus.PREPARING, IDENTITY, 4)


def test_a_call_of_a_job_is_booked_with_its_request(store: Store) -> None:
    job = open_job(store)
    call_id = reserve(store, job)
    assert store.ledger.spending(1) == Spending(n_calls=1, cost_usd=1.0, n_tokens=100)
    (request,) = store.batch_jobs.list_requests(job.job_id)
    assert (request.call_id, request.text_hash, request.body, request.reserved_usd) == (call_id, "h", '{"q": 1}', 1.0)
    (line,) = store.ledger_lines.list_all(1)
    assert (line.batch_job_id, line.round_number) == (job.job_id, 4)


def test_a_call_that_the_budget_has_no_room_for_leaves_no_request(store: Store) -> None:
    job = open_job(store)
    with pytest.raises(BudgetExceeded):
        reserve(store, job, budget=Budget(max_calls=0))
    assert store.batch_jobs.list_requests(job.job_id) == []


def test_a_call_of_a_job_is_never_given_up_for_lost(store: Store, clock: HandClock) -> None:
    job = open_job(store)
    reserve(store, job)
    clock.advance(A_DAY_S)
    assert store.ledger.forfeit_lost(1) == 0
    assert store.ledger.is_under_way(IDENTITY, "h")
    with pytest.raises(AlreadyAsked):
        reserve_alone(store)
    with pytest.raises(AlreadyAsked):
        reserve(store, open_job(store, 2))
    assert store.ledger.spending(1).n_calls == 1


def test_a_call_made_at_once_is_still_given_up_for_lost(store: Store, clock: HandClock) -> None:
    reserve_alone(store)
    clock.advance(A_DAY_S)
    assert not store.ledger.is_under_way(IDENTITY, "h")
    reserve(store, open_job(store))
    assert store.ledger.spending(2).n_calls == 1  # forfeited


def test_only_open_calls_are_still_to_be_settled(store: Store) -> None:
    job = open_job(store)
    settled, released, _ = (reserve(store, job, name) for name in "abc")
    store.ledger.settle(settled, ANSWER)
    store.ledger.release(released, "no")
    assert [request.text_hash for request in store.batch_jobs.list_requests(job.job_id)] == ["c"]
    assert store.batch_jobs.list_answered(job.job_id) == ["a"]


def test_a_closed_job_forgets_its_requests_and_not_its_answers(store: Store) -> None:
    job = open_job(store)
    store.ledger.settle(reserve(store, job), ANSWER)
    store.batch_jobs.close(job.job_id, BatchStatus.DONE, 9.0)
    assert store.batch_jobs.list_open(1) == []
    assert store.batch_jobs.list_requests(job.job_id) == []
    assert store.batch_jobs.list_answered(job.job_id) == ["h"]
    closed = store.batch_jobs.get(job.job_id)
    assert closed is not None
    assert (closed.status, closed.finished_at, closed.is_over) == (BatchStatus.DONE, 9.0, True)


def test_texts_of_another_projects_job_are_waited_for_where_the_same_is_asked(store: Store) -> None:
    reserve(store, open_job(store, 1), "a")
    assert store.batch_jobs.list_waiting_texts(1, ()) == {"a"}
    assert store.batch_jobs.list_waiting_texts(2, ()) == set()
    assert store.batch_jobs.list_waiting_texts(2, [IDENTITY]) == {"a"}
    other = TeacherIdentity(model="m", prompt_version="q", server=IDENTITY.server)
    assert store.batch_jobs.list_waiting_texts(2, [other]) == set()


def test_what_was_asked_again_is_remembered(store: Store) -> None:
    job = open_job(store)
    store.batch_jobs.note_asked_again(reserve(store, job), 7.0)
    assert [request.asked_again_at for request in store.batch_jobs.list_requests(job.job_id)] == [7.0]
