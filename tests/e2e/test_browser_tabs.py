"""What a reviewer sees: a disagreement in its tab and in the stream, and where it goes once it is corrected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Locator, Page, Response, expect

from e2e.annotator import Annotator, label_of
from e2e.browser import SHOWN, aliased_config, keep_picture, log_in, selected_choice, show_the_choices
from e2e.running import RunningBackend, is_quiet
from e2e.stage import MODEL, Stage, StageMaker
from mraru.labelstudio.formats.data_manager_views import TITLES, TabKind

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.slow]

N_TEXTS = 60
N_CHARS = 400
LLM_VERSION = f"mraru-{MODEL}"
WRONG = "entertainment"  # what the simulated teacher says of the texts that it is wrong about


@dataclass(frozen=True, kw_only=True)
class Work:
    """A project whose every text the simulated teacher labelled, two of them wrong."""

    stage: Stage
    backend: RunningBackend
    annotator: Annotator
    state: dict[str, Any]
    disagreements: list[int]  # tasks on which LLM and student differ, lowest score first
    wrong_ids: list[int]  # those of them that the simulated teacher is wrong about


@pytest.fixture(scope="module")
def work(make_stage: StageMaker, label_studio_sdk: LabelStudio) -> Iterator[Work]:
    stage = make_stage(N_TEXTS, N_CHARS, label_config=aliased_config())
    wrong = [text for text, label in stage.truth.items() if label in ("sports", "politics")][:2]
    stage.teacher.label_text = lambda text: WRONG if text in wrong else stage.truth[text]
    backend = stage.start(MRARU_BATCH_SIZE="30", MRARU_MAX_ROUNDS="3", MRARU_AUDIT_SHARE="0", MRARU_EXPLANATIONS="true")
    backend.connect(stage.project_id)
    state = backend.wait_for(stage.project_id, is_quiet, "every text is labelled")
    annotator = Annotator(label_studio_sdk, stage.project_id)
    texts = annotator.texts()
    final = {row.task or 0: row for row in annotator.predictions(state["served_version"])}
    student = student_labels(backend, stage.project_id)
    differing = [task for task in final if student[task] != stage.teacher.label_text(texts[task])]
    disagreements = sorted(differing, key=lambda task: final[task].score or 0.0)
    wrong_ids = [task for task in disagreements if texts[task] in wrong]
    assert len(wrong_ids) == len(wrong), "the student repeats the simulated teacher's mistakes"
    yield Work(
        stage=stage,
        backend=backend,
        annotator=annotator,
        state=state,
        disagreements=disagreements,
        wrong_ids=wrong_ids,
    )
    backend.stop()


def student_labels(backend: RunningBackend, project_id: int) -> dict[int, str]:
    """What the student itself says of each task, as it is downloaded."""
    answer = httpx.get(f"{backend.url}/api/projects/{project_id}/labels.jsonl", timeout=60)
    answer.raise_for_status()
    rows = [json.loads(line) for line in answer.text.splitlines()]
    return {row["task_id"]: row["student_label"] for row in rows}


def test_a_disagreement_is_first_in_its_tab_and_in_the_stream_and_moves_once_it_is_corrected(
    page: Page, work: Work, label_studio: Any
) -> None:
    first, second = work.disagreements[0], work.disagreements[1]
    said = work.stage.teacher.label_text(work.annotator.texts()[first])
    log_in(page, label_studio, work.stage.project_id)
    page.get_by_text("Default", exact=True).wait_for()
    dashboard = page.context.new_page()
    dashboard.goto(f"{work.backend.url}/dashboard/projects/{work.stage.project_id}")
    expect(dashboard.locator("#label-sources")).to_contain_text("People0")

    assert open_tab(page, TabKind.REVIEW) == work.disagreements
    keep_picture(page, "review-tab")
    assert open_tab(page, TabKind.CORRECTED) == []

    task = next_task(page, lambda: page.get_by_text("Label All Tasks").click())
    show_the_choices(page, task)
    assert task["id"] == first
    expect(page.get_by_text(f"LLM: {SHOWN[said]}. It is about")).to_be_visible()
    prefilled = selected_choice(page).get_attribute("name")
    other = next(shown for stored, shown in SHOWN.items() if shown != prefilled and stored != said)
    page.keyboard.press(str(1 + list(SHOWN.values()).index(other)))
    expect(selected_choice(page)).to_have_attribute("name", other)
    following = next_task(page, lambda: page.keyboard.press("Control+Enter"))
    show_the_choices(page, following)
    (corrected,) = work.annotator.sdk.annotations.list(first)
    assert [region["from_name"] for region in corrected.result] == ["label", "mraru"]
    assert not any("mraru" in region for region in corrected.result)  # our marks stay with our predictions

    show_data_manager(page, label_studio, work.stage.project_id)
    assert first not in open_tab(page, TabKind.REVIEW)
    assert open_tab(page, TabKind.CORRECTED) == [first]

    quiet = work.backend.wait_for(
        work.stage.project_id, lambda state: state["n_gold"] == 1 and is_quiet(state), "it is gold"
    )
    assert quiet["rounds"][-1]["model_version"] != work.state["rounds"][-1]["model_version"]
    left = open_tab(page, TabKind.REVIEW)
    assert first not in left
    assert second in left
    expect(dashboard.locator("#label-sources")).to_contain_text("People1")  # without a reload

    dashboard.get_by_role("link", name="Review", exact=True).click()
    queued = dashboard.get_by_role("listitem").filter(has_text="Student: ").first
    expect(queued).to_contain_text(f"Task {left[0]}")
    page.goto(queued.get_by_role("link").first.get_attribute("href") or "")
    show_the_choices(page, {"id": left[0], "data": {"text": work.annotator.texts()[left[0]]}})


def test_a_reviewer_sees_what_both_say_and_submits_the_llms_label_by_clicks(
    page: Page, work: Work, label_studio: Any
) -> None:
    task_id = work.wrong_ids[1]
    n_right = work.backend.describe_project(work.stage.project_id)["teacher"]["n_right"]  # type: ignore[index]
    log_in(page, label_studio, work.stage.project_id)
    page.get_by_text("Default", exact=True).wait_for()
    open_tab(page, TabKind.REVIEW)
    page.get_by_text(str(task_id), exact=True).first.click()
    page.get_by_test_id("bottombar-submit-button").wait_for()
    expect(selected_choice(page)).not_to_have_attribute("name", SHOWN[WRONG])  # the student's

    said = [row for row in work.annotator.predictions() if row.task == task_id]
    by_llm = prediction_tab(page, next(row.id for row in said if (row.model_version or "").startswith(LLM_VERSION)))
    by_llm.click()
    expect(selected_choice(page)).to_have_attribute("name", SHOWN[WRONG])
    keep_picture(page, "both-predictions")
    by_llm.locator("button, [class*=trigger]").last.click()
    page.get_by_text("Duplicate Annotation").click()
    expect(selected_choice(page)).to_have_attribute("name", SHOWN[WRONG])
    with page.expect_response(is_submission):
        page.get_by_test_id("bottombar-submit-button").click()

    (annotation,) = work.annotator.sdk.annotations.list(task_id)
    parent = next(row for row in said if row.id == annotation.parent_prediction)
    assert (parent.model_version or "").startswith(LLM_VERSION)
    assert label_of(parent) == WRONG
    work.backend.wait_for(
        work.stage.project_id, lambda state: state["teacher"]["n_right"] == n_right + 1, "the LLM was right"
    )


def open_tab(page: Page, kind: TabKind) -> list[int]:
    """Show a tab of ours, and return the tasks that Label Studio fills it with, in its order."""
    with page.expect_response(is_listing) as arriving:
        page.get_by_text(TITLES[kind], exact=True).click()
    return [task["id"] for task in arriving.value.json()["tasks"]]


def show_data_manager(page: Page, label_studio: Any, project_id: int) -> None:
    with page.expect_response(is_listing):
        page.goto(f"{label_studio.url}/projects/{project_id}/data")


def next_task(page: Page, ask: Any) -> dict[str, Any]:
    """What the label stream gives when it is asked so."""
    with page.expect_response(lambda response: "id=next_task" in response.url) as arriving:
        ask()
    return dict(arriving.value.json())


def prediction_tab(page: Page, prediction_id: int | None) -> Locator:
    """A prediction above the editor, which shortens the names of versions there."""
    return page.locator(f"[data-annotation-id='{prediction_id}']")


def is_listing(response: Response) -> bool:
    return "/api/tasks?" in response.url and response.ok


def is_submission(response: Response) -> bool:
    return "/annotations" in response.url and response.request.method == "POST"
