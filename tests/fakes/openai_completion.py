"""The bodies of the simulated teacher's good and odd answers, in the format that the request asked for."""

from __future__ import annotations

import json
import time
from typing import Any

from fakes.openai_faults import GOOD_USAGE, OddAnswer
from fakes.openai_logprobs import token
from mraru.answers import NO_LABELS, split_answer


def make_completion(
    number: int, body: dict[str, Any], label: str, odd: OddAnswer, *, max_choices: int | None = None
) -> dict[str, Any]:
    """A chat completion.

    Args:
        number: of the request; makes the id.
        body: of the request.
        max_choices: given at most, whatever `n` asks for.
    """
    n_choices = min(body.get("n", 1), max_choices or body.get("n", 1))
    contents = odd.contents or (odd.content,) * n_choices
    choices = [_choice(index, body, label, content, odd) for index, content in enumerate(contents[:n_choices])]
    completion: dict[str, Any] = {
        "id": f"chatcmpl-{number:012x}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": odd.model or body["model"],
        "choices": choices if odd.with_choices else [],
        "service_tier": "default",
    }
    if odd.with_usage:
        said = "".join(str(choice["message"]["content"]) for choice in choices)
        prompt_tokens = count_prompt_tokens(body)
        completion_tokens = odd.completion_tokens or 1 + len(said) // 4
        completion["usage"] = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": odd.reasoning_tokens, "audio_tokens": 0},
        }
    if odd.usage is not GOOD_USAGE:
        completion["usage"] = odd.usage
    for name, value in odd.replaced.items():
        completion[name] = value
        if value is None:
            del completion[name]
    return completion


def count_prompt_tokens(body: dict[str, Any]) -> int:
    """A token for each 4 bytes of the messages."""
    shown = "".join(str(message["content"]) for message in body["messages"])
    return 1 + len(shown.encode()) // 4


def _choice(index: int, body: dict[str, Any], label: str, content: str | None, odd: OddAnswer) -> dict[str, Any]:
    said = content if content is not None else _good_content(body, label)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if odd.refusal else said,
        "refusal": odd.refusal,
        "annotations": [],
    }
    if odd.reasoning is not None:
        message["reasoning_content"] = odd.reasoning
    if "tools" in body and content is None and not odd.refusal:
        function = {"name": body["tools"][0]["function"]["name"], "arguments": said}
        message["content"] = None
        message["tool_calls"] = [{"id": f"call_{index}", "type": "function", "function": function}]
    logprobs = None
    if body.get("logprobs") and "tools" not in body:
        logprobs = {"content": list(odd.logprobs) if odd.logprobs else [token(said)], "refusal": None}
    return {"index": index, "message": message, "logprobs": logprobs, "finish_reason": odd.finish_reason}


def _good_content(body: dict[str, Any], label: str) -> str:
    if "tools" not in body and "response_format" not in body:
        return label  # plain text, as models answer that nothing holds to a form
    form = _find_questions(body)
    if form is not None:
        return json.dumps(_answer_questions(form, label, str(body["messages"][0]["content"])), ensure_ascii=False)
    are_sets = '{"labels": [' in str(body["messages"][0]["content"])
    answer: dict[str, object] = {"labels": list(split_answer(label))} if are_sets else {"label": label}
    if '"reason"' in str(body["messages"][0]["content"]):
        answer["reason"] = f"It is about {label}."
    return json.dumps(answer, ensure_ascii=False)


def _find_questions(body: dict[str, Any]) -> dict[str, Any] | None:
    """The form that several questions are to be answered in, from the system message; None where one is asked."""
    system = str(body["messages"][0]["content"])
    if "answer each question below" not in system:
        return None
    start = system.index("JSON of the form ") + len("JSON of the form ")
    form, _ = json.JSONDecoder().raw_decode(system[start:])
    assert isinstance(form, dict)
    return form


def _answer_questions(form: dict[str, Any], label: str, system: str) -> dict[str, object]:
    """Each question answered with its labels in a whole answer, "mood: good | topic: sport"; null for the others."""
    answer: dict[str, object] = {}
    for name, value in form.items():
        if f'Question "{name}"' not in system:
            answer[name] = f"It is about {label}."  # the reason
            continue
        prefix = f"{name}: "
        said = [each.removeprefix(prefix) for each in split_answer(label) if each.startswith(prefix)]
        named = [each for each in said if each != NO_LABELS]
        answer[name] = named if isinstance(value, list) else next(iter(named), None)
    return answer
