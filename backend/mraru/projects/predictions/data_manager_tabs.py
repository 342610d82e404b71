"""Keeps our tabs in Label Studio's Data Manager: made once, brought up to date after each push, else left alone."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mraru.errors import LabelConfigError, LabelStudioError
from mraru.labelstudio.api.view_json import read_content, to_json
from mraru.labelstudio.formats.data_manager_views import (
    DEFAULT_TITLE,
    SHOWN,
    StoredView,
    Tab,
    TabKind,
    ViewContent,
    define_tabs,
    is_same_kind,
    merge_content,
    place_new,
)
from mraru.projects.learning.labelled_set import list_ties
from mraru.projects.predictions.model_versions import teacher_version
from mraru.projects.project_schema import schema_of
from mraru.store.projects.project_repository import Project
from mraru.store.review.review_tabs import ReviewTab
from mraru.store.store import Store
from mraru.store.teachers.teacher_labels import call_teacher

logger = logging.getLogger(__name__)

WARNING_CODE = "tabs-not-kept"


class LabelStudioViews(Protocol):
    """What tabs ask of Label Studio's API; every method raises as those of `LabelStudio` do."""

    def list_views(self, project_id: int) -> list[StoredView]: ...

    def create_view(self, project_id: int, content: ViewContent, shown: Sequence[str] = ()) -> int: ...

    def change_view(self, project_id: int, view_id: int, content: ViewContent) -> None: ...

    def delete_view(self, project_id: int, view_id: int) -> None: ...

    def order_views(self, project_id: int, view_ids: Sequence[int]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTabs:
    """What was found and done, by titles in their order."""

    made: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    as_they_were: tuple[str, ...] = ()
    deleted_by_team: tuple[str, ...] = ()


class Tabs:
    """Our tabs in one project."""

    def __init__(self, store: Store, views: LabelStudioViews, project_id: int) -> None:
        self._store = store
        self._views = views
        self._project_id = project_id

    def keep(self, *, is_starting: bool = False) -> KeptTabs:
        """Make what is missing and bring up to date what is not, in projects with a push that somebody has started.

        A tab that the team deleted stays deleted. What the team changed in one of ours stays as they made it.

        Args:
            is_starting: the project is being connected again, and nobody may have started it yet.

        Raises:
            LabelStudioError: Label Studio does not answer or refuses.
        """
        rows = {row.kind: row for row in self._store.review_tabs.list_all(self._project_id)}
        wanted = self._define(has_ties=TabKind.TIES in rows, is_starting=is_starting)
        stored = {view.view_id: view for view in self._views.list_views(self._project_id)} if wanted else {}
        done: dict[str, list[str]] = {"made": [], "changed": [], "as_they_were": [], "deleted_by_team": []}
        ordered = list(stored)
        if wanted and not stored and not rows:
            # Label Studio makes this one only where there is none at all.
            ordered.append(self._views.create_view(self._project_id, ViewContent(title=DEFAULT_TITLE)))
        ours: list[int] = []
        for tab in wanted:
            row = rows.get(tab.kind) or self._adopt(tab, stored, rows.values())
            if row is None:
                ours.append(self._make(tab))
                done["made"].append(tab.content.title)
            elif row.view_id not in stored:
                done["deleted_by_team"].append(tab.content.title)
            else:
                ours.append(row.view_id)
                is_changed = self._update(tab, row, stored[row.view_id].content)
                done["changed" if is_changed else "as_they_were"].append(tab.content.title)
        if done["made"]:
            self._views.order_views(self._project_id, place_new(ordered, ours))
        return KeptTabs(**{name: tuple(titles) for name, titles in done.items()})

    def restore(self) -> int:
        """Forget that the team deleted tabs of ours, so that `keep` makes them again, and return how many these are."""
        stored = {view.view_id for view in self._views.list_views(self._project_id)}
        rows = self._store.review_tabs.list_all(self._project_id)
        deleted = [row.kind for row in rows if row.view_id not in stored]
        self._store.review_tabs.forget(self._project_id, deleted)
        return len(deleted)

    def remove(self) -> int:
        """Take our tabs out of Label Studio until `keep` makes them again, and return how many there were.

        Those of the team stay, and what the team deleted of ours is not made again.
        """
        stored = {view.view_id for view in self._views.list_views(self._project_id)}
        rows = self._store.review_tabs.list_all(self._project_id)
        ours = [row for row in rows if row.view_id in stored]
        for row in ours:
            self._views.delete_view(self._project_id, row.view_id)
            self._store.review_tabs.forget(self._project_id, [row.kind])
        return len(ours)

    def _define(self, *, has_ties: bool, is_starting: bool) -> tuple[Tab, ...]:
        """Our tabs as they should be; that of ties stays once it is made."""
        project = self._store.projects.get(self._project_id)
        if project is None or project.served_version is None or not (project.is_started or is_starting):
            return ()
        teachers = self._store.teacher_labels.list_teachers(self._project_id)
        teacher_versions = [teacher_version(teacher) for teacher in teachers]
        words = {call_teacher(teacher) for teacher in teachers}
        return define_tabs(
            project_id=self._project_id,
            teacher_versions=teacher_versions,
            has_ties=has_ties or self._may_have_ties(project),
            has_audit=bool(self._store.audit_samples.list_task_ids(self._project_id)),
            teacher=words.pop() if len(words) == 1 else "LLM",
        )

    def _may_have_ties(self, project: Project) -> bool:
        if project.maximum_annotations > 1:
            return True
        try:
            schema = schema_of(project)
        except LabelConfigError:
            return False
        return bool(list_ties(self._store, self._project_id, schema))

    def _make(self, tab: Tab) -> int:
        view_id = self._views.create_view(self._project_id, tab.content, SHOWN[tab.kind])
        self._note(tab.kind, view_id, tab.content)
        return view_id

    def _adopt(self, tab: Tab, stored: Mapping[int, StoredView], rows: Iterable[ReviewTab]) -> ReviewTab | None:
        """One that an earlier store of ours made, or that was made just before the worker was killed."""
        known = {row.view_id for row in rows}
        for view in stored.values():
            if view.view_id not in known and is_same_kind(view.content, tab.content):
                return self._note(tab.kind, view.view_id, view.content)
        return None

    def _update(self, tab: Tab, row: ReviewTab, current: ViewContent) -> bool:
        written = read_content(json.loads(row.written))
        merged = merge_content(wanted=tab.content, written=written, current=current)
        if merged != current:
            self._views.change_view(self._project_id, row.view_id, merged)
        if written != tab.content:
            self._note(tab.kind, row.view_id, tab.content)
        return merged != current

    def _note(self, kind: TabKind, view_id: int, content: ViewContent) -> ReviewTab:
        row = ReviewTab(kind=kind, view_id=view_id, written=json.dumps(to_json(content)))
        self._store.review_tabs.save(self._project_id, row)
        return row


def keep_tabs(tabs: Tabs, store: Store, project_id: int, clock: Callable[[], float]) -> None:
    """Keep the tabs as far as Label Studio lets us; a failure is a warning of the project, never an error."""
    try:
        kept = tabs.keep()
    except LabelStudioError as exc:
        logger.warning("the tabs of project %d: %s", project_id, exc, extra={"event": "tabs_failed"})
        store.warnings.note(
            project_id,
            WARNING_CODE,
            f"The tabs in Label Studio's Data Manager could not be brought up to date: {exc}",
            clock(),
            remedy=f"The next round tries again, as does `mraru tabs {project_id}`. MRARU_TABS=false turns them off.",
        )
        return
    store.warnings.withdraw(project_id, WARNING_CODE)
    if kept.made or kept.changed:
        logger.info(
            "project %d: %d tabs made, %d brought up to date",
            project_id,
            len(kept.made),
            len(kept.changed),
            extra={"event": "tabs_kept"},
        )
