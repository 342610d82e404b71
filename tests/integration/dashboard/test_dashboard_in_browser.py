"""The dashboard in a real browser, over a store filled by fakes: no Label Studio, no LLM."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from fakes.clocks import HandClock
from fakes.dashboard import LABEL_STUDIO, LLM_SETTINGS, annotate, ask, fill_store, open_circuit
from fakes.dashboard_states import STATES
from fakes.embedders import CountingEmbedder
from fakes.services import clear_environment, connect, make_services
from mraru.bootstrap import Services
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus
from mraru.store.projects.project_repository import ProjectState
from mraru.web.flask_app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = {
    "projects": "",
    "overview": "projects/3",
    "review": "projects/3/review",
    "agreement": "projects/3/agreement?llm=s&student=Business",
    "people": "projects/3/people",
    "audit": "projects/3/audit",
    "labels": "projects/3/labels",
    "rounds": "projects/3/rounds",
    "settings": "projects/3/settings",
    "about": "about#about-money",
}
WIDTHS = (1280, 390)  # pixels: a laptop, a phone
SOON_MS = 30_000  # milliseconds: many looks of a page at the store, also where the machine is busy
expect.set_options(timeout=SOON_MS)


@dataclass(kw_only=True)
class Stage:
    """A backend with a filled store, and what browsers asked whom for."""

    url: str
    services: Services
    woken: list[int]
    requested: list[str] = field(default_factory=list)

    def open(self, page: Page, name: str) -> None:
        page.goto(f"{self.url}/dashboard/{PATHS[name]}")
        page.get_by_role("heading", level=1).wait_for()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium is not installed: apt-get install chromium"
        if os.environ.get("MRARU_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason} (MRARU_REQUIRE_BROWSER=1)")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def state() -> str:
    """The state of the project that is shown; the other fixtures take theirs from here."""
    return "running"


@pytest.fixture
def stage(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> Iterator[Stage]:
    clear_environment(monkeypatch, tmp_path)
    settings = {**LLM_SETTINGS, "label_studio_url": LABEL_STUDIO}
    services = make_services(tmp_path, HandClock(), CountingEmbedder(), **settings)
    fill_store(services) if state == "running" else STATES[state](services)
    woken: list[int] = []
    server = make_server("127.0.0.1", 0, create_app(services, woken.append), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Stage(url=f"http://127.0.0.1:{server.server_port}", services=services, woken=woken)
    server.shutdown()
    thread.join()
    server.server_close()
    services.store.close()


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """A page of a laptop in light colours; nothing that it does may leave the host, or fail."""
    with browser.new_context(viewport={"width": WIDTHS[0], "height": 800}) as context:
        opened = context.new_page()
        problems: list[str] = []
        opened.on("request", lambda request: stage.requested.append(request.url))
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        yield opened
        opened.goto("about:blank")
        assert problems == []
        assert {urlsplit(url).netloc for url in stage.requested if url.startswith("http")} <= {
            urlsplit(stage.url).netloc
        }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_laptop_and_a_phone_and_passes_axe(page: Page, stage: Stage, scheme: str) -> None:
    open_circuit(stage.services, until=stage.services.clock() + 60)
    connect(stage.services, 4)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name in PATHS:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            stage.open(page, name)
            if name == "overview":
                expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}, {width} px, {scheme}: {found.generate_report()}"


@pytest.mark.parametrize("state", [name for name in STATES if name != "running"])
def test_each_state_fits_a_phone_and_passes_axe(page: Page, stage: Stage, state: str) -> None:
    page.set_viewport_size({"width": WIDTHS[1], "height": 800})
    for name in ("projects", "overview", "audit"):
        stage.open(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[1], (state, name)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{state}, {name}: {found.generate_report()}"


def test_a_card_leads_to_how_it_is_counted_and_back(page: Page, stage: Stage) -> None:
    stage.open(page, "overview")
    expect(page.locator("#headline")).to_contain_text("Nobody can say yet how many labels are right")
    page.get_by_role("link", name="How this is counted: Money and calls").click()
    expect(page).to_have_title("About these figures – M-RARU")
    expect(page.locator("#about-money")).to_be_focused()
    page.go_back()
    expect(page.locator("#money")).to_contain_text("880 calls left")


@pytest.mark.parametrize("state", ["disconnected"])
def test_a_disconnected_project_has_no_live_buttons(page: Page, stage: Stage, state: str) -> None:
    stage.open(page, "overview")
    for name in ("Start", "Pause", "Run one round"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_have_attribute("aria-disabled", "true")
        button.click(force=True)
        expect(page.locator("#run-answer")).to_contain_text("It is disconnected")
    assert stage.woken == []


def test_colours_of_page_and_charts_follow_the_readers_system(page: Page, stage: Stage) -> None:
    inks = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        stage.open(page, "overview")
        tick = page.locator("#learning-curve-chart .xtick text").first
        expect(tick).to_be_visible()
        inks[scheme] = (
            page.evaluate("getComputedStyle(document.body).backgroundColor"),
            tick.evaluate("text => getComputedStyle(text).fill"),
        )
    assert inks["light"][0] != inks["dark"][0]
    assert inks["light"][1] != inks["dark"][1]


def test_figures_and_state_change_when_the_store_does(page: Page, stage: Stage) -> None:
    stage.open(page, "overview")
    expect(page.get_by_role("status").first).to_contain_text("Asking the LLM")
    expect(page.locator("#money")).to_contain_text("880 calls left")
    for number in (201, 202):
        ask(stage.services, 3, number, 7)
    annotate(stage.services, 3, range(61, 70), annotators=(1,))
    stage.services.store.projects.set_state(3, ProjectState.STOPPED, "every text is labelled")
    expect(page.locator("#money")).to_contain_text("878 calls left")
    expect(page.locator("#label-sources")).to_contain_text("People34")
    expect(page.get_by_role("status").first).to_contain_text("Waiting for people")


def test_a_table_that_was_opened_and_the_focus_stay_when_figures_change(page: Page, stage: Stage) -> None:
    stage.open(page, "overview")
    summary = page.locator("#learning-curve summary")
    summary.focus()
    page.keyboard.press("Enter")
    ask(stage.services, 3, 203, 7)
    expect(page.locator("#money")).to_contain_text("879 calls left")
    expect(summary).to_be_focused()
    expect(page.locator("#learning-curve table")).to_be_visible()


def test_nobody_is_asked_while_nobody_looks(page: Page, stage: Stage) -> None:
    page.clock.install()
    stage.open(page, "review")
    set_hidden(page, is_hidden=True)
    page.clock.run_for(1000)
    n_before = len(stage.requested)
    page.clock.run_for(60_000)
    assert stage.requested[n_before:] == []
    set_hidden(page, is_hidden=False)
    with page.expect_request("**/_dash-update-component*"):
        page.clock.run_for(10_000)


def set_hidden(page: Page, *, is_hidden: bool) -> None:
    """Tell the page that its tab is in the background, or is looked at again."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


def test_a_cell_of_the_matrix_leads_to_its_tasks_which_open_in_label_studio(page: Page, stage: Stage) -> None:
    stage.open(page, "overview")
    page.get_by_role("link", name="Agreement").click()
    expect(page).to_have_title("Agreement – News desk – M-RARU")
    cell = page.get_by_role("link", name="9 texts: LLM Sport, student Business")
    cell.click()
    tasks = page.get_by_role("list", name="LLM: Sport, student: Business").get_by_role("listitem")
    expect(tasks).to_have_count(9)
    expect(page.locator("#texts")).to_be_focused()
    link = tasks.first.get_by_role("link")
    assert (link.get_attribute("href") or "").startswith(f"{LABEL_STUDIO}/projects/3/data?task=")
    page.go_back()
    expect(tasks).to_have_count(0)


def test_the_queue_has_pages_and_the_keyboard_reaches_them(page: Page, stage: Stage) -> None:
    stage.open(page, "review")
    first = page.get_by_role("listitem").filter(has_text="% sure").first
    expect(first).to_contain_text("Task 56")
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Page 2")).to_be_visible()
    expect(first).not_to_contain_text("Task 56")


def test_pause_start_and_one_round_are_pressed_by_keyboard(page: Page, stage: Stage) -> None:
    stage.open(page, "overview")
    projects, answer = stage.services.store.projects, page.locator("#run-answer")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for name, said, state in (
        ("Pause", "Paused", ProjectState.PAUSED),
        ("Run one round", "One round", ProjectState.RUNNING),
        ("Pause", "Paused", ProjectState.PAUSED),
        ("Start", "Started", ProjectState.RUNNING),
    ):
        button = page.get_by_role("button", name=name, exact=True)
        for _ in range(30):
            page.keyboard.press("Tab")
            if button.evaluate("button => button === document.activeElement"):
                break
        expect(button).to_have_attribute("aria-disabled", "false")
        page.keyboard.press("Enter")
        expect(answer).to_contain_text(said)
        project = projects.get(3)
        assert project is not None
        assert project.state is state
        expect(button).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("Enter")  # it has kept the focus
        expect(answer).to_contain_text("already")
        assert projects.get(3) == project
        page.locator(".skip").focus()
    assert stage.woken == [3, 3, 3, 3]


def test_the_budget_is_changed_and_given_back(page: Page, stage: Stage) -> None:
    stage.open(page, "settings")
    page.get_by_role("textbox", name="Most dollars").fill("12.5")
    page.get_by_role("group", name="Student").get_by_text("support vector machine", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings-answer")).to_contain_text("Saved: Most dollars, Student.")
    assert stage.services.budget_of(3).max_cost_usd == 12.5
    assert stage.services.settings_for(3).student == "svm"
    page.get_by_role("button", name="Use the server's value of Most dollars").click()
    expect(page.get_by_role("textbox", name="Most dollars")).to_have_value("5")
    assert stage.services.budget_of(3).max_cost_usd == 5.0
    page.get_by_role("textbox", name="Most calls").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings-answer")).to_contain_text("Most calls")


def test_a_definition_is_written_and_accepted(page: Page, stage: Stage) -> None:
    stage.open(page, "labels")
    page.locator("summary", has_text="labels").click()
    page.get_by_role("textbox", name="Definition of Sport", exact=True).fill("Matches, teams and athletes.")
    page.get_by_role("button", name="Accept without a trial: Sport").click()
    expect(page.locator("#draft-answer")).to_contain_text("Accepted")
    assert stage.services.store.label_definitions.list_all(3) == {"s": "Matches, teams and athletes."}
    expect(page.locator("#definitions")).to_contain_text("Matches, teams and athletes.")


def test_a_draft_that_arrives_leaves_what_is_being_typed(page: Page, stage: Stage) -> None:
    drafts = stage.services.store.definition_drafts
    drafts.want(3, "Business")
    stage.open(page, "labels")
    page.locator("summary", has_text="labels").click()
    politics = page.get_by_role("textbox", name="Definition of Politics", exact=True)
    politics.fill("Votes and par")
    expect(page.get_by_text("It is being drafted.")).to_be_visible()
    drafts.save(3, DefinitionDraft(label="Business", definition="Firms and markets.", status=DraftStatus.READY))
    expect(page.get_by_role("textbox", name="Definition of Business", exact=True)).to_have_value("Firms and markets.")
    expect(politics).to_have_value("Votes and par")
    page.get_by_role("button", name="Dismiss: Business").click()
    expect(page.locator("#draft-answer")).to_contain_text("Dismissed")
    assert drafts.list_all(3) == []
    expect(politics).to_have_value("Votes and par")


def test_labels_are_downloaded(page: Page, stage: Stage) -> None:
    stage.open(page, "settings")
    with page.expect_download() as arriving:
        page.get_by_role("link", name="Labels, CSV").click()
    assert arriving.value.suggested_filename == "project-3-labels.csv"
