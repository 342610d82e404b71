"""The definitions here are those of the simulated teacher, a server of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tenacity import wait_none

from fakes.clocks import HandClock, PassingClock
from fakes.ledger import InMemoryLedger
from fakes.openai_faults import ConnectionReset, OddAnswer, server_error
from fakes.openai_server import OpenAIServer
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, CircuitOpen, TeacherUnavailable
from mraru.interfaces import HealthBook, Ledger
from mraru.records import TeacherHealth
from mraru.store.store import Store
from mraru.teachers.guards.booked_calls import BookedCalls
from mraru.teachers.guards.cached_answers import KeptAnswers
from mraru.teachers.guards.retrying import Retries
from mraru.teachers.guards.server_guard import ServerGuard
from mraru.teachers.prices.pricing import Price
from mraru.teachers.servers.circuit import Circuit
from mraru.teachers.servers.rate_limiter import RateLimiter
from mraru.teachers.side_questions.booked_drafter import BookedDrafter
from mraru.teachers.side_questions.definition_drafter import LEAST_TOKENS, DefinitionDrafter, read_draft
from mraru.teachers.side_questions.definition_question import DecidedText, DefinitionQuestion, LabelDescription

RICH = Budget(max_calls=1000, max_cost_usd=100.0)
QUESTION = DefinitionQuestion(
    title="News desk",
    instruction="",
    label=LabelDescription(value="Sport"),
    contrast=LabelDescription(value="Tech"),
    texts=(DecidedText(text="A chess computer won.", said="Sport", right="Tech"),),
)
PRICE = Price(input_usd_per_mtok=0.4, output_usd_per_mtok=1.6)


class NoBook(HealthBook):
    """Fills the protocol HealthBook; keeps nothing."""

    def save(self, health: TeacherHealth) -> None: ...


@pytest.fixture
def asked(server: OpenAIServer) -> Iterator[DefinitionDrafter]:
    drafter = DefinitionDrafter(
        model="gpt-4.1-mini", price=PRICE, api_key="k", base_url=server.base_url, thinking_tokens=4000
    )
    yield drafter
    drafter.close()


def book(
    asked: DefinitionDrafter,
    ledger: Ledger,
    clock: HandClock,
    *,
    budget: Budget = RICH,
    n_attempts: int = 1,
    most_failures: int = 10,
) -> BookedDrafter:
    passing = PassingClock()
    return BookedDrafter(
        asked,
        calls=BookedCalls(ledger, project_id=1, budget=budget),
        guard=ServerGuard(
            server="http://server/v1",
            model="gpt-4.1-mini",
            limiter=RateLimiter(clock=passing, sleep=passing.sleep),
            circuit=Circuit("the LLM", max_failures=most_failures, pause_s=60.0, clock=clock),
            book=NoBook(),
        ),
        retries=Retries(n_attempts, wait=wait_none()),
        answers=KeptAnswers(ledger),
    )


def test_a_question_is_paid_once_and_booked_at_what_it_cost(
    asked: DefinitionDrafter, server: OpenAIServer, clock: HandClock
) -> None:
    ledger = InMemoryLedger()
    drafter = book(asked, ledger, clock)
    first, second = drafter.draft(QUESTION), drafter.draft(QUESTION)
    assert read_draft(first) == read_draft(second) == server.definition
    assert (server.n_requests, second.from_ledger, second.cost_usd) == (1, True, 0.0)
    assert 0 < first.cost_usd == ledger.spending(1).cost_usd < drafter.cost_bound_usd(QUESTION)
    assert first.prompt_version == asked.identity.prompt_version


def test_nothing_is_asked_that_could_pass_the_budget(
    asked: DefinitionDrafter, server: OpenAIServer, clock: HandClock
) -> None:
    room = Budget(max_calls=10, max_cost_usd=0.9 * asked.cost_bound_usd(QUESTION))
    with pytest.raises(BudgetExceeded):
        book(asked, InMemoryLedger(), clock, budget=room).draft(QUESTION)
    assert server.n_requests == 0


def test_each_attempt_is_a_call_of_its_own_in_the_books(
    asked: DefinitionDrafter, server: OpenAIServer, clock: HandClock
) -> None:
    ledger = InMemoryLedger()
    server.queue(server_error(500), ConnectionReset())
    assert read_draft(book(asked, ledger, clock, n_attempts=3).draft(QUESTION)) == server.definition
    assert ledger.states == ["released", "forfeited", "settled"]


def test_a_server_that_keeps_failing_is_left_alone(
    asked: DefinitionDrafter, server: OpenAIServer, clock: HandClock
) -> None:
    drafter = book(asked, InMemoryLedger(), clock, most_failures=2)
    server.queue(server_error(500), server_error(500))
    for _ in range(2):
        with pytest.raises(TeacherUnavailable):
            drafter.draft(QUESTION)
    with pytest.raises(CircuitOpen):
        drafter.draft(QUESTION)
    assert server.n_requests == 2


def test_a_draft_that_was_cut_while_thinking_is_asked_for_again_with_room_to_think(
    asked: DefinitionDrafter, server: OpenAIServer, store: Store, clock: HandClock
) -> None:
    server.queue(OddAnswer(content="", finish_reason="length", reasoning="Let me see."))
    assert read_draft(book(asked, store.ledger, clock).draft(QUESTION)) == server.definition
    assert [request.body["max_tokens"] for request in server.requests] == [LEAST_TOKENS, LEAST_TOKENS + 4000]
