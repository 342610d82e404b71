"""What a server says of tokens is checked: the label is kept whatever it says, and nothing is booked too low."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from mraru.budget_records import Budget
from mraru.records import Usage
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.llm.answers.token_usage import MOST_TOKENS, BookedTokens, book_tokens
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price

MakeTeacher = Callable[..., OpenAITeacher]
TEXT = "Shares of the company fell."
PROMPT_BOUND, ANSWER_BOUND = 90, 20
NO_COUNTS = [None, 0, "12", 12.0, True, float("nan"), float("inf"), 1e30, 10**30, MOST_TOKENS + 1, [], {}]


def book(usage: object, **arguments: bool) -> BookedTokens:
    return book_tokens(usage, prompt_bound=PROMPT_BOUND, completion_bound=ANSWER_BOUND, **arguments)


@pytest.mark.parametrize("usage", [None, {}, [], "much", 5, *({"prompt_tokens": odd} for odd in NO_COUNTS)])
def test_what_is_not_counted_is_at_its_bound(usage: object) -> None:
    assert book(usage) == BookedTokens(prompt_tokens=PROMPT_BOUND, completion_tokens=ANSWER_BOUND, is_counted=False)


@pytest.mark.parametrize("odd", NO_COUNTS)
def test_each_count_that_is_none_leaves_the_others_believed(odd: object) -> None:
    assert book({"prompt_tokens": odd, "completion_tokens": 5, "total_tokens": odd}) == BookedTokens(
        prompt_tokens=PROMPT_BOUND, completion_tokens=5, is_counted=False
    )
    assert book({"prompt_tokens": 50, "completion_tokens": odd, "total_tokens": odd}) == BookedTokens(
        prompt_tokens=50, completion_tokens=ANSWER_BOUND, is_counted=False
    )
    assert book({"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": odd}).is_counted


@pytest.mark.parametrize("negative", [-1, -(10**30), -0.5, float("-inf")])
@pytest.mark.parametrize("name", ["prompt_tokens", "completion_tokens", "total_tokens", "reasoning_tokens"])
def test_usage_with_a_negative_count_is_not_believed_at_all(name: str, negative: float) -> None:
    good = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
    assert book({**good, name: negative}) == book(None)
    if name == "reasoning_tokens":
        assert book({**good, "completion_tokens_details": {name: negative}}) == book(None)


@pytest.mark.parametrize(
    ("usage", "prompt_tokens", "completion_tokens"),
    [
        ({"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 255}, 50, 205),  # told by the total alone
        (
            {"prompt_tokens": 50, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 200}},
            50,
            205,
        ),
        ({"prompt_tokens": 50, "completion_tokens": 5, "reasoning_tokens": 200}, 50, 205),
        (
            {
                "prompt_tokens": 50,
                "completion_tokens": 205,
                "total_tokens": 255,
                "completion_tokens_details": {"reasoning_tokens": 200, "accepted_prediction_tokens": None},
                "prompt_tokens_details": {"cached_tokens": 48, "audio_tokens": 0},
                "queue_time": 0.05,
            },
            50,
            205,  # as OpenAI counts: reasoning is within the answer
        ),
        ({"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 0}, 50, 5),
        ({"prompt_tokens": 50, "total_tokens": 55}, 50, 5),
        ({"prompt_tokens": 50, "completion_tokens": 5, "completion_tokens_details": "none"}, 50, 5),
        ({"prompt_tokens": 990, "completion_tokens": 220, "total_tokens": 1210}, 990, 220),  # 11 times the bounds
    ],
)
def test_all_that_was_generated_is_booked_as_the_answer(
    usage: dict[str, object], prompt_tokens: int, completion_tokens: int
) -> None:
    assert book(usage) == BookedTokens(
        prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, is_counted=True
    )


def test_counts_of_fewer_tokens_than_the_characters_can_be_are_not_believed() -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
    assert book_tokens(
        usage, prompt_bound=PROMPT_BOUND, completion_bound=ANSWER_BOUND, prompt_chars=1000, answer_chars=100
    ).is_counted
    assert book_tokens(
        usage, prompt_bound=PROMPT_BOUND, completion_bound=ANSWER_BOUND, prompt_chars=1001, answer_chars=500
    ) == BookedTokens(prompt_tokens=PROMPT_BOUND, completion_tokens=25, is_counted=False)


def test_a_total_beyond_the_bound_of_the_prompt_was_generated() -> None:
    assert book({"total_tokens": 5000}).completion_tokens == 5000 - PROMPT_BOUND
    assert book({"completion_tokens": 5, "total_tokens": 5000}).completion_tokens == 5000 - PROMPT_BOUND


def test_no_tokens_are_believed_of_an_answer_without_words_alone() -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 0, "total_tokens": 50}
    assert book(usage, is_empty=True) == BookedTokens(prompt_tokens=50, completion_tokens=0, is_counted=True)
    assert book(usage).completion_tokens == ANSWER_BOUND


ODD_USAGE: list[object] = [
    None,
    {},
    [],
    "none",
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    {"prompt_tokens": "300", "completion_tokens": "5", "total_tokens": "305"},
    {"prompt_tokens": True, "completion_tokens": True, "total_tokens": True},
    {"prompt_tokens": 300.0, "completion_tokens": 5.0, "total_tokens": 305.0},
    {"prompt_tokens": float("nan"), "completion_tokens": float("nan"), "total_tokens": float("nan")},
    {"prompt_tokens": 1e30, "completion_tokens": 10**30, "total_tokens": 10**31},
    {"prompt_tokens": -300, "completion_tokens": -5, "total_tokens": -305},
    {"prompt_tokens": 300, "completion_tokens": -100_000, "total_tokens": 300},
]


@pytest.mark.parametrize("usage", ODD_USAGE, ids=str)
def test_the_label_is_kept_and_the_bound_of_its_request_booked(
    server: OpenAIServer, make_teacher: MakeTeacher, tmp_path: Path, usage: object
) -> None:
    server.queue(OddAnswer(usage=usage), OddAnswer(with_usage=False))
    teacher = make_teacher()
    without = make_teacher()
    store = open_store(tmp_path / "mraru.sqlite3")
    booked = BudgetedTeacher(teacher, store.ledger, project_id=1, budget=Budget(max_cost_usd=1.0))
    answer = booked.label(TEXT)
    spent = store.ledger.spending(1)
    store.close()
    assert (answer.label, answer.usage) == ("Business", Usage())
    assert answer.cost_usd == without.label(TEXT).cost_usd > 0
    assert (spent.cost_usd, spent.n_tokens) == (answer.cost_usd, teacher.tokens_bound(TEXT))


def test_tokens_of_reasoning_outside_the_answer_are_paid(
    server: OpenAIServer, make_teacher: MakeTeacher, price: Price
) -> None:
    server.queue(OddAnswer(usage={"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 305}))
    answer = make_teacher().label(TEXT)
    assert answer.usage == Usage(prompt_tokens=100, completion_tokens=205)
    assert answer.cost_usd == price.cost_usd(prompt_tokens=100, completion_tokens=205)


@pytest.mark.parametrize("name", ["id", "model"])
@pytest.mark.parametrize("odd", [None, 7, {"a": 1}])
def test_an_answer_without_a_name_or_a_number_is_an_answer(
    server: OpenAIServer, make_teacher: MakeTeacher, name: str, odd: object
) -> None:
    server.queue(OddAnswer(replaced={name: odd}))
    answer = make_teacher().label(TEXT)
    assert answer.label == "Business"
    assert "answered_by" not in json.loads(str(answer.parameters))


def test_an_answer_without_words_or_thoughts_is_booked_at_what_was_counted(
    server: OpenAIServer, make_teacher: MakeTeacher, price: Price
) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 100}
    server.queue(OddAnswer(content="", finish_reason="content_filter", usage=usage))
    assert make_teacher().label(TEXT).cost_usd == price.cost_usd(prompt_tokens=100, completion_tokens=0)
    thoughts = OddAnswer(content="", finish_reason="content_filter", usage=usage, reasoning="Shares, so")
    server.queue(thoughts)
    assert make_teacher().label(TEXT).cost_usd > price.cost_usd(prompt_tokens=100, completion_tokens=100)
