"""Whatever a server sends: a label of the config, no label or an error of ours, and no cent less than was paid."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.odd_completions import CONTENTS, COUNTS, LONG_CONTENTS, ODD_VALUES, USAGES, odd_completions
from fakes.openai_faults import RawBody
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from mraru.budget_records import Budget
from mraru.errors import TeacherError
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.store import Store
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher
from mraru.teachers.guards.booked_calls import BookedCalls, PlannedCall
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.llm.answers.answer import parse_answer
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.answers.token_usage import MOST_CHARS_PER_TOKEN, MOST_TOKENS, book_tokens
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.side_questions.definition_drafter import DefinitionDrafter
from mraru.teachers.side_questions.definition_question import DecidedText, DefinitionQuestion, LabelDescription
from mraru.teachers.side_questions.teacher_probe import TeacherProbe

pytestmark = pytest.mark.slow

MakeTeacher = Callable[..., OpenAITeacher]
ByBatch = dict[Confidence, OpenAIBatchTeacher]
TEXT = "Shares of the company fell."
QUESTION = DefinitionQuestion(
    title="News desk",
    instruction="",
    label=LabelDescription(value="Sport"),
    contrast=LabelDescription(value="Business"),
    texts=(DecidedText(text=TEXT, said="Sport", right="Business"),),
)
NUMBERS = itertools.count()
CONFIDENCES = [
    Confidence(),
    Confidence(method=ConfidenceMethod.LOGPROBS),
    Confidence(method=ConfidenceMethod.SAMPLES, n_samples=3),
]
SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
BODIES = odd_completions().map(json.dumps) | ODD_VALUES.map(json.dumps) | st.text(max_size=20)


def check_answer(answer: TeacherAnswer, labels: tuple[str, ...]) -> None:
    """It can be stored and believed."""
    assert answer.label in (None, *labels)
    assert (answer.label is None) == (answer.no_label_reason is not None)
    assert min(answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.booked_tokens, answer.cost_usd) >= 0
    for said in (answer.raw, answer.no_label_reason, answer.explanation, answer.parameters, answer.request_id):
        assert said is None or said.encode() is not None
    if answer.probabilities is not None:
        assert sum(share for _, share in answer.probabilities) == pytest.approx(1.0)
        assert [label for label, _ in answer.probabilities] == list(labels)


@settings(SHARED, max_examples=300)
@given(content=CONTENTS | LONG_CONTENTS)
def test_any_content_is_a_label_of_the_config_or_a_reason(schema: LabelSchema, content: str) -> None:
    parsed = parse_answer(schema, content)
    assert parsed.label in (None, *schema.labels)
    assert (parsed.label is None) == bool(parsed.no_label_reason)


@settings(SHARED, max_examples=200)
@given(usage=USAGES, n_sent=st.integers(0, 4000), n_came=st.integers(0, 4000), is_empty=st.booleans())
def test_no_more_is_believed_than_can_be_and_no_less_booked(
    usage: Any, n_sent: int, n_came: int, is_empty: bool
) -> None:
    booked = book_tokens(
        usage, prompt_bound=n_sent + 600, completion_bound=200, prompt_chars=n_sent, answer_chars=n_came
    )
    assert booked.prompt_tokens >= n_sent / MOST_CHARS_PER_TOKEN
    assert booked.completion_tokens >= n_came / MOST_CHARS_PER_TOKEN
    assert booked.prompt_tokens <= MOST_TOKENS
    assert booked.completion_tokens <= 2 * MOST_TOKENS


@settings(SHARED, max_examples=200)
@given(prompt=COUNTS, completion=COUNTS, total=COUNTS, reasoning=COUNTS)
def test_what_is_believed_is_booked_in_full(prompt: Any, completion: Any, total: Any, reasoning: Any) -> None:
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    booked = book_tokens(usage, prompt_bound=700, completion_bound=200)
    if booked.is_counted and prompt == booked.prompt_tokens:
        told = [count for count in (completion, reasoning) if type(count) is int and 0 < count <= MOST_TOKENS]
        assert booked.completion_tokens >= max(told, default=0)
        if type(total) is int and total <= MOST_TOKENS:
            assert booked.prompt_tokens + booked.completion_tokens >= total


@pytest.fixture
def by_batch(make_teacher: MakeTeacher) -> ByBatch:
    return {confidence: OpenAIBatchTeacher(make_teacher(confidence=confidence)) for confidence in CONFIDENCES}


@settings(SHARED, max_examples=300)
@given(
    said=odd_completions(),
    status=st.sampled_from([200, 200, 200, 200, "200", None, 400, 404, 429, 500, 0, -1, 10**6, [], True]),
    confidence=st.sampled_from(CONFIDENCES),
    holder=st.sampled_from(["response", "response", "response", "error", "nothing"]),
    request_id=st.sampled_from(["req_1", None, 7, "\u00e9", "\ud83d", []]),
)
def test_any_line_of_a_batch_job_has_an_outcome(
    by_batch: ByBatch, schema: LabelSchema, said: Any, status: Any, confidence: Confidence, holder: str, request_id: Any
) -> None:
    teacher = by_batch[confidence]
    plan = teacher.plan(TEXT)
    line: dict[str, Any] = {"custom_id": "1-0", "response": None, "error": None}
    if holder == "response":
        line["response"] = {"status_code": status, "request_id": request_id, "body": said}
    elif holder == "error":
        line["error"] = said
    outcome = teacher.conclude(plan, [json.dumps(line)] * 2, TEXT)
    if outcome.answer is not None:
        check_answer(outcome.answer, schema.labels)
    else:
        assert outcome.error


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One ledger for many calls."""
    opened = open_store(Path(tmp_path_factory.mktemp("books")) / "mraru.sqlite3")
    yield opened
    opened.close()


def make_drafter(server: OpenAIServer, price: Price) -> DefinitionDrafter:
    return DefinitionDrafter(model="gpt-4.1-mini", price=price, api_key="k", base_url=server.base_url)


@settings(SHARED, max_examples=80)
@given(
    body=BODIES,
    status=st.sampled_from([200, 200, 200, 200, 400, 403, 404, 422, 429, 500, 502]),
    content_type=st.sampled_from(["application/json", "text/plain", "application/json; charset=latin-1"]),
    confidence=st.sampled_from(CONFIDENCES),
    who=st.sampled_from(["teacher", "teacher", "probe", "drafter"]),
)
def test_whatever_a_server_answers_the_books_are_right(
    server: OpenAIServer,
    make_teacher: MakeTeacher,
    schema: LabelSchema,
    price: Price,
    books: Store,
    body: str,
    status: int,
    content_type: str,
    confidence: Confidence,
    who: str,
) -> None:
    server.every_fault = RawBody(body=body, content_type=content_type, status=status)
    asked = make_teacher(confidence=confidence)
    text = f"{TEXT} {next(NUMBERS)}"  # new to the ledger
    teacher: Teacher = TeacherProbe(asked, lists_models=True) if who == "probe" else asked
    booked = BudgetedTeacher(teacher, books.ledger, project_id=1, budget=Budget())
    ask, identity, question_hash = partial(booked.label, text), teacher.identity_of(text), hash_text(text)
    if who == "drafter":
        drafter, question = make_drafter(server, price), replace(QUESTION, title=text)
        identity, question_hash = drafter.identity, question.hash
        planned = PlannedCall(
            identity=identity,
            question_hash=question_hash,
            cost_bound_usd=drafter.cost_bound_usd(question),
            tokens_bound=drafter.tokens_bound(question),
        )
        calls = BookedCalls(books.ledger, project_id=1, budget=Budget())
        ask = partial(calls.make, planned, partial(drafter.draft, question))
    before = books.ledger.spending(1)
    n_requests = server.n_requests
    try:
        answer = ask()
    except TeacherError:
        answer = None
    after = books.ledger.spending(1)
    assert server.n_requests - n_requests <= 30  # no refusal is asked about without end
    assert after.n_tokens >= before.n_tokens
    assert after.cost_usd >= before.cost_usd
    if answer is not None:
        check_answer(answer, schema.labels)
        assert after.n_calls == before.n_calls + 1
        assert after.cost_usd == pytest.approx(before.cost_usd + answer.cost_usd)
        assert books.ledger.find_answer(identity, question_hash) is not None or answer.cut_at
    assert not books.ledger.is_under_way(identity, question_hash)
