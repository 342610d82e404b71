"""Several labels of a text in a real Label Studio: what is predicted, shown, submitted and counted is one set."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import httpx
import numpy as np
import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page, expect

from e2e.annotator import Annotator
from e2e.browser import keep_picture, log_in, show_the_choices
from e2e.running import RunningBackend, is_quiet
from e2e.stage import common_settings, import_texts
from fakes.openai_server import OpenAIServer
from mraru.answers import NO_LABELS, join_labels, split_answer
from mraru.demo.label_studio_server import free_port
from mraru.demo.sample_texts import SampleTexts
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.predictions.model_versions import teacher_version
from mraru.records import Prediction

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

LABELS = ("business", "sports", "tech")
SHOWN = {"business": "Business news", "sports": "Sports", "tech": "tech"}
N_TEXTS = 90


def label_config() -> str:
    choices = "".join(
        f'<Choice value="{SHOWN[label]}"' + (f' alias="{label}"/>' if SHOWN[label] != label else "/>")
        for label in LABELS
    )
    return (
        '<View><Text name="text" value="$text"/>'
        f'<Choices name="label" toName="text" choice="multiple">{choices}</Choices>'
        '<TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/></View>'
    )


def make_samples(bbc_news: SampleTexts) -> SampleTexts:
    """Heads of one article or two, of other themes too, which are of no label here."""
    assert bbc_news.truth is not None
    rng = np.random.default_rng(0)
    order = rng.permutation(len(bbc_news.texts)).tolist()
    texts, truth = [], []
    while len(texts) < N_TEXTS:
        parts = [order.pop() for _ in range(1 + len(texts) % 2)]
        texts.append("\n".join(bbc_news.texts[part][:300] for part in parts))
        truth.append(join_labels(label for part in parts if (label := bbc_news.truth[part]) in LABELS))
    return SampleTexts(title="Sets", texts=tuple(texts), labels=LABELS, truth=tuple(truth))


def choices_of(result: Any) -> str:
    """The set that a result holds, as we write it."""
    chosen = [region["value"]["choices"] for region in result if region["from_name"] == "label"]
    return join_labels(label for listed in chosen for label in listed)


def test_sets_are_learned_served_downloaded_and_counted_as_they_are(
    label_studio: Any, label_studio_sdk: LabelStudio, bbc_news: SampleTexts, tmp_path: Any
) -> None:
    samples = make_samples(bbc_news)
    assert samples.truth is not None
    truth = dict(zip(samples.texts, samples.truth, strict=True))
    with ExitStack() as stack:
        teacher = stack.enter_context(OpenAIServer(truth.__getitem__))
        project_id = import_texts(label_studio_sdk, samples, label_config())
        settings = common_settings(label_studio, teacher) | {"MRARU_MAX_ROUNDS": "4", "MRARU_EXPLANATIONS": "true"}
        backend = stack.enter_context(RunningBackend(tmp_path, free_port(0), settings))
        backend.connect(project_id)
        state = backend.wait_for(project_id, is_quiet, "the rounds are done")
        annotator = Annotator(label_studio_sdk, project_id)
        texts = annotator.texts()

        served = {row.task: row for row in annotator.predictions(state["served_version"])}
        assert served.keys() == texts.keys()
        named = {task: choices_of(row.result) for task, row in served.items()}
        is_right = {task: named[task] == truth[text] for task, text in texts.items()}
        assert sum(is_right.values()) > 0.6 * N_TEXTS
        assert NO_LABELS in named.values()
        assert any(len(split_answer(answer)) > 1 for answer in named.values())
        teacher_said = {row.task: choices_of(row.result) for row in annotator.predictions(teacher_version("simulated"))}
        assert teacher_said
        assert all(said == truth[texts[task]] for task, said in teacher_said.items())

        answer = httpx.get(f"{backend.url}/api/projects/{project_id}/labels.jsonl", timeout=60)
        rows = [json.loads(line) for line in answer.raise_for_status().text.splitlines()]
        assert {row["task_id"]: row["label"] for row in rows} == named

        # people correct a part as it really is: the figures of the pages are those of the sets
        corrected = sorted(texts)[:20]
        for task in corrected:
            chosen = [{"value": {"choices": list(split_answer(truth[texts[task]]))}}]
            regions = [{"from_name": "label", "to_name": "text", "type": "choices", **region} for region in chosen]
            label_studio_sdk.annotations.create(
                task, result=regions if regions[0]["value"]["choices"] else [], lead_time=2.0
            )
        backend.wait_for(
            project_id, lambda state: state["n_gold"] == len(corrected) and is_quiet(state), "they are gold"
        )
        page = httpx.get(f"{backend.url}/api/projects/{project_id}/annotators", timeout=60).raise_for_status().json()
        assert page["n_gold"] == len(corrected)
        by_people = {task: truth[texts[task]] for task in corrected if task in teacher_said}
        sets = page["sets_with_teacher"]
        assert (sets["n_texts"], sets["n_same"]) == (len(by_people), len(by_people))
        for count in sets["labels"]:
            assert count["n_both"] == sum(count["label"] in split_answer(said) for said in by_people.values())
            assert count["n_first_alone"] == count["n_second_alone"] == 0


@pytest.mark.browser
def test_a_set_is_preselected_submitted_as_it_is_and_read_back_as_gold(
    page: Page, label_studio: Any, label_studio_sdk: LabelStudio, label_studio_client: LabelStudioClient
) -> None:
    texts = ("Two labels.", "No label at all.", "One label, and another is added.")
    sets = ("business | tech", NO_LABELS, "sports")
    project_id = import_texts(label_studio_sdk, SampleTexts(title="Sets", texts=texts, labels=LABELS), label_config())
    schema = parse_label_config(label_config())
    assert schema.is_multiple
    by_text = {task.text: task.task_id for task in label_studio_client.list_tasks(project_id, schema)}
    listed = [
        Prediction(task_id=by_text[text], label=label, score=0.1 + place / 10, model_version="mraru", note="Why.")
        for place, (text, label) in enumerate(zip(texts, sets, strict=True))
    ]
    assert label_studio_client.push_predictions(project_id, schema, listed) == len(listed)
    label_studio_client.serve_lowest_score_first(project_id, "mraru")
    held = label_studio_client.list_predictions(project_id, schema, list(by_text.values()))
    assert {task: row[0].label for task, row in held.items()} == {row.task_id: row.label for row in listed}

    log_in(page, label_studio, project_id)
    with page.expect_response(lambda response: "id=next_task" in response.url) as arriving:
        page.get_by_text("Label All Tasks").click()
    for place, answer in enumerate(sets):
        task = arriving.value.json()
        assert task["data"]["text"] == texts[place]
        show_the_choices(page, task)
        checked = page.locator(".lsf-choices input:checked")
        expect(checked).to_have_count(len(split_answer(answer)))
        assert {box.get_attribute("name") for box in checked.all()} == {SHOWN[each] for each in split_answer(answer)}
        keep_picture(page, f"multiple-{place}")
        if place == len(sets) - 1:
            page.locator(".lsf-choices").get_by_text(SHOWN["tech"]).click()
            expect(checked).to_have_count(2)
            with page.expect_response(lambda response: "/annotations" in response.url):
                page.get_by_test_id("bottombar-submit-button").click()
        else:
            with page.expect_response(lambda response: "id=next_task" in response.url) as arriving:
                page.get_by_test_id("bottombar-submit-button").click()

    made = {row.task_id: row for row in label_studio_client.list_annotations(project_id, schema)}
    expected = (*sets[:2], "sports | tech")
    assert {texts.index(text): made[task].label for text, task in by_text.items()} == dict(enumerate(expected))
    assert all(row.is_gold for row in made.values())
