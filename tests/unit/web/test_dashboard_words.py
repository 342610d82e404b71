"""What every page says, in each state of a project and with each kind of teacher."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from dash.development.base_component import Component
from rich.console import Console

from fakes.component_tree import Tree, find, find_all, links_of, walk, words_of
from fakes.dashboard import LABEL_STUDIO, LLM_SETTINGS
from fakes.dashboard_states import N_SMALL, PROJECT, STATES
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.project.audit_lines import show_audit
from mraru.pages import to_markdown
from mraru.reporting.annotator_figures import read_annotators
from mraru.reporting.report.project_report import build_report
from mraru.store.tables.project_tables import metadata
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.elements.cards import make_words
from mraru.web.dashboard.elements.explanations import EXPLANATIONS
from mraru.web.dashboard.pages.draft_cards import draw_drafts
from mraru.web.dashboard.pages.page_registry import Pages
from mraru.web.flask_app import create_app

MakeProject = Callable[..., Services]  # of the state, and of the kind of teacher
DOCS = Path(__file__).parents[3] / "docs" / "reference" / "figures.md"
TEACHERS = ("LLM", "built-in teacher", "ensemble")
ENSEMBLE = """
mode: ensemble
teachers:
  - {name: first, model: m1, base_url: http://llm.example/v1}
  - {name: second, model: m2, base_url: http://llm.example/v1}
"""
SHARE = re.compile(r"\d\s?%")
INTERVAL = re.compile(r"\d to \d[\d.]*\s?%|\d[–-]\d[\d.]*\s?%")


def settings_of(teacher: str, folder: Path) -> dict[str, str]:
    if teacher == "LLM":
        return dict(LLM_SETTINGS)
    if teacher == "ensemble":
        (folder / "teachers.yaml").write_text(ENSEMBLE)
        return {"teachers_file": str(folder / "teachers.yaml")}
    return {}


@pytest.fixture
def make_project(new_services: MakeServices, tmp_path: Path) -> MakeProject:
    def make(state: str, teacher: str = "LLM") -> Services:
        services = new_services(label_studio_url=LABEL_STUDIO, **settings_of(teacher, tmp_path))
        STATES[state](services)
        return services

    return make


def draw_all(services: Services) -> Iterator[tuple[str, Tree]]:
    """Every page of the dashboard, each with its name."""
    pages = Pages(services)
    addresses = {"projects": Address(), "about": Address(is_about=True)}
    addresses |= {name.value or "overview": Address(project_id=PROJECT, page=name) for name in PageName}
    addresses["agreement, a cell"] = Address(
        project_id=PROJECT, page=PageName.AGREEMENT, query={"llm": "s", "student": "s"}
    )
    for name, address in addresses.items():
        page = pages.draw(address)
        assert "could not be drawn" not in words_of(page.live), name
        yield name, [page.heading, page.headline, page.state, page.progress, page.controls, page.live]
        view = pages.view(address)
        if address.page is PageName.LABELS and view is not None:
            yield "drafts", draw_drafts(view, DefinitionControls(services, lambda number: None), {})


def without_details(tree: Tree) -> list[Tree]:
    """All words but what is folded away for those who run the server."""
    folded = {
        id(word)
        for details in find_all(tree, "Details")
        if getattr(details, "className", "") == "detail-of-setting"
        for word in find_all(details, "P")
    }
    return list(_words_outside(tree, folded))


def _words_outside(tree: Tree, folded: set[int]) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Component):
        if id(tree) not in folded:
            yield from _words_outside(getattr(tree, "children", None), folded)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _words_outside(part, folded)


def attributes_of(tree: Tree) -> str:
    """What screen readers are told besides the words."""
    named = ("aria-label", "title")
    return " ".join(str(getattr(part, name, "")) for part in walk(tree) if not isinstance(part, str) for name in named)


@pytest.mark.parametrize(
    ("state", "teacher"), [*((state, "LLM") for state in STATES), ("running", TEACHERS[1]), ("running", TEACHERS[2])]
)
def test_no_page_has_words_of_the_code(make_project: MakeProject, state: str, teacher: str) -> None:
    services = make_project(state, teacher)
    tables = [name for name in metadata.tables if "_" in name]
    for name, tree in draw_all(services):
        said = f"{words_of(without_details(tree))} {attributes_of(tree)}"
        assert "`" not in said, name
        assert not [table for table in tables if table in said], name
        assert not re.search(r"\btables? (annotations|calls|opinions|rounds|tasks)\b|Source:|docs/", said), name
        assert "(no LLM)" not in said, name
        assert "None" not in re.sub(r"None (yet|of the|has)", "", said), name
        assert not re.search(r"\bgold\b|out of fold|Wilson", said), name


@pytest.mark.parametrize("state", ["running", "small"])
def test_without_an_llm_no_page_speaks_of_one_that_labels(make_project: MakeProject, state: str) -> None:
    services = make_project(state, "built-in teacher")
    for name, tree in draw_all(services):
        if name not in ("about", "settings", "labels", "drafts"):
            said = re.sub(r"The LLM has cost", "", words_of(tree))
            assert not re.search(r"\b[Tt]he LLM\b|LLM:|LLM's", said), name
    assert (
        "Built-in teacher against student"
        in dict((name, words_of(tree)) for name, tree in draw_all(services))["agreement"]
    )


@pytest.mark.parametrize("state", ["running", "stopped", "paused by a person", "small"])
def test_nothing_that_people_chose_to_look_at_has_an_interval(make_project: MakeProject, state: str) -> None:
    """Nobody was audited here, or too few: whatever people labelled, they chose or were given as doubtful."""
    services = make_project(state)
    assert read_annotators(services, PROJECT).n_gold
    for name, tree in draw_all(services):
        if name not in ("about", "settings"):
            assert not INTERVAL.search(words_of(tree)), name
    report = to_markdown(build_report(services, PROJECT))
    assert not INTERVAL.search(report)
    console = Console(record=True, width=200)
    show_audit(services, PROJECT, console)
    assert not INTERVAL.search(console.export_text())
    client = create_app(services, lambda number: None).test_client()
    for path in ("", "/annotators", "/corrected-classes", "/audit"):
        assert_no_interval(client.get(f"/api/projects/{PROJECT}{path}").json, path)


def assert_no_interval(value: object, where: str) -> None:
    """No interval in an answer of the API, at any depth."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            assert "interval" not in name or part is None, f"{where}: {name}"
            assert_no_interval(part, where)
    elif isinstance(value, list):
        for part in value:
            assert_no_interval(part, where)


def test_no_share_is_told_of_fewer_than_ten_texts(make_project: MakeProject) -> None:
    services = make_project("small")
    assert N_SMALL < 10
    for name, tree in draw_all(services):
        if name not in ("about", "settings"):
            # what is said of one text alone, or of the audit's turns, is no share of texts
            said = re.sub(r"\d+ % sure|one in ten", "", words_of(tree))
            assert not SHARE.search(said), f"{name}: {said}"
    report = build_report(services, PROJECT)
    cells = [cell for section in report.sections for table in section.tables for row in table.rows for cell in row]
    assert cells
    assert [cell for cell in cells if "%" in cell] == []
    assert [section.charts for section in report.sections if section.charts] == []
    console = Console(record=True, width=200)
    show_audit(services, PROJECT, console)
    assert not SHARE.search(console.export_text())


def test_every_card_leads_to_how_it_is_counted_and_the_docs_say_the_same(make_project: MakeProject) -> None:
    docs = " ".join(DOCS.read_text().replace("`", "").split())
    services, seen = make_project("running", "ensemble"), set()
    about = Pages(services).draw(Address(is_about=True)).live
    for _, tree in draw_all(services):
        seen |= {link.partition("#about-")[2] for link in links_of(tree) if "#about-" in link}
    explained = {name: explanation for cards in EXPLANATIONS.values() for name, explanation in cards.items()}
    assert {"money", "headline", "accuracy", "rounds", "matrix"} <= seen <= explained.keys()
    for name, explanation in explained.items():
        assert find(about, f"about-{name}") is not None
        assert " ".join(explanation.text.split()) in docs, name


@pytest.mark.parametrize(
    ("state", "primary", "idle"),
    [
        ("not read", True, ["pause"]),
        ("empty", False, ["pause"]),
        ("not started", True, ["pause"]),
        ("running", False, ["start"]),
        ("waiting", False, []),
        ("paused by a person", True, ["pause"]),
        ("stopped", False, ["start", "one-round"]),
        ("failed", False, []),
        ("disconnected", False, ["start", "pause", "one-round"]),
    ],
)
def test_start_stands_out_where_it_begins_something_alone(
    make_project: MakeProject, state: str, primary: bool, idle: list[str]
) -> None:
    page = Pages(make_project(state)).draw(Address(project_id=PROJECT))
    buttons = find_all(page.controls, "Button")
    assert ["primary" in button.className for button in buttons] == [primary, False, False]
    assert [button.id["name"] for button in buttons if getattr(button, "aria-disabled") == "true"] == idle


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("empty", "Empty This project has no tasks yet: import some in Label Studio."),
        ("disconnected", "Disconnected Nothing is done for it until it is connected again: mraru connect 3"),
        ("paused by a person", "Paused A person paused it. Start it to go on"),
        ("stopped", "budget: 120 of 120 calls made (setting “Most calls”)"),
        ("failed", "the key is refused: set OPENAI_API_KEY , then go"),
        ("waiting", "the LLM does not answer It goes on by itself"),
    ],
)
def test_each_state_says_what_it_is_and_what_to_do(make_project: MakeProject, state: str, expected: str) -> None:
    assert expected in words_of(Pages(make_project(state)).draw(Address(project_id=PROJECT)).state)


def test_the_headline_is_the_first_thing_on_the_overview(make_project: MakeProject) -> None:
    pages = Pages(make_project("running"))
    said = words_of(pages.draw(Address(project_id=PROJECT)).headline)
    assert said.startswith("In short Nobody can say yet how many labels are right: 10 more audited texts are needed.")
    assert "Next: see to the warnings." in said
    assert "The LLM has cost $0.24 of at most $5.00." in said
    assert pages.draw(Address(project_id=PROJECT, page=PageName.AUDIT)).headline is None


def test_code_and_settings_in_messages_are_shown_as_such() -> None:
    words = make_words("Run `mraru set 3`, raise MRARU_MAX_CALLS (MRARU_STUDENT=svm) or set OPENAI_API_KEY.")
    assert words_of(words) == (
        "Run mraru set 3 , raise setting “Most calls” (setting “Student”: support vector machine) or set "
        "OPENAI_API_KEY ."
    )
    assert [words_of(code) for code in find_all(words, "Code")] == ["mraru set 3", "OPENAI_API_KEY"]
