"""`mraru report`: what is known of a project, in one file to send around."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.dashboard import HOSTILE, LLM_SETTINGS, annotate, fill_store
from fakes.embedders import CountingEmbedder
from fakes.services import clear_environment, connect, make_services
from mraru.bootstrap import Services
from mraru.cli.project.report_file import write_report
from mraru.errors import ProjectUnknown
from mraru.reporting.audit_figures import measure_audit
from mraru.reporting.label_sources import count_label_sources
from mraru.reporting.money import read_money
from mraru.settings import load_settings

pytestmark = pytest.mark.slow

PROJECT = 3


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    clear_environment(monkeypatch, tmp_path)
    services = make_services(tmp_path / "data", HandClock(), CountingEmbedder(), **LLM_SETTINGS)
    fill_store(services, PROJECT)
    yield services
    services.store.close()


def written(services: Services, folder: Path) -> tuple[str, str]:
    write_report(services, PROJECT, folder, Console(quiet=True))
    return (folder / "report.html").read_text(), (folder / "report.md").read_text()


class Tags(HTMLParser):
    """Every element's name and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_both_pages_hold_the_same_figures(services: Services, tmp_path: Path) -> None:
    html, markdown = written(services, tmp_path / "out")
    project = services.store.projects.get(PROJECT)
    assert project is not None
    sources, money = count_label_sources(services, project), read_money(services, PROJECT)
    for figure in (f"{sources.n_gold:,}", f"{sources.n_teacher:,}", f"{money.n_asked:,} of {money.n_texts:,}"):
        assert f"<td>{figure}</td>" in html
        assert f"| {figure} |" in markdown
    assert f"<td>${money.spent_usd:.2f} of at most $" in html


def test_the_first_sentences_stand_on_top(services: Services, tmp_path: Path) -> None:
    html, markdown = written(services, tmp_path / "out")
    first = "Nobody can say yet how many labels are right: 10 more audited texts are needed."
    title, top, *_ = markdown.split("\n\n")
    assert (title, top) == ("# News desk: how well it is labelled", first)
    assert f'<p class="lead">{first}</p>' in html
    assert html.index(first) < html.index("<h2>")
    assert "Next: settle the 5 texts on which people are evenly split." in markdown


def test_what_cannot_be_said_yet_says_why(services: Services, tmp_path: Path) -> None:
    html, _ = written(services, tmp_path / "out")
    reason = measure_audit(services, PROJECT).corpus.overall.reason
    assert reason
    assert reason in html


def test_every_chart_is_in_the_page_and_beside_the_markdown(services: Services, tmp_path: Path) -> None:
    html, markdown = written(services, tmp_path / "out")
    shown = re.findall(r"!\[[^]]*\]\((charts/[^)]+)\)", markdown)
    assert len(shown) == 2
    assert all((tmp_path / "out" / name).read_text().startswith("<?xml") for name in shown)
    assert html.count("<svg") == 2


def test_the_page_is_whole_in_itself(services: Services, tmp_path: Path) -> None:
    html, _ = written(services, tmp_path / "out")
    tags = Tags(html).found
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe", "img")]
    assert not [value for _, attrs in tags for name, value in attrs.items() if name in ("src", "srcset") and value]


def test_no_text_of_a_task_is_sent_around(services: Services, tmp_path: Path) -> None:
    html, markdown = written(services, tmp_path / "out")
    assert HOSTILE not in markdown
    assert "the council met" not in markdown
    assert "the council met" not in html


def test_figures_follow_the_store(services: Services, tmp_path: Path) -> None:
    _, before = written(services, tmp_path / "before")
    annotate(services, PROJECT, range(31, 61))
    _, after = written(services, tmp_path / "after")
    assert "| people | 25 | 8.3 % |" in before  # of 30 texts, five are ties
    assert "| people | 50 | 16.7 % |" in after


def test_a_project_without_rounds_has_a_report(services: Services, tmp_path: Path) -> None:
    connect(services, 9)
    write_report(services, 9, tmp_path / "out", Console(quiet=True))
    assert "Rounds" not in (tmp_path / "out" / "report.md").read_text()


def test_an_unknown_project_is_named(services: Services, tmp_path: Path) -> None:
    with pytest.raises(ProjectUnknown, match="Project 77"):
        write_report(services, 77, tmp_path / "out", Console(quiet=True))
    assert not (tmp_path / "out").exists()


def test_without_a_store_it_says_where_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch, tmp_path)
    nowhere = Services(load_settings(model_dir=tmp_path / "nothing"))
    with pytest.raises(ProjectUnknown, match="MODEL_DIR"):
        write_report(nowhere, PROJECT, tmp_path / "out", Console(quiet=True))
    assert not (tmp_path / "nothing" / "mraru.sqlite3").exists()
