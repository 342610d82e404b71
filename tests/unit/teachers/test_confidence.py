from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from fakes.openai_faults import OddAnswer, Refusal, unwelcome_parameter
from fakes.openai_logprobs import token
from fakes.openai_server import OpenAIServer
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.llm.answers.chat_answer import read_tokens
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod, label_distribution
from mraru.teachers.llm.openai_teacher import OpenAITeacher

MakeTeacher = Callable[..., OpenAITeacher]
LOGPROBS = Confidence(method=ConfidenceMethod.LOGPROBS)
OPENING = token('{"'), token("label"), token('":"')


def make_schema(*choices: str | Choice) -> LabelSchema:
    listed = tuple(choice if isinstance(choice, Choice) else Choice(value=choice) for choice in choices)
    return LabelSchema(from_name="c", to_name="t", text_field="text", choices=listed)


def distribution(schema: LabelSchema, *entries: Any) -> dict[str, float] | None:
    found = label_distribution(schema, read_tokens(list(entries)))
    if found is None:
        return None
    assert [label for label, _ in found] == list(schema.labels)
    assert math.isclose(sum(p for _, p in found), 1.0)
    assert all(p >= 0 for _, p in found)
    return {label: round(p, 4) for label, p in found}


def test_labels_share_the_probability_of_the_token_that_decides() -> None:
    schema = make_schema("sport", "tech", "world")
    entries = *OPENING, token("sport", 0.7, {"tech": 0.2, "world": 0.1}), token('"}')
    assert distribution(schema, *entries) == {"sport": 0.7, "tech": 0.2, "world": 0.1}


def test_a_label_in_several_tokenizations_gets_them_all() -> None:
    schema = make_schema("business", "sport")
    entries = (
        *OPENING,
        token("bus", 0.5, {"business": 0.2, "b": 0.1, "sp": 0.15, "s": 0.05}),
        token("iness"),
        token('"}'),
    )
    assert distribution(schema, *entries) == {"business": 0.8, "sport": 0.2}


def test_tokens_that_hold_more_than_the_label_are_read_too() -> None:
    schema = make_schema("sport", "tech")
    entries = token('{"label'), token('": "sport', 0.6, {'": "te': 0.3, '":"sport"}': 0.1}), token('"}')
    assert distribution(schema, *entries) == {"sport": 0.7, "tech": 0.3}


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ((token("sport", 0.8, {"tech": 0.2}), token('"', 0.75, {" news": 0.25}), token("}")), 0.6),
        ((token("sport", 0.8, {"tech": 0.2}), token(" news", 0.25, {'"}': 0.75}), token('"}')), 0.6),
        ((token("sport", 0.5, {"tech": 0.2, 'sport"': 0.3}), token('"', 0.6, {" news": 0.4}), token("}")), 0.6),
    ],
)
def test_labels_that_begin_alike_are_told_apart_where_they_part(answered: tuple[Any, ...], expected: float) -> None:
    schema = make_schema("sport", "sport news", "tech")
    assert distribution(schema, *OPENING, *answered) == {"sport": expected, "sport news": 0.2, "tech": 0.2}


def test_a_beginning_that_several_labels_share_is_spread_over_them() -> None:
    schema = make_schema("spam", "spot", "tech")
    entries = *OPENING, token("tech", 0.6, {"sp": 0.4}), token('"}')
    assert distribution(schema, *entries) == {"spam": 0.2, "spot": 0.2, "tech": 0.6}


def test_what_the_server_did_not_list_is_spread_over_all_labels() -> None:
    schema = make_schema("sport", "tech")
    assert distribution(schema, *OPENING, token("sport", 0.6), token('"}')) == {"sport": 0.8, "tech": 0.2}


def test_what_fits_no_label_is_left_out() -> None:
    schema = make_schema("sport", "tech")
    entries = *OPENING, token("sport", 0.4, {"tech": 0.1, "weather": 0.5}), token('"}')
    assert distribution(schema, *entries) == {"sport": 0.8, "tech": 0.2}


def test_value_and_alias_are_one_label_and_a_value_beats_an_alias() -> None:
    schema = make_schema(Choice(value="Sport", alias="games"), Choice(value="Tech", alias="Sport"), "World")
    entries = *OPENING, token("Sport", 0.5, {"games": 0.2, "Tech": 0.2, "World": 0.1}), token('"}')
    assert distribution(schema, *entries) == {"games": 0.7, "Sport": 0.2, "World": 0.1}


def test_tokens_that_end_within_a_character_are_put_together() -> None:
    schema = make_schema("Küche", "Kästen")
    k_umlaut = "ü".encode()
    entries = *OPENING, token("K"), token(k_umlaut[:1]), token(k_umlaut[1:], 0.9, {"ä".encode()[1:]: 0.1}), token("che")
    assert distribution(schema, *entries) == {"Küche": 0.9, "Kästen": 0.1}


def test_labels_that_json_escapes_are_recognized() -> None:
    schema = make_schema('say "hi"', "Küche")
    entries = *OPENING, token('say \\"', 0.75, {"K\\u00fc": 0.25}), token('hi\\""}')
    assert distribution(schema, *entries) == {'say "hi"': 0.75, "Küche": 0.25}


def test_plain_text_is_read_without_its_quotes_and_case() -> None:
    schema = make_schema("Sport", "Tech")
    assert distribution(schema, token('"'), token("sport", 0.9, {"TECH": 0.1}), token('".')) == {
        "Sport": 0.9,
        "Tech": 0.1,
    }


def test_plain_text_does_not_show_that_a_label_ends() -> None:
    schema = make_schema("sport", "sport news", "tech")
    assert distribution(schema, token("sport", 0.8, {"tech": 0.2})) == {"sport": 0.4, "sport news": 0.4, "tech": 0.2}


@pytest.mark.parametrize("entries", [(token("weather"),), (token(""),), (*OPENING, token("weather"), token('"}')), ()])
def test_an_answer_that_shows_no_label_has_no_distribution(entries: tuple[Any, ...]) -> None:
    assert distribution(make_schema("sport", "tech"), *entries) is None


def test_a_reason_after_the_label_changes_nothing() -> None:
    schema = make_schema("sport", "tech")
    decisive = *OPENING, token("sport", 0.9, {"tech": 0.1})
    rest = token('","reason":"'), token("It", 0.1, {"tech": 0.9}), token('"}')
    assert distribution(schema, *decisive, *rest) == {"sport": 0.9, "tech": 0.1}


def test_the_teacher_asks_for_log_probabilities_and_gives_them_with_the_label(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    entries = *OPENING, token("Business", 0.8, {"Sport": 0.15, "K": 0.05}), token('"}')
    server.queue(OddAnswer(logprobs=entries))
    answer = make_teacher(confidence=LOGPROBS).label("text")
    assert server.requests[0].body["logprobs"] is True
    assert server.requests[0].body["top_logprobs"] == 20
    assert answer.probabilities is not None
    assert dict(answer.probabilities) == pytest.approx({"sport-1": 0.15, "Business": 0.8, "Küche & Kochen": 0.05})


def test_nothing_is_asked_and_nothing_given_without_the_setting(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    answer = make_teacher().label("text")
    assert not server.requests[0].body.keys() & {"logprobs", "top_logprobs", "n"}
    assert answer.probabilities is None


@pytest.mark.parametrize(
    "refusal", [unwelcome_parameter("logprobs"), Refusal(status=403, message="You are not allowed to request logprobs")]
)
def test_a_model_without_log_probabilities_still_labels(
    server: OpenAIServer, make_teacher: MakeTeacher, refusal: Refusal
) -> None:
    server.queue(refusal)
    teacher = make_teacher(confidence=LOGPROBS)
    answers = [teacher.label("one"), teacher.label("two")]
    assert [(answer.label, answer.probabilities) for answer in answers] == [("Business", None)] * 2
    assert [request.body.get("logprobs") for request in server.requests] == [True, None, None]


@pytest.mark.parametrize(
    "message", ["top_logprobs must be at most 5", "Requested sample logprobs of 20, greater than max allowed: 5"]
)
def test_a_server_with_a_lower_limit_is_asked_for_fewer(
    server: OpenAIServer, make_teacher: MakeTeacher, message: str
) -> None:
    server.queue(Refusal(status=400, message=message))
    answer = make_teacher(confidence=LOGPROBS).label("text")
    assert answer.probabilities is not None
    assert [request.body["top_logprobs"] for request in server.requests] == [20, 5]


def test_a_tool_call_has_no_log_probabilities_and_pretends_none(
    server: OpenAIServer, make_teacher: MakeTeacher
) -> None:
    server.unwelcome_formats = {"json_schema"}
    answer = make_teacher(confidence=LOGPROBS).label("text")
    assert (answer.label, answer.probabilities) == ("Business", None)
