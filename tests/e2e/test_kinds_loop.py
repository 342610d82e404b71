"""A taxonomy, a rating and several questions, each project through a round with the simulated teacher and a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator
from e2e.running import is_quiet
from e2e.stage import MODEL, Stage, common_settings, import_texts, simulated_answers
from fakes.answer_kinds import config_of, rating, taxonomy
from fakes.openai_server import OpenAIServer
from mraru.demo.label_studio_server import free_port
from mraru.demo.sample_texts import SampleTexts
from mraru.labelstudio.formats.prediction_json import label_of_result, to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import LabelSchema

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

TREE = (
    '<Choice value="Economy"><Choice value="Business news" alias="business"/></Choice><Choice value="Society">'
    '<Choice value="Films" alias="entertainment"/><Choice value="Power"><Choice value="Politics" alias="politics"/>'
    '</Choice></Choice><Choice value="Sports"/><Choice value="Technology" alias="tech"/>'
)
PATHS = {
    "business": "Economy / Business news",
    "entertainment": "Society / Films",
    "politics": "Society / Power / Politics",
    "sports": "Sports",
    "tech": "Technology",
}
STARS = {"business": "1", "entertainment": "2", "politics": "3", "sports": "4", "tech": "5"}
AREA = '<Choices name="area" toName="text"><Choice value="The news" alias="news"/><Choice value="Leisure"/></Choices>'


def seen_with(area: str, name: str, *labels: str) -> str:
    inner = "".join(f'<Choice value="{label}"/>' for label in labels)
    when = f'visibleWhen="choice-selected" whenTagName="area" whenChoiceValue="{area}"'
    return f'<View {when}><Choices name="{name}" toName="text">{inner}</Choices></View>'


QUESTIONS = config_of(
    AREA + seen_with("The news", "topic", "Money", "Power", "Machines") + seen_with("Leisure", "what", "Films", "Games")
)
ANSWERS = {
    "business": "area: The news | topic: Money",
    "entertainment": "area: Leisure | what: Films",
    "politics": "area: The news | topic: Power",
    "sports": "area: Leisure | what: Games",
    "tech": "area: The news | topic: Machines",
}
KINDS: dict[str, tuple[str, dict[str, str], str]] = {
    "questions": (QUESTIONS, ANSWERS, 'It is asked only if the answer to "area" is "Leisure"'),
    "taxonomy": (taxonomy(TREE, 'leafsOnly="true"'), PATHS, "paths in a tree of categories"),
    "rating": (rating(), STARS, 'They are ordered: "1" is the lowest'),
}


def answers_of(schema: LabelSchema) -> list[str]:
    """Some answers, one for each label of the last question at least."""
    most = max(len(question.labels) for question in schema.asked)
    return [
        schema.join_parts({each.from_name: each.labels[place % len(each.labels)] for each in schema.asked})
        for place in range(most)
    ]


Played = tuple[Stage, LabelSchema, str]


@pytest.fixture
def make_played(
    label_studio: Any, label_studio_sdk: LabelStudio, bbc_news: SampleTexts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Played]]:
    """BBC News, its classes as paths of a tree or, for want of better, as stars."""
    with ExitStack() as stack:

        def make(kind: str) -> Played:
            config, names, told = KINDS[kind]
            samples = bbc_news.first(24)
            samples = replace(
                samples,
                texts=tuple(text[:400] for text in samples.texts),
                labels=tuple(names[label] for label in samples.labels),
                truth=tuple(names[label] for label in samples.truth or ()),
            )
            teacher = stack.enter_context(OpenAIServer(simulated_answers(samples)))
            stage = Stage(
                project_id=import_texts(label_studio_sdk, samples, config),
                samples=samples,
                teacher=teacher,
                settings=common_settings(label_studio, teacher),
                folder=tmp_path_factory.mktemp("backend"),
                port=free_port(0),
                stack=stack,
            )
            return stage, parse_label_config(config), told

        yield make


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_connected_asked_about_predicted_and_corrected(
    kind: str, make_played: Callable[[str], Played], label_studio_sdk: LabelStudio
) -> None:
    stage, schema, told = make_played(kind)
    backend = stage.start(MRARU_BATCH_SIZE="4", MRARU_MAX_ROUNDS="1")
    backend.connect(stage.project_id)
    state = backend.wait_for(stage.project_id, is_quiet, "a round is done")
    annotator = Annotator(label_studio_sdk, stage.project_id)

    asked = {request.text: request for request in stage.teacher.requests}
    assert all(told in request.system for request in asked.values())
    assert state["teacher"]["n_labels"] == len(asked)
    assert state["teacher"]["n_no_label"] == 0
    texts = annotator.texts()
    by_teacher = {
        row.task: label_of_result(row.result, schema) for row in annotator.predictions(f"mraru-{MODEL}") if row.task
    }
    assert {task: schema.name_of(str(label)) for task, label in by_teacher.items()} == {
        task: stage.teacher.label_text(text) for task, text in texts.items() if text in asked
    }
    final = annotator.predictions(state["served_version"])
    assert sorted(row.task or 0 for row in final) == sorted(texts)
    assert all(schema.is_answer(label_of_result(row.result, schema)) for row in final)

    task = annotator.next_task()
    label = str(label_of_result(task["predictions"][0]["result"], schema))
    another = next(other for other in answers_of(schema) if other != label)
    label_studio_sdk.annotations.create(task["id"], result=to_result(schema, another), lead_time=2.5)
    state = backend.wait_for(stage.project_id, lambda state: state["n_gold"] == 1 and is_quiet(state), "it is gold")
    assert state["warnings"] == [] or all(warning["code"] != "labels-set-aside" for warning in state["warnings"])
    backend.stop()
