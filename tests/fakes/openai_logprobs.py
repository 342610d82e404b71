"""Token log-probabilities as OpenAI's bodies hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def token(text: str | bytes, probability: float = 1.0, others: Mapping[str | bytes, float] | None = None) -> Any:
    """One entry of `logprobs.content`: the token, and in `top_logprobs` itself and the others, likeliest first."""
    listed = sorted({text: probability, **(others or {})}.items(), key=lambda entry: -entry[1])
    return {**_entry(text, probability), "top_logprobs": [_entry(name, p) for name, p in listed]}


def _entry(text: str | bytes, probability: float) -> dict[str, Any]:
    as_bytes = text.encode() if isinstance(text, str) else text
    return {
        "token": as_bytes.decode("utf-8", "replace"),
        "logprob": math.log(probability) if probability > 0 else -9999.0,
        "bytes": list(as_bytes),
    }
