"""What an annotator does and sees in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from playwright.sync_api import Locator, Page

SHOWN = {  # what annotators read, by what Label Studio stores
    "business": "Business news",
    "entertainment": "Films and music",
    "politics": "Politics",
    "sports": "Sports news",
    "tech": "Technology",
}


def aliased_config() -> str:
    """A label config whose labels are shown by other names than they are stored by, with room for notes."""
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


def keep_picture(page: Page, name: str = "labeling") -> None:
    """Save what is on the page where MRARU_SCREENSHOTS names a folder."""
    folder = os.environ.get("MRARU_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")
