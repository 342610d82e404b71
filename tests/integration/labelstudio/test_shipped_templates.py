"""The label configs that Label Studio itself ships: which of them can be used, and what the others are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from label_studio_sdk import LabelStudio
from label_studio_sdk.types.import_api_request import ImportApiRequest

from mraru.errors import LabelConfigError
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Prediction
from mraru.schema_records import AnswerKind, ConfigSelection, LabelSchema, TextTag

pytestmark = pytest.mark.label_studio

ONE, SEVERAL, PATHS, STARS = (
    (AnswerKind.CHOICES, False),
    (AnswerKind.CHOICES, True),
    (AnswerKind.TAXONOMY, True),
    (AnswerKind.RATING, False),
)
# What can be used as it is: the questions that are asked together, of which text.
USABLE: Mapping[str, tuple[Sequence[tuple[AnswerKind, bool]], TextTag]] = {
    "community-contributions/two-level-sentiment-analysis-of-x-twitter-posts": ([ONE, SEVERAL], TextTag.TEXT),
    "conversational-ai/intent-classification-and-slot-filling": ([ONE], TextTag.PARAGRAPHS),
    "conversational-ai/response-selection": ([ONE], TextTag.PARAGRAPHS),
    "generative-ai/chatbot-assessment": ([ONE] * 11, TextTag.PARAGRAPHS),
    "generative-ai/response-grading": ([STARS], TextTag.TEXT),
    "natural-language-processing/content-moderation": ([SEVERAL], TextTag.TEXT),
    "natural-language-processing/taxonomy": ([PATHS], TextTag.TEXT),
    "natural-language-processing/text-classification": ([ONE], TextTag.TEXT),
    "ranking-and-scoring/serp-ranking": ([STARS, ONE], TextTag.TEXT),
    "structured-data-parsing/tabular-data": ([ONE], TextTag.TABLE),
}
ASKS_ELEVEN = "generative-ai/chatbot-assessment"
VALUES: Mapping[TextTag, object] = {
    TextTag.TEXT: "The parcel came late.",
    TextTag.PARAGRAPHS: [
        {"author": "Ann", "text": "The parcel came late.", "role": "user", "content": "It came late."}
    ],
    TextTag.TABLE: {"Parcel": "late"},
}


@pytest.fixture(scope="module")
def templates(label_studio: Any) -> dict[str, str]:
    """The label config of each template that has one, by its group and name."""
    (folder,) = Path(label_studio.executable).parents[1].glob("lib/python*/site-packages/label_studio")
    found = {}
    for path in sorted(folder.glob("annotation_templates/*/*/config.yml")):
        config = yaml.safe_load(path.read_text())["config"] or path.with_suffix(".xml").read_text()
        found["/".join(path.parts[-3:-1])] = config
    return found


def test_the_templates_that_classify_texts_can_be_used_and_no_others(templates: dict[str, str]) -> None:
    usable: dict[str, LabelSchema] = {}
    refusals = []
    for name, config in templates.items():
        try:
            usable[name] = parse_label_config(config)
        except LabelConfigError as exc:
            refusals.append(str(exc))
    assert all("Found: <" in refusal or "The label config asks for <" in refusal for refusal in refusals)
    assert len(templates) > 60  # all that ship
    told = {
        name: ([(question.kind, question.is_multiple) for question in schema.asked], schema.own_text.tag)
        for name, schema in usable.items()
    }
    assert told == dict(USABLE)


def test_of_several_questions_some_are_chosen_by_their_names(templates: dict[str, str]) -> None:
    chosen = parse_label_config(templates[ASKS_ELEVEN], ConfigSelection(only="hallucination, expresses_opinion"))
    assert [question.from_name for question in chosen.questions] == ["hallucination", "expresses_opinion"]


@pytest.mark.parametrize("name", USABLE)
def test_predictions_for_a_template_are_imported_and_read_back(
    name: str, templates: dict[str, str], label_studio_sdk: LabelStudio, label_studio_client: LabelStudioClient
) -> None:
    schema = parse_label_config(templates[name])
    project = label_studio_sdk.projects.create(title=name[:50], label_config=templates[name])
    assert project.id is not None
    field = schema.own_text.field
    data: dict[str, object] = dict.fromkeys(re.findall(r'value="\$(\w+)', templates[name]), "beside it")
    data[field] = VALUES[schema.own_text.tag]
    n_tasks = max(len(question.labels) for question in schema.asked)
    answers = [
        schema.join_parts({each.from_name: each.labels[task % len(each.labels)] for each in schema.asked})
        for task in range(n_tasks)
    ]
    label_studio_sdk.projects.import_tasks(project.id, request=[ImportApiRequest(data=data) for _ in answers])
    tasks = list(label_studio_client.list_tasks(project.id, schema))
    assert all("late" in task.text for task in tasks)
    sent = [
        Prediction(task_id=task.task_id, label=label, score=0.5, model_version="mraru")
        for task, label in zip(tasks, answers, strict=True)
    ]
    assert label_studio_client.push_predictions(project.id, schema, sent) == len(sent)
    held = label_studio_client.list_predictions(project.id, schema, [task.task_id for task in tasks])
    assert {task: rows[0].label for task, rows in held.items()} == {row.task_id: row.label for row in sent}
