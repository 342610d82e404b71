"""Which module draws which page."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from dash import html
from dash.development.base_component import Component

from mraru.bootstrap import Services
from mraru.reporting.control_figures import describe_controls
from mraru.reporting.project_settings import list_project_settings
from mraru.reporting.project_summary import list_teacher_health
from mraru.store.projects.project_repository import Project
from mraru.web.dashboard.addresses import Address, PageName, link_to, link_to_label_studio
from mraru.web.dashboard.elements.cards import make_empty, make_link, make_notice
from mraru.web.dashboard.elements.control_forms import make_run_controls, make_settings_form
from mraru.web.dashboard.elements.state_words import make_progress, make_state
from mraru.web.dashboard.page_view import View, find_label_studio_url, read_basis
from mraru.web.dashboard.pages.about_page import draw_about
from mraru.web.dashboard.pages.agreement_page import draw_agreement
from mraru.web.dashboard.pages.audit_page import draw_audit
from mraru.web.dashboard.pages.downloads_page import draw_downloads
from mraru.web.dashboard.pages.labels_page import draw_labels
from mraru.web.dashboard.pages.overview_page import draw_overview, make_headline
from mraru.web.dashboard.pages.people_page import draw_people
from mraru.web.dashboard.pages.projects_page import draw_projects
from mraru.web.dashboard.pages.review_page import draw_review
from mraru.web.dashboard.pages.rounds_page import draw_rounds
from mraru.web.dashboard.recent_figures import RecentFigures
from mraru.web.dashboard.shell import ABOUT_TITLE, PAGE_TITLES

logger = logging.getLogger(__name__)

PAGES: Mapping[PageName, Callable[[View], list[Component]]] = {
    PageName.OVERVIEW: draw_overview,
    PageName.REVIEW: draw_review,
    PageName.AGREEMENT: draw_agreement,
    PageName.PEOPLE: draw_people,
    PageName.AUDIT: draw_audit,
    PageName.LABELS: draw_labels,
    PageName.ROUNDS: draw_rounds,
    PageName.SETTINGS: draw_downloads,
}
CONTROLS: Mapping[PageName, Callable[[View], list[Component]]] = {  # what is not drawn anew while people fill it in
    PageName.OVERVIEW: lambda view: [
        make_run_controls(view.project_id, describe_controls(view.services.store, view.project))
    ],
    PageName.SETTINGS: lambda view: [make_settings_form(list_project_settings(view.services, view.project_id))],
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page in its parts."""

    heading: list[Component]
    headline: Component | None = None
    state: list[Component | str] = field(default_factory=list)
    progress: Component | None = None
    controls: list[Component] = field(default_factory=list)
    live: list[Component] = field(default_factory=list)
    project_title: str | None = None
    is_current: bool = True  # False: some figure is that of a moment ago
    is_found: bool = True


class Pages:
    """Draws pages from the store, with figures of a moment ago where they take long to make."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recent = RecentFigures()

    def read_basis(self, address: Address) -> str:
        """A short name of what the page would be drawn from; the same while nothing has changed."""
        return hashlib.blake2b(repr(self._basis(address)).encode(), digest_size=16).hexdigest()

    def draw(self, address: Address) -> Page:
        """The page of an address."""
        if not address.is_known:
            return _not_found("There is no such page.")
        if address.is_about:
            above = html.P(html.A("Projects", href=link_to()), className="above")
            return Page(heading=[above, html.H1(ABOUT_TITLE)], live=draw_about())
        if address.project_id is None:
            heading: list[Component] = [html.H1("Projects")]
            live, is_current = draw_projects(self._services, self._recent)
            return Page(heading=heading, live=live, is_current=is_current)
        project = self._services.store.projects.get(address.project_id)
        if project is None:
            return _not_found(f"Project {address.project_id} is not connected to this backend.")
        view = self._view(project, address)
        title = project.title or f"Project {project.project_id}"
        live = _draw_or_say_why(view)
        return Page(
            heading=_make_heading(view, title),
            headline=_draw_headline(view) if address.page is PageName.OVERVIEW else None,
            state=make_state(self._services.store, project, view.words),
            progress=make_progress(project, view.words),
            controls=CONTROLS[address.page](view) if address.page in CONTROLS else [],
            live=live,
            project_title=title,
            is_current=not view.outdated,
        )

    def view(self, address: Address) -> View | None:
        """What a page of a project is drawn from; None where there is no such project."""
        project = self._services.store.projects.get(address.project_id) if address.project_id is not None else None
        return self._view(project, address) if project is not None else None

    def _view(self, project: Project, address: Address) -> View:
        basis = self._basis(address)
        return View(services=self._services, project=project, address=address, recent=self._recent, basis=basis)

    def _basis(self, address: Address) -> Hashable:
        store = self._services.store
        if address.project_id is None:
            projects = tuple(read_basis(self._services, project) for project in store.projects.list_all())
            return projects, tuple(list_teacher_health(self._services))
        project = store.projects.get(address.project_id)
        return read_basis(self._services, project) if project is not None else None


def _make_heading(view: View, title: str) -> list[Component]:
    label_studio = link_to_label_studio(find_label_studio_url(view.services, view.project), view.project_id)
    is_overview = view.address.page is PageName.OVERVIEW
    above = html.A(title, href=link_to(view.project_id)) if not is_overview else html.A("Projects", href=link_to())
    return [
        html.P([above, make_link("Open in Label Studio", label_studio) if label_studio else ""], className="above"),
        html.H1(title if is_overview else PAGE_TITLES[view.address.page]),
    ]


def _draw_headline(view: View) -> Component | None:
    """The first sentences; left out where they cannot be made, as the page must be shown all the same."""
    try:
        return make_headline(view)
    except Exception:
        logger.exception("the headline could not be drawn", extra={"event": "headline_not_drawn"})
        return None


def _draw_or_say_why(view: View) -> list[Component]:
    """The page, or a word that there is none: one figure that cannot be made must not hide the project's state."""
    try:
        return PAGES[view.address.page](view)
    except Exception:
        logger.exception("page '%s' could not be drawn", view.address.page, extra={"event": "page_not_drawn"})
        return [make_notice("error", "This page could not be drawn: the backend's log says why.")]


def _not_found(message: str) -> Page:
    return Page(
        heading=[html.H1("Not found")],
        live=[html.Div(make_empty(message), className="card wide"), html.P(html.A("All projects", href=link_to()))],
        is_found=False,
    )
