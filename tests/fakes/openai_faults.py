"""What the simulated teacher's server can do wrong, as records that a test queues."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GOOD_USAGE: Any = object()  # what the answer's own tokens make


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An HTTP error with OpenAI's error body."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddAnswer:
    """A chat completion that differs from a good one where a field is set."""

    content: str | None = None  # in place of the label's JSON, also where a tool call was asked for
    contents: tuple[str, ...] = ()  # of several choices, where the request asks for several
    logprobs: tuple[Any, ...] = ()  # of `fakes.openai_logprobs.token`, if the request asks for them
    model: str | None = None  # in place of the one that was asked
    finish_reason: str = "stop"
    reasoning: str | None = None  # in a field of its own beside the answer
    refusal: str | None = None
    with_usage: bool = True
    completion_tokens: int | None = None
    replaced: Mapping[str, Any] = field(default_factory=dict)  # fields of the completion; None leaves one out
    usage: Any = GOOD_USAGE  # in place of a good one, in whatever form
    reasoning_tokens: int = 0
    with_choices: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody:
    """A body that is no chat completion, be it called an error or not."""

    body: str
    content_type: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection is reset in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer until the server's `let_go` is set."""


Fault = Refusal | OddAnswer | RawBody | ConnectionReset | Stall


def thinking(n_tokens: int, *, shows: bool = True) -> Callable[[dict[str, Any]], OddAnswer]:
    """How a reasoning model answers: after so many tokens of thoughts, or not at all where the limit ends them.

    Args:
        shows: whether its server tells thoughts and their tokens, or hands on the content alone.
    """

    def behave(body: dict[str, Any]) -> OddAnswer:
        limit = int(body.get("max_completion_tokens") or body["max_tokens"])
        is_cut = limit <= n_tokens
        return OddAnswer(
            content="" if is_cut else None,
            finish_reason="length" if is_cut else "stop",
            completion_tokens=limit if is_cut else n_tokens + 8,
            reasoning="Let me see." if shows else None,
            reasoning_tokens=min(limit, n_tokens) if shows else 0,
        )

    return behave


def said(status: int, body: object) -> RawBody:
    """What a server says in a shape of its own: JSON, or a page or a line as it stands."""
    if isinstance(body, str):
        return RawBody(status=status, body=body, content_type="text/html" if "<" in body else "text/plain")
    return RawBody(status=status, body=json.dumps(body), content_type="application/json")


def context_exceeded(n_prompt_tokens: int, n_ctx: int) -> RawBody:
    """llama.cpp's."""
    message = "the request exceeds the available context size. try increasing the context size or enable context shift"
    error = {
        "code": 400,
        "message": message,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": n_prompt_tokens,
        "n_ctx": n_ctx,
    }
    return said(400, {"error": error})


def rate_limited(retry_after_s: float | None = None) -> Refusal:
    headers = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
    return Refusal(
        status=429,
        message="Rate limit reached for requests",
        type="requests",
        code="rate_limit_exceeded",
        headers=headers,
    )


def quota_used_up() -> Refusal:
    return Refusal(
        status=429,
        message="You exceeded your current quota, please check your plan and billing details.",
        type="insufficient_quota",
        code="insufficient_quota",
    )


def server_error(status: int = 500) -> Refusal:
    return Refusal(status=status, message="The server had an error while processing your request.", type="server_error")


def wrong_key(key: str = "sk-wrong") -> Refusal:
    return Refusal(status=401, message=f"Incorrect API key provided: {key}.", code="invalid_api_key")


def unknown_model(model: str) -> Refusal:
    return Refusal(
        status=404,
        message=f"The model `{model}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


def unwelcome_parameter(name: str) -> Refusal:
    return Refusal(
        status=400,
        message=f"Unsupported parameter: '{name}' is not supported with this model.",
        code="unsupported_parameter",
        param=name,
    )


def text_too_long() -> Refusal:
    return Refusal(
        status=400,
        message="This model's maximum context length is 8192 tokens.",
        code="context_length_exceeded",
        param="messages",
    )


def prompt_filtered() -> Refusal:
    return Refusal(
        status=400,
        message="The response was filtered due to the prompt triggering content management policy.",
        code="content_filter",
        param="prompt",
    )


def unwelcome_format(name: str) -> Refusal:
    """What servers say that lack one of the answer formats, each in its own words."""
    if name == "json_schema":  # OpenAI's older models
        return Refusal(
            status=400,
            message="Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            param="response_format",
        )
    if name == "tool":  # Ollama
        return Refusal(
            status=400, message="registry.ollama.ai/library/gemma:2b does not support tools", type="api_error"
        )
    # LM Studio
    return Refusal(status=400, message="'response_format.type' must be 'json_schema' or 'text'", type="api_error")
