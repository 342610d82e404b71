from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from fakes.component_tree import find, find_all, links_of, walk, words_of
from fakes.dashboard import HOSTILE, LABEL_STUDIO, annotate, ask, fill_store, open_circuit
from fakes.dashboard_states import describe
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.quality.audit.audit_sample import AuditFrame
from mraru.records import Annotation
from mraru.store.projects.project_repository import ProgressPhase, ProjectState
from mraru.store.projects.project_warnings import WarningLevel
from mraru.store.review.opinions import Opinion
from mraru.store.review.review_tabs import ReviewTab
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Page, Pages


def draw(
    services: Services,
    page: PageName = PageName.OVERVIEW,
    query: Mapping[str, str] | None = None,
    *,
    project_id: int = 3,
) -> Page:
    return Pages(services).draw(Address(project_id=project_id, page=page, query=query or {}))


@pytest.mark.parametrize("page", list(PageName))
def test_every_page_is_drawn_of_a_project_in_the_middle_of_its_work(filled: Services, page: PageName) -> None:
    drawn = draw(filled, page)
    assert drawn.is_found
    assert "could not be drawn" not in words_of(drawn.live)
    assert "News desk" in words_of(drawn.heading)
    assert (drawn.headline is not None) is (page is PageName.OVERVIEW)


@pytest.mark.parametrize("page", list(PageName))
@pytest.mark.parametrize("label_config", [None, "<View/>"])
def test_every_page_is_drawn_of_a_project_without_anything(
    services: Services, page: PageName, label_config: str | None
) -> None:
    connect(services, 3, *([label_config] if label_config else []))
    drawn = draw(services, page)
    assert "could not be drawn" not in words_of(drawn.live)
    assert "Not started" in words_of(drawn.state)


def test_without_projects_the_first_page_says_how_to_connect_one(services: Services) -> None:
    assert "mraru connect" in words_of(Pages(services).draw(Address()).live)


def test_the_first_page_shows_each_project_with_its_labels_money_and_warnings(filled: Services) -> None:
    fill_store(filled, 4, "Second")
    filled.store.projects.set_state(4, ProjectState.FAILED, "the key is refused")
    said = words_of(Pages(filled).draw(Address()).live)
    for part in ("News desk", "Second", "Failed the key is refused", "117", "$0.24", "$4.76 left", "1 warning"):
        assert part in said
    assert "/dashboard/projects/4" in links_of(Pages(filled).draw(Address()).live)


def test_what_is_good_to_know_is_no_warning(services: Services) -> None:
    fill_store(services)
    for warning in services.store.warnings.list_all(3):
        services.store.warnings.withdraw(3, warning.code)
    assert "No warnings" in words_of(Pages(services).draw(Address()).live)
    services.store.warnings.note(3, "good", "Nothing is wrong.", 0.0, level=WarningLevel.INFO)
    said = words_of(Pages(services).draw(Address()).live)
    assert "1 notice Nothing is wrong." in said
    assert "warning" not in said
    services.store.warnings.note(3, "bad", "This is.", 0.0, level=WarningLevel.ERROR)
    assert "1 warning 1 notice This is. Nothing is wrong." in words_of(Pages(services).draw(Address()).live)


def test_a_warning_says_of_when_its_figures_are(filled: Services) -> None:
    filled.store.warnings.note(3, "noisy", "Of 24 audited texts it got 19 right.", 1_767_261_600.0)
    said = words_of(draw(filled).live)
    assert "Of 24 audited texts it got 19 right. Written 2026-01-01 10:00 UTC." in said


def test_what_is_not_there_is_not_found(filled: Services) -> None:
    assert "Project 9 is not connected" in words_of(draw(filled, project_id=9).live)
    assert "no such page" in words_of(Pages(filled).draw(Address(is_known=False)).live)


def test_an_open_circuit_stands_out_on_the_first_page_and_on_the_projects(filled: Services) -> None:
    open_circuit(filled, until=1_800_000_000.0)
    for page in (Pages(filled).draw(Address()), draw(filled)):
        said = words_of(page.live[0])
        assert "simulated-teacher at http://llm.example/v1 does not answer." in said
        assert "2027-01-15 08:00 UTC" in said
        assert "503: the server is overloaded" in said


def test_a_closed_circuit_is_not_mentioned(filled: Services) -> None:
    assert "does not answer" not in words_of(Pages(filled).draw(Address()).live)


@pytest.mark.parametrize(
    ("state", "phase", "reason", "expected"),
    [
        (ProjectState.RUNNING, ProgressPhase.IDLE, "", "Queued"),
        (ProjectState.RUNNING, ProgressPhase.EMBEDDING, "", "Reading texts"),
        (ProjectState.RUNNING, ProgressPhase.TRAINING, "", "The student is learning"),
        (ProjectState.PAUSED, ProgressPhase.IDLE, "no answer.", "Paused no answer. It goes on by itself at 1970-01-01"),
        (ProjectState.STOPPED, ProgressPhase.IDLE, "every text is labelled", "Waiting for people Rounds have ended:"),
        (ProjectState.FAILED, ProgressPhase.IDLE, "the key is refused", "Failed the key is refused"),
    ],
)
def test_the_state_is_said_in_words_with_its_reason(
    filled: Services, state: ProjectState, phase: ProgressPhase, reason: str, expected: str
) -> None:
    filled.store.projects.set_state(3, state, reason, retry_at=60.0)
    filled.store.projects.set_progress(3, phase)
    said = words_of(draw(filled).state)
    assert expected in said
    assert reason in said


def test_progress_is_a_bar_that_says_its_figures(filled: Services) -> None:
    (bar,) = find_all(draw(filled).progress, "Progress")
    assert (bar.value, bar.max) == ("12", "25")
    assert getattr(bar, "aria-label") == "Asking the LLM: 12 of 25"


def test_the_overview_counts_labels_by_source_and_money(filled: Services) -> None:
    live = draw(filled).live
    sources = words_of(find(live, "label-sources"))
    assert "People 25 8.3" in sources
    assert "LLM 92 30.7" in sources
    assert "Student 133" in sources
    assert "None yet 50" in sources
    money = words_of(find(live, "money"))
    assert "Spent $0.24 of $5.00" in money
    assert "Saved $0.36 $0.0020 a text" in money  # 300 texts at $0.002, less $0.24
    assert "Left $4.76 880 calls left" in money


def test_the_learning_curve_has_its_figures_as_a_table_and_no_point_of_few_texts(filled: Services) -> None:
    card = find(draw(filled).live, "learning-curve")
    figure = find(card, "learning-curve-chart").figure
    agreement, estimated, gold = figure["data"]
    assert agreement["x"] == [20.0, 40.0, 60.0, 80.0, 100.0, 120.0]
    assert agreement["y"][0] == pytest.approx(0.49)
    assert not any("error_y" in line for line in figure["data"])  # the texts are no random sample
    assert estimated["y"][0] == pytest.approx(0.55)
    assert gold["y"][:3] == [None, None, 0.8]  # of none, 5 and 10 texts
    assert len(find_all(card, "Tr")) == 7


def test_the_review_queue_begins_with_the_least_sure_and_gives_both_labels_and_the_reason(filled: Services) -> None:
    (queue,) = find_all(draw(filled, PageName.REVIEW).live, "Ol")
    first = words_of(queue.children[0])
    assert len(queue.children) == 25
    assert "Task 56 Business (53 % sure)" in first
    assert "LLM: Business (82" in first
    assert "It is about Business." in first
    assert "Student: Politics (94" in first
    assert f"{LABEL_STUDIO}/projects/3/data?task=56" in links_of(queue)
    scores = [int(re.findall(r"Task [\d ]+ \w+ \((\d+) % sure", words_of(entry))[0]) for entry in queue.children]
    assert scores == sorted(scores)


def test_texts_that_people_labelled_are_not_in_the_queue(filled: Services) -> None:
    annotate(filled, 3, [56])
    assert "Task 56 " not in words_of(draw(filled, PageName.REVIEW).live)


def test_the_queue_goes_on_on_the_next_page(filled: Services) -> None:
    first, second = draw(filled, PageName.REVIEW), draw(filled, PageName.REVIEW, {"page": "2"})
    assert "/dashboard/projects/3/review?page=2" in links_of(first.live)
    assert "/dashboard/projects/3/review?page=1" in links_of(second.live)
    assert not set(_tasks(first)) & set(_tasks(second))
    assert _tasks(draw(filled, PageName.REVIEW, {"page": "99"})) == []


def test_each_cell_of_the_matrix_leads_to_as_many_texts_as_it_counts(filled: Services) -> None:
    matrix = find(draw(filled, PageName.AGREEMENT).live, "matrix")
    cells = {link: int(words_of(part)) for part in walk(matrix) if "llm=" in (link := getattr(part, "href", ""))}
    assert sum(cells.values()) == 120
    assert cells["/dashboard/projects/3/agreement?llm=s&student=Business#texts"] == 9
    behind = draw(filled, PageName.AGREEMENT, {"llm": "s", "student": "Business"})
    assert len(_tasks(behind)) == 9
    unnamed = draw(filled, PageName.AGREEMENT, {"llm": "-none-", "student": "s"})
    assert _tasks(unnamed) == ["120"]


def test_a_cell_that_does_not_exist_has_no_texts(filled: Services) -> None:
    query = {"llm": "<b>", "student": "x", "project_id": "9", "page": "-1"}
    said = words_of(draw(filled, PageName.AGREEMENT, query).live)
    assert "There is no such text." in said


def test_people_are_shown_with_their_agreement(filled: Services) -> None:
    filled.store.annotations.save(3, [Annotation(annotation_id=1, task_id=99, label=None, completed_by=7)], 1.0)
    live = draw(filled, PageName.PEOPLE).live
    said = words_of(find(live, "annotators"))
    assert "annotator 1 30 0 0 0 13 s 83" in said
    assert "annotator 7" in said
    assert "evenly split" in words_of(live)


def test_text_of_tasks_is_shown_as_text_alone(filled: Services) -> None:
    for number in (2, 3):  # settled otherwise, so that the hostile text is in the queue
        filled.store.annotations.remove(3, [number * 10 + 1, number * 10 + 2], 1.0)
    filled.store.annotations.remove(3, [11, 12], 1.0)
    pages = [draw(filled, PageName.REVIEW, {"page": str(number)}) for number in range(1, 11)]
    assert any(" ".join(HOSTILE.split()) in words_of(page.live) for page in pages)
    kinds = {type(part).__name__ for page in pages for part in walk(page.live)}
    assert not kinds & {"Markdown", "Iframe", "Script"}


def test_figures_change_with_the_store_after_a_moment(filled: Services) -> None:
    pages, address = Pages(filled), Address(project_id=3)
    before = pages.read_basis(address)
    assert pages.read_basis(address) == before
    ask(filled, 3, 200, 7)
    assert pages.read_basis(address) != before


def test_a_page_that_fails_says_so_and_keeps_the_state(
    filled: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(type(filled.store.opinions), "list_lowest", fail)
    drawn = draw(filled, PageName.REVIEW)
    assert "could not be drawn" in words_of(drawn.live)
    assert "Asking the LLM" in words_of(drawn.state)
    assert [record.event for record in caplog.records if record.levelname == "ERROR"] == ["page_not_drawn"]


def test_links_go_to_the_address_that_browsers_reach(copied_store: None, new_services: MakeServices) -> None:
    services = new_services(label_studio_url="http://a:8080", label_studio_public_url="https://labels.test/")
    assert "https://labels.test/projects/3/data?task=56" in links_of(draw(services, PageName.REVIEW).live)


def test_an_address_that_is_none_of_the_web_is_no_link(copied_store: None, services: Services) -> None:
    services.store.projects.connect(
        3, label_config="", hostname="javascript:alert(1)", access_token=None, backend_url=None
    )
    assert [link for link in links_of(draw(services, PageName.REVIEW).live) if "javascript" in link] == []


def _tasks(page: Page) -> list[str]:
    return [link.partition("task=")[2] for link in links_of(page.live) if "task=" in link]


def test_the_first_page_leads_to_the_tab_whose_tasks_it_asks_people_to_label(new_services: MakeServices) -> None:
    services = new_services(label_studio_url=LABEL_STUDIO)  # without an LLM
    describe(services, n_tasks=20)
    hashes = [task.text_hash for task in services.store.tasks.list_after(3, 0, 1000)]
    sure = [Opinion(text_hash=name, label="s", confidence=0.9, final_label="s", score=0.9) for name in hashes]
    services.store.opinions.save(3, sure, 1)
    services.store.projects.start(3)
    services.store.projects.set_state(3, ProjectState.STOPPED, "3 rounds done")
    shown = draw(services)
    assert shown.headline is not None
    assert "label 12 tasks yourselves" in words_of(shown.headline)
    assert f"{LABEL_STUDIO}/projects/3/data" in links_of(shown.headline)
    services.store.audit_samples.add(3, AuditFrame.CORPUS, hashes, 2.0)
    services.store.review_tabs.save(3, ReviewTab(kind="audit", view_id=41, written="{}"))
    shown = draw(services)
    assert shown.headline is not None
    assert "label tasks of the tab “Audit sample” yourselves" in words_of(shown.headline)
    assert f"{LABEL_STUDIO}/projects/3/data?tab=41" in links_of(shown.headline)
