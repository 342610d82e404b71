"""Errors in any shape become one line in plain words, without the text and without the key."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fakes.openai_faults import said
from fakes.openai_server import OpenAIServer
from mraru.errors import TeacherError
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.error_bodies import NO_REASON, find_status, read_error_body

MakeTeacher = Callable[..., OpenAITeacher]
KEY = "own-token-0123456789"
TEXT = "Dear doctor, my patient number is 4711 and I have been ill since Monday."
ECHO = {"type": "value_error", "loc": ["body", "messages", 1], "msg": "Value error, odd", "input": TEXT * 1000}
DEEP = json.loads("[" * 500 + "]" * 500)


@pytest.mark.parametrize("body", ["", " \n", None, [], {}, {"error": None}, {"error": {"code": 500}}, DEEP, 7, b"x"])
def test_where_nothing_is_said_no_reason_is_given(body: object) -> None:
    assert read_error_body(body).message == NO_REASON


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": [{"msg": "one"}, {"msg": "two"}, {"msg": "one"}]}, "one; two"),
        ({"errors": [{"message": "one"}]}, "one"),
        ({"status": "failure", "hint": "try later"}, "status: failure, hint: try later"),
        ("<!DOCTYPE html><html><style>p {}</style><body><p>Sorry &amp; bye</p><!-- x --></body></html>", "Sorry & bye"),
        ("first line\r\nsecond", "first line second"),
        ({"error": {"message": "Error code: 400 - {'message': 'it\\'s odd'}"}}, "Error code: 400: it's odd"),
        ({"error": "a set {1, 2} and a list [x]"}, "a set {1, 2} and a list [x]"),
    ],
)
def test_the_message_is_found_in_every_shape(body: object, message: str) -> None:
    assert read_error_body(body).message == message


@pytest.mark.parametrize("status", [200, 400, 401, 422, 429, 500, 502])
@pytest.mark.parametrize(
    "body",
    [
        {"detail": [ECHO]},
        {"error": f"cannot read {TEXT} with {KEY}"},
        {"message": f"cannot read {TEXT}", "code": 502},
        {"error": {"message": f"x - {{'error': {{'message': {TEXT!r}}}}}"}},
        {"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps({"error": TEXT})}}},
        f"<html><body>{KEY}<p>{TEXT}</p></body></html>",
        TEXT,
    ],
)
def test_neither_text_nor_key_is_shown_in_whatever_shape_they_come(
    server: OpenAIServer, make_teacher: MakeTeacher, status: int, body: object
) -> None:
    server.queue(said(status, body))
    try:
        shown = str(make_teacher().label(TEXT).no_label_reason)
    except TeacherError as exc:
        shown = str(exc)
    assert "patient number" not in shown
    assert KEY not in shown
    assert len(shown) < 700


def test_half_a_character_in_an_error_can_be_stored() -> None:
    said = read_error_body({"error": {"message": "no \udc00 \ud83d", "code": "\ud83d"}})
    assert (said.message, said.code) == ("no ? ?", "?")


@pytest.mark.parametrize("code", ["9" * 5000, "-400", "4000", "\u0664\u0660\u0660"])
def test_a_code_that_is_no_status_is_none(code: str) -> None:
    assert find_status({"error": {"code": code}}) is None
