"""What a page is drawn from: a project, its address, and figures of a moment ago."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from dash.development.base_component import Component

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError
from mraru.projects.project_schema import schema_of
from mraru.reporting.audit_figures import AuditFigures
from mraru.reporting.headline.headline import Headline
from mraru.reporting.headline.headline_basis import measure_audit_or_none, read_headline
from mraru.reporting.project_summary import ProjectSummary, list_teacher_health, summarize_project
from mraru.reporting.teacher_words import TeacherWords
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project
from mraru.web.dashboard.addresses import Address, link_to_task
from mraru.web.dashboard.elements.cards import make_link
from mraru.web.dashboard.recent_figures import RecentFigures

Made = TypeVar("Made")

NO_LABEL = "no label"


def find_label_studio_url(services: Services, project: Project) -> str | None:
    """Where people reach Label Studio: as set, or else as Label Studio said when it connected."""
    settings = services.settings
    return settings.label_studio_public_url or settings.label_studio_url or project.hostname


@dataclass(frozen=True, kw_only=True)
class View:
    """One project as one page looks at it."""

    services: Services
    project: Project
    address: Address
    recent: RecentFigures
    basis: Hashable  # changes when the figures may have changed
    outdated: list[str] = field(default_factory=list)  # figures that were drawn as they were a moment ago

    @property
    def project_id(self) -> int:
        return self.project.project_id

    def figures(self, name: str, make: Callable[[], Made]) -> Made:
        """Figures of this project, made now or a moment ago."""
        made, is_current = self.recent.get((self.project_id, name), self.basis, make)
        if not is_current:
            self.outdated.append(name)
        return made

    @property
    def summary(self) -> ProjectSummary:
        made = self.figures("summary", lambda: summarize_project(self.services, self.project_id))
        if made is None:  # disconnected between two looks
            raise LookupError(self.project_id)
        return made

    @property
    def audit(self) -> AuditFigures | None:
        """None where the label config is not supported, which the project's state says."""
        return self.figures("audit", lambda: measure_audit_or_none(self.services, self.project_id))

    @property
    def headline(self) -> Headline:
        summary, audit = self.summary, self.audit
        return self.figures("headline", lambda: read_headline(self.services, self.project, summary, audit))

    @property
    def words(self) -> TeacherWords:
        """What the teacher is called."""
        return TeacherWords.of(self.services.settings)

    @cached_property
    def schema(self) -> LabelSchema | None:
        try:
            return schema_of(self.project)
        except LabelConfigError:
            return None  # the project's state says what is wrong

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the config, as stored."""
        return self.schema.labels if self.schema is not None else ()

    def name_label(self, stored: str | None) -> str:
        """A label as annotators see it."""
        if stored is None:
            return NO_LABEL
        return stored if self.schema is None else self.schema.name_of(stored)

    def link_task(self, task_id: int) -> Component:
        """A link that opens a task in Label Studio."""
        url = find_label_studio_url(self.services, self.project)
        href = link_to_task(url, self.project_id, task_id)
        return make_link(str(task_id), href, f"Task {task_id}, opens in Label Studio")


def read_basis(services: Services, project: Project) -> Hashable:
    """What tells cheaply whether a project's figures may have changed.

    Returns:
        Equal for equal states of the store, as far as the pages show it.
    """
    store, project_id, now = services.store, project.project_id, services.clock()
    return (
        store.open_work.measure_pace(project_id, now),
        tuple(getattr(project, name) for name in project.__slots__ if name != "access_token"),
        tuple(store.rounds.list_all(project_id)),
        store.ledger.spending(project_id),
        store.annotations.count(project_id),
        tuple(store.warnings.list_all(project_id)),
        tuple(store.stop_rules.list_all(project_id)),
        tuple(store.definition_drafts.list_all(project_id)),
        tuple(store.label_definitions.list_all(project_id).items()),
        tuple(store.project_settings.list_all(project_id)),
        tuple(list_teacher_health(services)),
        tuple(store.teacher_checks.list_latest(project_id)),
    )
