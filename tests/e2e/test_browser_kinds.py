"""Nested choices, a taxonomy and a rating in the editor: preselected, submitted as they are, read back as gold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page, expect

from e2e.browser import keep_picture, log_in, selected_choice, show_the_choices
from fakes.answer_kinds import NESTED, QUESTIONS, TREE, choices, rating, taxonomy
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.formats.annotation_json import to_annotation
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Prediction

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.slow]


def see_a_choice(page: Page) -> None:
    expect(selected_choice(page)).to_have_attribute("name", "Animal")
    expect(page.locator(".lsf-choices")).not_to_contain_text("Dog")  # nested ones are not shown


def see_a_path(page: Page) -> None:
    expect(page.locator(".htx-taxonomy .ant-select-selection-item-content")).to_have_text("Animal / Dog")


def see_paths(page: Page) -> None:
    expect(page.locator(".htx-taxonomy .ant-select-selection-item-content")).to_have_text(["Animal / Dog", "Plant"])


def see_a_former_taxonomy(page: Page) -> None:
    expect(page.locator(".taxonomy")).to_contain_text("Animal / Dog")


def see_stars(page: Page) -> None:
    expect(page.locator(".ant-rate-star-full")).to_have_count(4)


def see_a_follow_up(page: Page) -> None:
    chosen = page.locator(".lsf-choices input:checked")
    expect(chosen).to_have_count(3)
    assert [each.get_attribute("name") for each in chosen.all()] == ["Bad", "Late", "Rude"]


def see_no_follow_up(page: Page) -> None:
    expect(page.locator(".lsf-choices input:checked")).to_have_attribute("name", "Good")
    expect(page.get_by_text("Rude")).to_be_hidden()
    page.get_by_text("Bad").click()  # and it appears
    expect(page.get_by_text("Rude")).to_be_visible()
    page.get_by_text("Good").click()


@pytest.mark.parametrize(
    ("config", "label", "see"),
    [
        (choices(NESTED), "an", see_a_choice),
        (taxonomy(attributes='leafsOnly="true" showFullPath="true"'), "an / d", see_a_path),
        (taxonomy(attributes='legacy="true" showFullPath="true"'), "an / d", see_a_former_taxonomy),
        (TREE, "Plant | an / d", see_paths),
        (rating(), "4", see_stars),
        (QUESTIONS["a follow-up"][0], "mood: Bad | why: Late | why: Rude", see_a_follow_up),
        (QUESTIONS["a follow-up"][0], "mood: g", see_no_follow_up),
    ],
    ids=["nested choices", "taxonomy", "legacy taxonomy", "several paths", "rating", "questions", "a hidden one"],
)
def test_a_prediction_is_preselected_submitted_unchanged_and_read_back_as_gold(
    page: Page,
    label_studio: Any,
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    make_project: Callable[..., int],
    config: str,
    label: str,
    see: Callable[[Page], None],
) -> None:
    project_id = make_project(["A text about a dog"], (), config)
    schema = parse_label_config(config)
    (task,) = label_studio_client.list_tasks(project_id, schema)
    prediction = Prediction(task_id=task.task_id, label=label, score=0.5, model_version="mraru")
    label_studio_client.push_predictions(project_id, schema, [prediction])
    label_studio_client.serve_lowest_score_first(project_id, "mraru")

    log_in(page, label_studio, project_id)
    page.get_by_text("Label All Tasks").click()
    show_the_choices(page, {"data": {"text": task.text}})
    see(page)
    keep_picture(page, schema.from_name.replace(", ", "-") if schema.questions else schema.kind)
    with page.expect_response(lambda response: response.request.method == "POST" and "annotations" in response.url):
        page.get_by_test_id("bottombar-submit-button").click()

    (raw,) = label_studio_sdk.annotations.list(task.task_id)
    annotation = to_annotation({**raw.dict(), "task": task.task_id}, schema)
    assert annotation.is_gold
    assert annotation.label == label
    assert annotation.parent_prediction is not None
