"""What pages, report and commands say of a project whose labels are ratings."""

from __future__ import annotations

import pytest
from rich.console import Console

from fakes import dashboard, dashboard_states
from fakes.answer_kinds import rating
from fakes.component_tree import words_of
from fakes.dashboard import LABEL_STUDIO, LLM_SETTINGS, N_TASKS, annotate, text_of
from fakes.dashboard_states import PROJECT, STATES
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.project.audit_lines import show_audit
from mraru.pages import to_markdown
from mraru.records import hash_text
from mraru.reporting.audit_figures import measure_audit
from mraru.reporting.report.project_report import build_report
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Pages


@pytest.fixture
def rated(monkeypatch: pytest.MonkeyPatch, new_services: MakeServices) -> Services:
    """A project in which an audit tells something; its labels are three stars."""
    monkeypatch.setattr(dashboard, "LABELS", ("1", "2", "3"))
    for module in (dashboard, dashboard_states):
        monkeypatch.setattr(module, "CONFIG", rating('maxRating="3"'))
    services = new_services(label_studio_url=LABEL_STUDIO, **LLM_SETTINGS)
    STATES["running"](services)
    numbers = range(1, N_TASKS + 1)
    annotate(services, PROJECT, numbers, (1, 2, 3))
    hashes = [hash_text(text_of(number)) for number in numbers]
    services.store.audit_samples.add(PROJECT, "corpus", hashes, 1.0)
    services.store.audit_samples.add(PROJECT, "teacher", hashes, 1.0)
    return services


def test_how_many_stars_labels_are_off_stands_beside_the_share_that_is_right(rated: Services) -> None:
    audit = measure_audit(rated, PROJECT)
    assert audit.are_ratings
    assert audit.teacher.stars_apart is not None
    pages = Pages(rated)

    def page(name: PageName) -> str:
        return words_of(pages.draw(Address(project_id=PROJECT, page=name)).live)

    assert "Stars off, on average" in page(PageName.AUDIT)
    assert f"{audit.teacher.stars_apart:.2f} stars" in page(PageName.OVERVIEW)
    assert "stars apart" in page(PageName.PEOPLE)
    assert "weigh a disagreement by the square of its stars" in page(PageName.PEOPLE)
    report = to_markdown(build_report(rated, PROJECT))
    assert "stars off, on average" in report
    assert "Both weigh a disagreement by the square of its stars." in report
    console = Console(record=True, width=200)
    show_audit(rated, PROJECT, console)
    assert f"On average {audit.teacher.stars_apart:.2f} stars off people's." in console.export_text()
