"""What an annotator sees: the pre-annotation selected in the label stream, and the next task after a submit."""

from __future__ import annotations

from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page, expect

from e2e.annotator import Annotator, label_of
from e2e.browser import SHOWN, aliased_config, keep_picture, log_in, selected_choice, show_the_choices
from e2e.running import is_quiet
from e2e.stage import StageMaker

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.slow]


def test_an_annotator_finds_the_prediction_selected_submits_it_and_sees_the_next_task(
    page: Page, make_stage: StageMaker, label_studio: Any, label_studio_sdk: LabelStudio
) -> None:
    stage = make_stage(24, 400, label_config=aliased_config())
    backend = stage.start(MRARU_BATCH_SIZE="4", MRARU_MAX_ROUNDS="1", MRARU_EXPLANATIONS="true")
    backend.connect(stage.project_id)
    served = backend.wait_for(stage.project_id, is_quiet, "a round is done")["served_version"]
    predictions = Annotator(label_studio_sdk, stage.project_id).predictions(served)
    scores = {row.task: row.score for row in predictions if row.score is not None}

    log_in(page, label_studio, stage.project_id)
    with page.expect_response(lambda response: "id=next_task" in response.url) as arriving:
        page.get_by_text("Label All Tasks").click()
    task = arriving.value.json()
    show_the_choices(page, task)

    (prediction,) = task["predictions"]
    assert prediction["model_version"] == served
    assert prediction["score"] == pytest.approx(min(scores.values()))
    expect(selected_choice(page)).to_have_attribute("name", SHOWN[label_of(prediction)])
    expect(page.get_by_text("Student: ")).to_be_visible()
    keep_picture(page)
    labelled = [row for row in predictions if not note_of(row.result).startswith("LLM: not asked")]
    assert labelled
    assert all("It is about" in note_of(row.result) for row in labelled)  # the simulated teacher's reason

    with page.expect_response(lambda response: "id=next_task" in response.url) as arriving:
        page.get_by_test_id("bottombar-submit-button").click()
    following = arriving.value.json()
    show_the_choices(page, following)
    assert following["id"] != task["id"]
    expect(selected_choice(page)).to_have_attribute("name", SHOWN[label_of(following["predictions"][0])])

    state = backend.wait_for(stage.project_id, lambda state: state["n_gold"] == 1 and is_quiet(state), "it is gold")
    (annotation,) = label_studio_sdk.annotations.list(task["id"])
    assert annotation.parent_prediction == prediction["id"]
    assert state["rounds"][-1]["n_gold"] == 1


def note_of(result: Any) -> str:
    """What the prediction says beside its label."""
    return next(region["value"]["text"][0] for region in result if region["from_name"] == "mraru")
