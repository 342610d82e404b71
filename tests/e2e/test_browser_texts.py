"""What the editor shows of dialogues, lists, tables and several texts is what is read of them."""

from __future__ import annotations

from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page, expect

from e2e.browser import keep_picture, log_in
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from text_shapes import SHAPES, TextShape

pytestmark = [pytest.mark.label_studio, pytest.mark.browser, pytest.mark.slow]

IN_A_FRAME = "html"  # the editor shows HTML in a frame of its own


def test_people_see_the_texts_that_are_read(
    page: Page, label_studio: Any, label_studio_sdk: LabelStudio, label_studio_client: LabelStudioClient
) -> None:
    is_logged_in = False
    for shape in SHAPES:
        project_id = label_studio_sdk.projects.create(title="A test's project", label_config=shape.config).id
        label_studio_sdk.projects.import_tasks(id=project_id, request=list(shape.tasks))
        if not is_logged_in:
            log_in(page, label_studio, project_id)
            page.get_by_text("Label All Tasks").wait_for()
            is_logged_in = True
        schema = parse_label_config(shape.config, shape.selection)
        first, *_ = label_studio_client.list_tasks(project_id, schema)
        page.goto(f"{label_studio.url}/projects/{project_id}/data?task={first.task_id}")
        page.get_by_test_id("bottombar-submit-button").wait_for()
        check_shown(page, shape)
        keep_picture(page, f"texts-{shape.name.replace(' ', '-')}")
        assert all(word in first.text for cell in shape.cells for word in cell.split())


def check_shown(page: Page, shape: TextShape) -> None:
    """Each piece of the first task's text is on the page, in the editor or in its frame."""
    editor = page.locator(".lsf-main-view").first
    framed = page.frame_locator("iframe").locator("body")
    for piece in shape.cells or shape.texts[0].split("\n\n"):
        inside = framed if shape.name == IN_A_FRAME or piece == "It does." else editor
        expect(inside).to_contain_text(piece)
