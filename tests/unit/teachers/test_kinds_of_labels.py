from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fakes.answer_kinds import choices, rating, taxonomy
from fakes.embedders import CountingEmbedder
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.class_words import describe_class
from mraru.schema_records import AnswerKind, LabelSchema
from mraru.teachers.batch.batch_plan import BatchPlan
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.llm.answers.answer import parse_answer
from mraru.teachers.llm.answers.confidence import Confidence, Token, label_distribution
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.answer_format import response_format
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.server_capabilities import AnswerFormat, RequestStyle
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

TREE, STARS = parse_label_config(taxonomy()), parse_label_config(rating())


def prompt_of(schema: LabelSchema, **changed: object) -> Prompt:
    return replace(Prompt(schema=schema, title="", instruction="", max_text_tokens=500), **changed)  # type: ignore[arg-type]


def test_what_a_single_choice_was_asked_before_there_were_other_kinds_is_asked_to_the_letter(
    prompt: Prompt, schema: LabelSchema
) -> None:
    embedder = CountingEmbedder(name="embedder")
    assert prompt.version(temperature=0.0) == "b808e4dc04cb"
    assert LabellingJob(schema=schema, definitions={}).version == "d6423056ee0c"
    assert ZeroShotTeacher(embedder, schema).identity.prompt_version == "4711bab830cb"


def test_the_llm_is_told_that_ratings_are_ordered() -> None:
    assert 'They are ordered: "1" is the lowest, "5" the highest.\n\nLabels:\n- "1"\n- "2"' in prompt_of(STARS).system


def test_the_llm_sees_whole_paths_as_people_do_and_hears_where_they_may_stop() -> None:
    system = prompt_of(TREE, definitions={"an / d": "It barks."}).system
    assert '- "Animal / Dog" (also known as "an / d")\n  Definition: It barks.' in system
    assert 'their parts joined by " / ". Answer with a whole path. Where no longer path fits' in system
    assert (
        "Where no longer path fits" not in prompt_of(parse_label_config(taxonomy(attributes='leafsOnly="true"'))).system
    )
    enum = response_format(TREE)["json_schema"]["schema"]["properties"]["label"]["enum"]  # type: ignore[index]
    assert enum[:2] == ["Animal", "Animal / Dog"]


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ('{"label": "Animal / Dog"}', "an / d"),
        ('{"label": "an / d"}', "an / d"),
        ('{"label": "Dog"}', "an / d"),
        ('{"label": "lion"}', "an / Cat / Lion"),
        ('{"label": "Animal"}', "an"),
        ("Animal / Cat", "an / Cat"),
        ('{"label": "Animal / Lion"}', None),
        ('{"label": "Animal/Dog"}', None),
    ],
)
def test_a_path_is_named_whole_or_by_its_last_part(said: str, label: str | None) -> None:
    assert parse_answer(TREE, said).label == label


def test_the_last_part_of_two_paths_names_neither() -> None:
    two = '<Choice value="A"><Choice value="Other"/></Choice><Choice value="B"><Choice value="Other"/></Choice>'
    schema = parse_label_config(taxonomy(two))
    assert parse_answer(schema, '{"label": "Other"}').label is None
    assert parse_answer(schema, '{"label": "B / Other"}').label == "B / Other"


@pytest.mark.parametrize(("said", "label"), [('{"label": 4}', "4"), ("4", "4"), ('{"label": "6"}', None)])
def test_a_rating_may_come_as_a_number(said: str, label: str | None) -> None:
    assert parse_answer(STARS, said).label == label


@pytest.mark.parametrize("said", ['{"label": 4.5}', '{"label": true}', '{"label": [4]}'])
def test_a_rating_is_a_whole_number(said: str) -> None:
    assert parse_answer(STARS, said).label is None


def test_paths_that_begin_alike_have_each_their_probability() -> None:
    tokens = [
        Token(text=b'{"label": "', probability=1.0),
        Token(text=b"Animal", probability=0.9, alternatives=((b"Plant", 0.1),)),
        Token(text=b" / Dog", probability=0.5, alternatives=((b'"', 0.25), (b" / Cat", 0.25))),
        Token(text=b'"}', probability=1.0),
    ]
    found = dict(label_distribution(TREE, tokens) or ())
    assert found["an / d"] == pytest.approx(0.45)
    assert found["an"] == pytest.approx(0.225)
    assert found["an / Cat"] == found["an / Cat / Lion"] == pytest.approx(0.1125)
    assert found["Plant"] == pytest.approx(0.1)


def test_classes_are_described_in_words() -> None:
    described = [describe_class(choice) for choice in (TREE.choices[3], STARS.choices[0])]
    assert described == [
        "This text is about Animal: Cat: Lion.",
        "This text is about a rating of 1 out of 5 stars.",
    ]


def test_another_kind_of_labels_is_another_job() -> None:
    alike = parse_label_config(choices("".join(f'<Choice value="{stars}"/>' for stars in range(1, 6))))
    as_ratings = replace(alike, kind=AnswerKind.RATING)
    versions = {LabellingJob(schema=schema, definitions={}).version for schema in (alike, as_ratings)}
    assert len(versions) == 2
    assert prompt_of(alike).version() != prompt_of(as_ratings).version()
    assert json.loads(prompt_of(STARS)._answer("4")) == {"label": "4"}


def test_a_batch_job_reads_a_paths_last_part_and_plans_of_former_versions_are_read_too() -> None:
    plan = BatchPlan(
        bodies=({},),
        prompt_tokens_bound=1,
        max_tokens=1,
        choices=TREE.choices,
        examples=(),
        confidence=Confidence(),
        style=RequestStyle(answer_format=AnswerFormat.TEXT, limit_name="max_tokens", refused=frozenset()),
        price=Price(input_usd_per_mtok=1.0, output_usd_per_mtok=1.0),
    )
    kept = json.loads(plan.dump())
    assert parse_answer(BatchPlan.load(plan.dump()).schema, "Dog").label == "an / d"
    kept["choices"] = [row[:2] for row in kept["choices"]]
    assert parse_answer(BatchPlan.load(json.dumps(kept)).schema, "Animal / Dog").label == "an / d"
