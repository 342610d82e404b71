"""Several questions in one call: what the LLM is told, the form of its answer, and which answers are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.openai_server import OpenAIServer
from mraru.interfaces import Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import LabelSchema
from mraru.teachers.batch.batch_plan import BatchPlan
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.llm.answers.confidence import Confidence
from mraru.teachers.llm.answers.question_answer import parse_question_answer
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.answer_format import answer_schema
from mraru.teachers.prompting.few_shot_examples import Example, FewShot
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.server_capabilities import AnswerFormat, RequestStyle
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

MakeTeacher = Callable[..., OpenAITeacher]
CONFIG = """<View><Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad" hint="a complaint"/></Choices>
  <Choices name="topics" toName="text" choice="multiple"><Choice value="Food"/><Choice value="Service"/></Choices>
  <Choices name="why" toName="text" visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad">
    <Choice value="Late"/><Choice value="Rude"/></Choices>
  <Rating name="stars" toName="text" maxRating="3"/>
</View>"""
SCHEMA = parse_label_config(CONFIG)
BAD = "mood: Bad | stars: 1 | topics: Food | why: Late"
GOOD = "mood: g | stars: 3 | topics: (no label)"


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(schema=SCHEMA, title="Reviews", instruction="", max_text_tokens=1000)


def test_the_prompt_lists_each_question_with_its_labels_and_when_it_is_asked(prompt: Prompt) -> None:
    defined = replace(prompt, definitions={"topics: Food": "What one eats", "Food": "not this"})
    said = defined.system
    assert '{"mood": "...", "topics": ["...", "..."], "why": "...", "stars": "..."}' in said
    assert 'Question "mood": choose the one label that fits best.\nLabels:\n- "Good" (also known as "g")' in said
    assert '- "Bad": a complaint' in said
    assert (
        'Question "topics": choose every label that fits: one, several, or none, for which the list is empty.' in said
    )
    assert '- "Food"\n  Definition: What one eats\n' in said
    assert "not this" not in said
    assert 'It is asked only if the answer to "mood" is "Bad"; otherwise answer null.' in said
    assert 'Question "stars": choose the one label that fits best.\nThe labels are ratings. They are ordered' in said


def test_a_condition_names_what_people_see_of_a_label() -> None:
    schema = parse_label_config(CONFIG.replace('whenChoiceValue="Bad"', 'whenChoiceValue="g"'))
    said = Prompt(schema=schema, title="", instruction="", max_text_tokens=100).system
    assert 'It is asked only if the answer to "mood" is "Good"; otherwise answer null.' in said


def test_a_question_about_another_text_says_which() -> None:
    config = CONFIG.replace("<Rating", '<Text name="reply" value="$reply"/><Rating').replace(
        'name="stars" toName="text"', 'name="stars" toName="reply"'
    )
    said = Prompt(schema=parse_label_config(config), title="", instruction="", max_text_tokens=100).system
    assert 'Question "stars" about the part "reply" of the text:' in said
    assert 'Question "mood" about the part "text" of the text:' in said


def test_the_answer_s_schema_has_a_property_for_each_question_null_where_it_may_not_be_asked() -> None:
    schema = answer_schema(SCHEMA, with_reason=True)
    assert schema["properties"] == {
        "mood": {"type": "string", "enum": ["Good", "Bad"]},
        "topics": {"type": "array", "items": {"type": "string", "enum": ["Food", "Service"]}},
        "why": {"type": ["string", "null"], "enum": ["Late", "Rude", None]},
        "stars": {"type": "string", "enum": ["1", "2", "3"]},
        "reason": {"type": "string", "description": "One short sentence that says why this label fits the text."},
    }
    assert schema["required"] == ["mood", "topics", "why", "stars", "reason"]


def test_a_question_that_is_called_reason_keeps_its_name() -> None:
    schema = parse_label_config(CONFIG.replace('"why"', '"reason"'))
    assert list(answer_schema(schema, with_reason=True)["properties"])[-1] == "reason_of_answers"  # type: ignore[call-overload]
    raw = '{"mood": "Bad", "topics": [], "reason": "Rude", "stars": 2, "reason_of_answers": "It says so."}'
    parsed = parse_question_answer(schema, raw)
    assert (parsed.label, parsed.explanation) == (
        "mood: Bad | reason: Rude | stars: 2 | topics: (no label)",
        "It says so.",
    )


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ('{"mood": "Bad", "topics": ["Food"], "why": "Late", "stars": "1"}', BAD),
        ('{"mood": "bad", "topics": "Food", "why": ["late"], "stars": 1, "reason": "x"}', BAD),
        ('Sure:\n```json\n{"stars": 1, "Why": "Late", "Topics": ["Food"], "MOOD": "Bad"}\n```', BAD),
        ('<think>{"mood": "Good"}</think>{"mood": "Bad", "topics": ["Food"], "why": "Late", "stars": 1}', BAD),
        ('{"mood": "Good", "topics": [], "why": null, "stars": 3}', GOOD),
        ('{"mood": "g", "topics": [], "why": "Late", "stars": 3}', GOOD),  # it is not asked then
        ('{"mood": "Good", "topics": [], "why": "nonsense", "stars": 3}', GOOD),
        ('{"mood": "Good", "topics": [], "stars": 3}', GOOD),
    ],
)
def test_an_answer_is_read_however_it_is_written(raw: str, label: str) -> None:
    assert parse_question_answer(SCHEMA, raw).label == label


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "the answer is empty"),
        ("<think>hm", "the answer ends within the LLM's thoughts"),
        ("Bad, Food, Late, 1", 'the answer is no JSON of the form {"mood": "..."'),
        ('{"label": "Bad"}', "the answer is no JSON of the form"),
        ('{"mood": "Bad", "topics": [], "stars": 1}', 'of the question "why", the LLM said nothing'),
        ('{"mood": "Bad", "topics": [], "why": null, "stars": 1}', 'of the question "why", the LLM said nothing'),
        ('{"mood": "Good", "topics": ["Drinks"], "stars": 1}', 'of the question "topics", the LLM named "Drinks"'),
        ('{"mood": ["Good", "Bad"], "topics": [], "stars": 1}', 'of the question "mood", the LLM named 2 labels'),
        ('{"mood": "Good", "mood": "Bad", "topics": [], "stars": 1}', 'of the question "mood", the answer names'),
        ('{"mood": "Good", "topics": [], "stars": 4}', 'of the question "stars", the LLM named "4"'),
        ('{"mood": "Good", "topics": [], "stars": 1} {"mood": "Good", "topics": [], "stars": 2}', "several labels"),
        ('{"mood": {"a": 1}, "topics": [], "stars": 1}', 'of the question "mood", the LLM said nothing'),
    ],
)
def test_an_answer_that_leaves_a_question_open_or_names_what_is_not_there_is_none(raw: str, why: str) -> None:
    parsed = parse_question_answer(SCHEMA, raw)
    assert parsed.label is None
    assert parsed.no_label_reason is not None
    assert why in parsed.no_label_reason


@given(
    st.recursive(st.none() | st.text(max_size=6) | st.integers(), lambda inner: st.lists(inner, max_size=3)), st.text()
)
def test_whatever_is_said_no_answer_names_what_is_not_in_the_project(value: object, other: str) -> None:
    answer = {"mood": "Bad", "topics": value, "why": other, "stars": "1"}
    label = parse_question_answer(SCHEMA, json.dumps(answer)).label
    assert label is None or SCHEMA.is_answer(label)


class GivenExamples:
    def nearest(self, text: str, n_examples: int) -> tuple[Example, ...]:
        return (Example(text="slow and cold", label=BAD), Example(text="lovely", label=GOOD))


def test_an_example_shows_the_answers_as_the_llm_would_give_them(prompt: Prompt) -> None:
    shown = replace(prompt, few_shot=FewShot(GivenExamples(), n_examples=2, max_tokens=500))
    said = [str(message["content"]) for message in shown.render("hello") if message["role"] == "assistant"]
    assert said == [  # the nearest stands last
        '{"mood": "Good", "topics": [], "why": null, "stars": "3"}',
        '{"mood": "Bad", "topics": ["Food"], "why": "Late", "stars": "1"}',
    ]
    assert [parse_question_answer(SCHEMA, each).label for each in said] == [GOOD, BAD]


def test_one_call_brings_the_answers_to_all_questions(
    server: OpenAIServer, make_teacher: MakeTeacher, prompt: Prompt
) -> None:
    server.label_text = lambda text: BAD if "bad" in text else GOOD
    teacher = make_teacher(prompt=prompt)
    assert [teacher.label(text).label for text in ("a bad one", "a fine one")] == [BAD, GOOD]
    assert server.n_requests == 2


def test_another_set_of_questions_is_another_prompt(prompt: Prompt) -> None:
    versions = {prompt.version()}
    for old, new in (('"why"', '"cause"'), ('whenChoiceValue="Bad"', 'whenChoiceValue="Good"'), ('="3"', '="5"')):
        versions.add(replace(prompt, schema=parse_label_config(CONFIG.replace(old, new))).version())
    assert len(versions) == 4
    jobs = {LabellingJob(schema=schema, definitions={}).version for schema in (SCHEMA, SCHEMA.questions[0])}
    assert len(jobs) == 2


def test_a_batch_remembers_the_questions() -> None:
    plan = BatchPlan(
        bodies=({"model": "m"},),
        prompt_tokens_bound=10,
        max_tokens=20,
        choices=SCHEMA.choices,
        examples=(),
        confidence=Confidence(),
        style=RequestStyle(answer_format=AnswerFormat.JSON_SCHEMA, limit_name="max_tokens", refused=frozenset()),
        price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=1.0),
        is_multiple=True,
        is_required=True,
        questions=SCHEMA.questions,
    )
    read = BatchPlan.load(plan.dump()).schema
    raw = '{"mood": "Bad", "topics": ["Food"], "why": "Late", "stars": 1}'
    assert read.labels == SCHEMA.labels
    assert parse_question_answer(read, raw).label == BAD


class WordEmbedder:
    """Vectors that count a few words."""

    name = "words"

    def embed(self, texts: Sequence[str]) -> Vectors:
        words = ("sport", "food", "good", "bad")
        return np.array([[text.count(word) for word in words] for text in texts], dtype=np.float32)


def test_the_built_in_teacher_answers_each_question_by_its_nearest_label() -> None:
    config = """<View><Text name="t" value="$t"/>
      <Choices name="topic" toName="t"><Choice value="sport"/><Choice value="food"/></Choices>
      <Choices name="mood" toName="t"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
    schema: LabelSchema = parse_label_config(config)
    teacher = ZeroShotTeacher(WordEmbedder(), schema)
    answer = teacher.label("bad food")
    assert answer.label == "mood: bad | topic: food"
    assert "topic: food" in answer.raw
    assert teacher.label_vectors(WordEmbedder().embed(["good sport"])) == ["mood: good | topic: sport"]
