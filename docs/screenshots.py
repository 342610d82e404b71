"""Takes the pictures of the documentation from a running demo, with Debian's chromium: `make screenshots`."""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
LIMIT = 300  # texts
ROUNDS = 4
WIDTH, HEIGHT = 1280, 760  # pixels
SCROLL = 2000  # pixels: down to the choices below a long text
SETTLE_MS = 1500  # for animations of Label Studio's pages to end
MOST_BYTES = 300_000  # of one picture
REVIEW_TAB = "Review: "  # how the title of the product's own tab begins that the picture shows
READY = re.compile(
    r"(http://\S+/projects/\d+)/data[\s\S]*?login\s+(\S+)[\s\S]*?password\s+(\S+)"
    r"[\s\S]*?dashboard\s+(\S+)[\s\S]*?Ctrl-C"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDemo:
    project_url: str
    email: str
    password: str
    dashboard_url: str  # of the project


@contextmanager
def running_demo(folder: Path, label_studio_venv: Path) -> Iterator[RunningDemo]:
    """`mraru demo`, from the moment when it is ready until the end of the block."""
    command = [sys.executable, "-u", "-m", "mraru", "demo", "--limit", str(LIMIT), "--rounds", str(ROUNDS)]
    command += ["--folder", str(folder), "--label-studio-venv", str(label_studio_venv)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        said = ""
        try:
            for line in process.stdout or ():
                sys.stdout.write(line)
                said += line
                ready = READY.search(said)
                if ready:
                    yield RunningDemo(project_url=ready[1], email=ready[2], password=ready[3], dashboard_url=ready[4])
                    break
            else:
                raise SystemExit("The demo ended before it was ready.")
        finally:
            process.send_signal(signal.SIGINT)


def log_in(page: Page, demo: RunningDemo) -> None:
    page.goto(demo.project_url + "/data")
    page.fill("input[name=email]", demo.email)
    page.fill("input[name=password]", demo.password)
    page.click("button[type=submit]")
    page.get_by_text("Label All Tasks").wait_for()


def take_pictures(page: Page, demo: RunningDemo) -> None:
    """The project's tasks with their predictions, and the first task that an annotator is given."""
    log_in(page, demo)
    _open_review_tab(page, demo)
    _take(page, "data-manager.png")
    page.get_by_text("Label All Tasks").click()
    page.get_by_test_id("bottombar-submit-button").wait_for()
    page.mouse.move(WIDTH / 3, HEIGHT / 2)
    page.mouse.wheel(0, SCROLL)
    _take(page, "labeling.png")


def take_dashboard_pictures(page: Page, demo: RunningDemo) -> None:
    """The project at one look, and the texts whose labels are the least sure."""
    page.goto(demo.dashboard_url)
    page.locator("#learning-curve .main-svg").first.wait_for()
    _take(page, "dashboard.png")
    page.goto(f"{demo.dashboard_url}/review")
    page.locator(".disputes").wait_for()
    _take(page, "dashboard-review.png")


def _open_review_tab(page: Page, demo: RunningDemo) -> None:
    """The tab that the backend made of what LLM and student differ on, in the order of the label stream."""
    label_studio, _, project = demo.project_url.partition("/projects/")
    views = page.request.get(f"{label_studio}/api/dm/views?project={project}").json()
    found = [view["id"] for view in views if view["data"].get("title", "").startswith(REVIEW_TAB)]
    if not found:
        raise SystemExit(f"The backend made no tab '{REVIEW_TAB}...': is MRARU_TABS off?")
    page.goto(f"{demo.project_url}/data?tab={found[0]}")
    page.get_by_text("Label All Tasks").wait_for()


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    path = IMAGES / name
    page.screenshot(path=path)
    n_bytes = path.stat().st_size
    if n_bytes > MOST_BYTES:
        raise SystemExit(f"{path} has {n_bytes:,} bytes: more than {MOST_BYTES:,}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--label-studio-venv", type=Path, required=True)
    arguments = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "demo", arguments.label_studio_venv) as demo,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        take_pictures(page, demo)
        take_dashboard_pictures(page, demo)


if __name__ == "__main__":
    main()
