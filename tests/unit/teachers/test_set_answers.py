"""An LLM that is asked for sets of labels: what it is told, what it answers, and what is made of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from mraru.answers import NO_LABELS
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.batch.batch_plan import BatchPlan
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.answers.set_answer import parse_set_answer
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.few_shot_examples import Example, FewShot
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.server_capabilities import AnswerFormat, RequestStyle

MakeTeacher = Callable[..., OpenAITeacher]
CHOICES = (Choice(value="Sport", alias="s"), Choice(value="Business"), Choice(value="Küche & Kochen"))
SETS = LabelSchema(from_name="c", to_name="t", text_field="text", choices=CHOICES, is_multiple=True)
REQUIRED = replace(SETS, is_required=True)


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(schema=SETS, title="", instruction="", max_text_tokens=500)


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ('{"labels": ["Business", "Sport"]}', "Business | s"),
        ('{"labels": ["s", "sport"]}', "s"),
        ('{"label": "Sport"}', "s"),
        ('{"Labels": "Sport"}', "s"),
        ('{"labels": []}', NO_LABELS),
        ('```json\n{"labels": ["Küche & Kochen"]}\n```', "Küche & Kochen"),
        ('<think>Sport? {"labels": ["Sport"]}</think>{"labels": ["Business"]}', "Business"),
        ('Here it is: {"labels": ["Business"], "reason": "It is about {money}."}', "Business"),
        ('["Business", "Sport"]', "Business | s"),
        ("Business, Sport", "Business | s"),
        ("- Business\n- Sport\n", "Business | s"),
        ("1. Business\n2. Sport", "Business | s"),
        ("Sport", "s"),
    ],
)
def test_a_set_is_read_however_it_is_written(raw: str, label: str) -> None:
    assert parse_set_answer(SETS, raw).label == label


BETWEEN = LabelSchema(
    from_name="c",
    to_name="t",
    text_field="text",
    choices=tuple(Choice(value=value) for value in ("A|B", "A , B", "A", "B")),
    is_multiple=True,
)


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("A , B", "A , B"),
        ("a|b", "A|B"),
        ("- A , B\n- A", "A | A , B"),
        ("B, A", "A | B"),
        ("A|B, A", None),
        ("A, A , B", None),
        ('["A|B", "A"]', "A | A|B"),
        ('{"labels": ["a|b"]} {"labels": ["A|B"]}', "A|B"),
    ],
)
def test_a_label_that_looks_like_several_is_never_taken_apart(raw: str, label: str | None) -> None:
    assert parse_set_answer(BETWEEN, raw).label == label


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        ('{"labels": ["Business", "Weather"]}', '"Weather", which is no label'),
        ('{"labels": ["Sport"], "labels": ["Business"]}', "neither JSON"),
        ('{"labels": ["Sport"]} or {"labels": ["Business"]}', "several sets"),
        ('{"labels": {"Sport": true}}', "neither JSON"),
        ('{"labels": null}', "neither JSON"),
        ('{"labels": [1]}', "neither JSON"),
        ("None of them fits.", "neither JSON"),
        ("Sport, but also a bit of Business", "neither JSON"),
        ("<think>Sport", "within the LLM's thoughts"),
        ("Sport\n" * 10_000, "neither JSON"),
    ],
)
def test_what_is_no_set_of_the_projects_labels_is_none(raw: str, why: str) -> None:
    answer = parse_set_answer(SETS, raw)
    assert answer.label is None
    assert why in str(answer.no_label_reason)


def test_the_empty_set_is_no_answer_where_a_label_is_required() -> None:
    assert "asks for one at least" in str(parse_set_answer(REQUIRED, '{"labels": []}').no_label_reason)


@given(st.text(max_size=200))
def test_no_answer_names_what_is_not_in_the_project(raw: str) -> None:
    label = parse_set_answer(SETS, raw).label
    assert label is None or SETS.is_answer(label)


def test_the_prompt_asks_for_all_labels_that_fit(prompt: Prompt) -> None:
    assert "choose every label that fits it" in prompt.system
    assert '{"labels": ["...", "..."]}' in prompt.system
    assert "If no label fits, the list is empty." in prompt.system
    assert "the one label" not in prompt.system
    required = replace(prompt, schema=REQUIRED).system
    assert "one or several" in required
    assert "the list is empty" not in required
    assert replace(prompt, schema=replace(SETS, is_multiple=False)).version() != prompt.version()


class GivenExamples:
    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        return (Example(text="x", label=NO_LABELS), Example(text="Shown.", label="Business | s"))


def test_an_example_shows_a_set_as_the_llm_would_answer_it(prompt: Prompt) -> None:
    few_shot = FewShot(GivenExamples(), n_examples=2, max_tokens=100)
    messages = replace(prompt, few_shot=few_shot).render("Asked.")
    assert "each with the labels that they gave" in str(messages[0]["content"])
    answers = [str(message["content"]) for message in messages if message["role"] == "assistant"]
    assert answers == ['{"labels": ["Business", "Sport"]}', '{"labels": []}']


def test_more_labels_than_may_be_chosen_are_no_answer(prompt: Prompt) -> None:
    two = replace(SETS, most=2)
    assert "The list holds at most 2 labels." in replace(prompt, schema=two).system
    raw = '{"labels": ["Sport", "Business", "Sport", "Küche & Kochen"]}'
    assert parse_set_answer(SETS, raw).label is not None
    assert parse_set_answer(two, raw).no_label_reason == "the LLM named 3 labels, and at most 2 may be chosen"
    assert parse_set_answer(two, '{"labels": ["Sport", "s", "Business"]}').label == "Business | s"


@pytest.mark.parametrize("answer_format", list(AnswerFormat))
def test_a_set_is_asked_for_and_booked_in_each_format(
    server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt, answer_format: AnswerFormat
) -> None:
    server.label_text = lambda text: "Sport | Business" if answer_format is not AnswerFormat.TEXT else "Sport, Business"
    teacher = make_teacher(prompt=prompt, answer_format=answer_format)
    answer = teacher.label("A text")
    assert answer.label == "Business | s"
    assert answer.usage.completion_tokens > 0


def test_an_unknown_label_in_a_set_is_asked_about_again(
    server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt
) -> None:
    server.queue(OddAnswer(content='{"labels": ["Sport", "Weather"]}'))
    assert make_teacher(prompt=prompt).label("A text").label == "Business"
    assert "names no list of labels" in str(server.requests[-1].body["messages"][-1]["content"])


def test_samples_tell_how_often_each_set_was_named(
    server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt
) -> None:
    said = ['{"labels": ["Sport"]}', '{"labels": ["Sport", "Business"]}', '{"labels": ["Business", "Sport"]}', "?"]
    server.queue(OddAnswer(contents=tuple(said)))
    confidence = Confidence(method=ConfidenceMethod.SAMPLES, n_samples=4)
    answer = make_teacher(prompt=prompt, confidence=confidence).label("A text")
    assert answer.label == "Business | s"
    assert dict(answer.probabilities or ()) == pytest.approx({"s": 0.375, "Business | s": 0.625})


def test_tokens_tell_nothing_of_a_set(server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt) -> None:
    answer = make_teacher(prompt=prompt, confidence=Confidence(method=ConfidenceMethod.LOGPROBS)).label("A text")
    assert (answer.label, answer.probabilities) == ("Business", None)


def test_a_batch_remembers_that_a_set_was_asked_for() -> None:
    plan = BatchPlan(
        bodies=({},),
        prompt_tokens_bound=1,
        max_tokens=1,
        choices=CHOICES,
        examples=(),
        confidence=Confidence(),
        style=RequestStyle(answer_format=AnswerFormat.JSON_SCHEMA, limit_name="max_tokens", refused=frozenset()),
        price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=1.0),
        is_multiple=True,
        is_required=True,
        most=2,
    )
    read = BatchPlan.load(plan.dump())
    assert (read.schema.is_multiple, read.schema.is_required, read.schema.most) == (True, True, 2)
