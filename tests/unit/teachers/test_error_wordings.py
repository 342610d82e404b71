"""What servers really say, and what we make of it, each wording sent over HTTP.

`fakes/error_wordings.jsonl` has a line for each server and wording; lengths in tokens are made to fit the text here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import fakes
from fakes.openai_faults import said
from fakes.openai_server import OpenAIServer
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.call_failures import CallRefused, CallThrottled, CallUnavailable

MakeTeacher = Callable[..., OpenAITeacher]
TEXT = "The company said on Tuesday that its shares fell after the announcement of the quarter. " * 40
LINES = (Path(fakes.__path__[0]) / "error_wordings.jsonl").read_text("utf-8").splitlines()
WORDINGS = [json.loads(line) for line in LINES]


def describe(server: OpenAIServer, teacher: OpenAITeacher) -> tuple[str, str]:
    """What came of asking, and what people read of it."""
    try:
        answer = teacher.label(TEXT)
    except CallThrottled as exc:
        return "throttled", str(exc)
    except CallUnavailable as exc:
        return ("wait, maybe billed" if exc.maybe_billed else "wait"), str(exc)
    except CallRefused as exc:
        billed = ", maybe billed" if exc.maybe_billed else ""
        message = str(exc)
        meaning = "no money" if "no money left" in message else message[message.find("check ") :].partition(". HTTP")[0]
        return meaning + billed, message
    if answer.label is None:
        reason = str(answer.no_label_reason)
        return f"no label: {reason.partition(' (HTTP')[0]}", reason
    first, second = server.requests
    refused, context = teacher.parts.memory.style().refused, teacher.parts.memory.context()
    if refused:
        return f"asked without {', '.join(sorted(refused))}", ""
    assert len(second.text) < 0.95 * len(first.text)
    return (f"cut for {context.tokens}" if context is not None else "cut"), ""


@pytest.mark.parametrize("row", WORDINGS, ids=[f"{row['server']}-{row['status']}" for row in WORDINGS])
def test_what_a_server_says_is_understood_and_shown_in_plain_words(
    server: OpenAIServer, make_teacher: MakeTeacher, row: dict[str, object]
) -> None:
    server.queue(said(int(str(row["status"])), row["body"]))
    meaning, shown = describe(server, make_teacher(confidence=Confidence(method=ConfidenceMethod.LOGPROBS)))
    assert meaning == row["meaning"]
    for mark in ("{", "}", "[", "<", "'message'", '"message"', "\\n"):
        assert mark not in shown


def test_the_table_has_the_servers_that_people_use() -> None:
    assert len({row["server"] for row in WORDINGS}) >= 17
