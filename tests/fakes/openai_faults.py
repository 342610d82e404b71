"""What the simulated teacher's server can do wrong, as records that a test queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    refusal: str | None = None
    with_usage: bool = True
    completion_tokens: int | None = None
    with_choices: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody:
    """A 200 whose body is no chat completion."""

    body: str
    content_type: str


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection is reset in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer until the server's `let_go` is set."""


Fault = Refusal | OddAnswer | RawBody | ConnectionReset | Stall


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
