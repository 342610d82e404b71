"""What labelling would cost, estimated from a sample of texts; nobody is asked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.budget_records import Budget, Spending
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.token_counting import estimate_tokens

ASSUMED_LABEL_TOKENS = 15  # {"label": "..."}
ASSUMED_REASON_TOKENS = 40  # one short sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEstimate:
    """Tokens and dollars of an average call, or of the calls about an average text."""

    prompt_tokens: float
    answer_tokens: float
    cost_usd: float
    n_calls: float = 1.0  # by several teachers about one text

    @property
    def n_tokens(self) -> float:
        return self.prompt_tokens + self.answer_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCalls:
    """About how many texts the teacher may yet be asked, and what sets their number."""

    n_texts: int
    limit: str  # a setting, or "every text is labelled"


def estimate_prompt_tokens(body: Mapping[str, object]) -> int:
    """About how many tokens the prompt of a request is, its answer format included.

    >>> estimate_prompt_tokens({"messages": [{"role": "user", "content": "Shares fell."}], "temperature": 0.0})
    3
    """
    messages = body.get("messages")
    contents = [str(message["content"]) for message in messages] if isinstance(messages, list) else []
    formats = [json.dumps(body[name], ensure_ascii=False) for name in ("response_format", "tools") if name in body]
    return sum(map(estimate_tokens, [*contents, *formats]))


def average_call(prompt_tokens: Sequence[float], answer_tokens: float, price: Price) -> CallEstimate:
    """The average over a sample's prompts, with answers of one length.

    >>> average_call([100, 300], 50, Price(input_usd_per_mtok=10, output_usd_per_mtok=20))
    CallEstimate(prompt_tokens=200.0, answer_tokens=50, cost_usd=0.003, n_calls=1.0)
    """
    mean = sum(prompt_tokens) / len(prompt_tokens)
    cost_usd = price.cost_usd(prompt_tokens=round(mean), completion_tokens=round(answer_tokens))
    return CallEstimate(prompt_tokens=mean, answer_tokens=answer_tokens, cost_usd=cost_usd)


def add_calls(calls: Sequence[CallEstimate], shares: Sequence[float]) -> CallEstimate:
    """What several teachers use on an average text.

    Args:
        calls: an average one of each teacher.
        shares: of the texts that each is asked about.

    >>> call = CallEstimate(prompt_tokens=100, answer_tokens=10, cost_usd=0.01)
    >>> add_calls([call, call], [1.0, 0.5])
    CallEstimate(prompt_tokens=150.0, answer_tokens=15.0, cost_usd=0.015, n_calls=1.5)
    """
    weighed = list(zip(calls, shares, strict=True))
    return CallEstimate(
        prompt_tokens=sum(share * call.prompt_tokens for call, share in weighed),
        answer_tokens=sum(share * call.answer_tokens for call, share in weighed),
        cost_usd=sum(share * call.cost_usd for call, share in weighed),
        n_calls=sum(share * call.n_calls for call, share in weighed),
    )


def plan_calls(n_unlabelled: int, call: CallEstimate, caps: Sequence[tuple[str, Budget, Spending]]) -> PlannedCalls:
    """How many of the texts the budgets leave room for, if each is an average one.

    Args:
        caps: beginning of the settings' names, budget, and what was spent of it.

    >>> call = CallEstimate(prompt_tokens=90, answer_tokens=10, cost_usd=0.01)
    >>> spent = Spending(n_calls=5, cost_usd=0.0)
    >>> plan_calls(100, call, [("MRARU_MAX", Budget(max_calls=25, max_cost_usd=5.0), spent)])
    PlannedCalls(n_texts=20, limit='MRARU_MAX_CALLS')
    """
    plan = PlannedCalls(n_texts=n_unlabelled, limit="every text is labelled")
    for setting, budget, spent in caps:
        room = []
        if budget.max_calls is not None:
            room.append((f"{setting}_CALLS", math.floor((budget.max_calls - spent.n_calls) / call.n_calls)))
        if budget.max_tokens is not None:
            room.append((f"{setting}_TOKENS", math.floor((budget.max_tokens - spent.n_tokens) / call.n_tokens)))
        if budget.max_cost_usd is not None and call.cost_usd > 0:
            room.append((f"{setting}_COST_USD", math.floor((budget.max_cost_usd - spent.cost_usd) / call.cost_usd)))
        for limit, n_texts in room:
            if n_texts < plan.n_texts:
                plan = PlannedCalls(n_texts=max(0, n_texts), limit=limit)
    return plan
