from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tenacity import wait_none

from fakes.ledger import InMemoryLedger
from fakes.openai_faults import OddAnswer, Stall, rate_limited, wrong_key
from fakes.openai_server import OpenAIServer
from mraru.budget_records import Budget
from mraru.errors import TeacherMisconfigured
from mraru.interfaces import Teacher
from mraru.records import Usage
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher
from mraru.teachers.guards.retrying import RetryingTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher

MakeTeacher = Callable[..., OpenAITeacher]
RICH = Budget(max_calls=1000, max_cost_usd=100.0)


def wrap(teacher: OpenAITeacher, ledger: InMemoryLedger, project_id: int = 1) -> Teacher:
    budgeted = BudgetedTeacher(teacher, ledger, project_id=project_id, budget=RICH)
    return CachedTeacher(RetryingTeacher(budgeted, 5, wait=wait_none(), sleep=lambda seconds: None), ledger)


def test_the_same_text_is_asked_once_and_costs_nothing_the_second_time(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    ledger = InMemoryLedger()
    teacher = wrap(make_teacher(), ledger)
    first, second = teacher.label("text"), teacher.label("text")
    assert server.n_requests == 1
    assert (first.from_ledger, second.from_ledger) == (False, True)
    assert second.label == first.label == "Business"
    assert (second.cost_usd, second.usage) == (0.0, Usage())
    assert ledger.spending(1).cost_usd == first.cost_usd > 0


def test_a_restart_and_another_project_find_the_answer_too(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    ledger = InMemoryLedger()
    wrap(make_teacher(), ledger).label("text")
    assert wrap(make_teacher(), ledger, project_id=2).label("text").from_ledger
    assert server.n_requests == 1


def test_another_model_or_prompt_is_asked_anew(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    ledger = InMemoryLedger()
    wrap(make_teacher(), ledger).label("text")
    assert not wrap(make_teacher(model="other"), ledger).label("text").from_ledger
    assert server.n_requests == 2


def test_no_label_is_an_answer_that_is_not_asked_for_again(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(OddAnswer(refusal="No."))
    teacher = wrap(make_teacher(), InMemoryLedger())
    teacher.label("text")
    again = teacher.label("text")
    assert again.label is None
    assert again.from_ledger
    assert server.n_requests == 1


def test_a_failed_call_is_no_answer(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    server.queue(wrong_key())
    teacher = wrap(make_teacher(), InMemoryLedger())
    with pytest.raises(TeacherMisconfigured):
        teacher.label("text")
    assert teacher.label("text").label == "Business"


def test_eight_threads_never_ask_twice_about_a_text(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    ledger = InMemoryLedger()
    teacher = wrap(make_teacher(), ledger)
    server.queue(rate_limited(), None, rate_limited())
    texts = [f"text {number % 5}" for number in range(80)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(teacher.label, texts))
    assert server.texts_answered_twice == []
    assert sum(not answer.from_ledger for answer in answers) == 5
    assert ledger.states.count("settled") == ledger.spending(1).n_calls == 5


def test_a_thread_that_waits_for_one_text_does_not_hold_up_another(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    teacher = wrap(make_teacher(), InMemoryLedger())
    server.queue(Stall())
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(teacher.label, "slow")
        assert server.stalled.wait(10)
        assert teacher.label("quick").label == "Business"
        assert not slow.done()
        server.let_go.set()
        assert slow.result(10).label == "Business"  # the second attempt's
