"""What an annotator sees: the pre-annotation selected in the label stream, and the next task after a submit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Locator, Page, expect, sync_playwright

from e2e.annotator import Annotator, label_of
from e2e.running import is_quiet
from e2e.stage import StageMaker

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.slow]

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOWN = {  # what annotators read, by what Label Studio stores
    "business": "Business news",
    "entertainment": "Films and music",
    "politics": "Politics",
    "sports": "Sports news",
    "tech": "Technology",
}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Debian's chromium is; asked for before anything is started."""
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium is not installed: apt-get install chromium"
        if os.environ.get("MRARU_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason} (MRARU_REQUIRE_BROWSER=1)")
        pytest.skip(reason)
    return found


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 760})
        browser.close()


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
    expect(page.get_by_text(f"Agreement: {prediction['score']:.2f}")).to_be_visible()
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


def aliased_config() -> str:
    choices = "".join(f"<Choice value={quoteattr(value)} alias={quoteattr(alias)}/>" for alias, value in SHOWN.items())
    return (
        '<View><Text name="text" value="$text"/>'
        f'<Choices name="label" toName="text" choice="single" showInLine="true">{choices}</Choices>'
        '<TextArea name="mraru" toName="text" editable="false" maxSubmissions="1"/></View>'
    )


def log_in(page: Page, label_studio: Any, project_id: int) -> None:
    page.goto(f"{label_studio.url}/projects/{project_id}/data")
    page.fill("input[name=email]", label_studio.email)
    page.fill("input[name=password]", label_studio.password)
    page.click("button[type=submit]")


def show_the_choices(page: Page, task: dict[str, Any]) -> None:
    """Wait until the editor shows this task."""
    headline = task["data"]["text"].splitlines()[0]
    page.locator(".lsf-object").get_by_text(headline).wait_for()
    page.get_by_test_id("bottombar-submit-button").wait_for()


def selected_choice(page: Page) -> Locator:
    """The one choice that is selected; more than one make every use of it fail."""
    return page.locator(".lsf-choices input:checked")


def keep_picture(page: Page) -> None:
    """Save what is on the page where MRARU_SCREENSHOTS names a folder."""
    folder = os.environ.get("MRARU_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / "labeling.png")
