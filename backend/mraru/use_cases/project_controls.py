"""What people press, on the dashboard, by the API or the command line; the worker is woken and never waited for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, PluginInvalid, ProjectSettingInvalid, ProjectUnknown
from mraru.projects.project_schema import schema_of
from mraru.projects.round_controls import pause_rounds, run_one_round, start_rounds
from mraru.reporting.control_figures import ControlFigures, describe_controls
from mraru.reporting.project_settings import list_project_settings
from mraru.settings import Settings
from mraru.settings.project_fields import ProjectSetting, find_field, override_settings, read_value
from mraru.store.projects.project_repository import Project, ProjectState

logger = logging.getLogger(__name__)

SELECTION = {"only", "texts"}  # settings that choose of the label config: see `Settings.selection`
PARTS = {"student", "sampler", "acceptance_rule"}  # settings that name a part, which may be another package's


class ProjectControls:
    """The same for every way in."""

    def __init__(self, services: Services, wake: Callable[[int], None]) -> None:
        """`wake` has the worker look at a project; it must return at once."""
        self._services = services
        self._store = services.store
        self._wake = wake

    def start(self, project_id: int) -> ControlFigures:
        """Begin or go on with the rounds: see `projects.round_controls.start_rounds`."""
        go_on_rounds = self._services.settings_for(project_id).go_on_rounds
        return self._change(project_id, "started", lambda: start_rounds(self._store, project_id, go_on_rounds))

    def pause(self, project_id: int) -> ControlFigures:
        """Begin no call to the teacher any more: see `projects.round_controls.pause_rounds`."""
        return self._change(project_id, "paused", lambda: pause_rounds(self._store, project_id))

    def run_round(self, project_id: int) -> ControlFigures:
        """Have one round and pause after it: see `projects.round_controls.run_one_round`."""
        return self._change(project_id, "started for one round", lambda: run_one_round(self._store, project_id))

    def change_settings(
        self, project_id: int, values: Mapping[str, object], unset: Sequence[str] = ()
    ) -> tuple[ProjectSetting, ...]:
        """Set these for the project, and let the server's hold again for those of `unset`: all or nothing.

        A budget holds from the next call on, the rest from the next piece of the worker's work.

        Args:
            values: by the name of the setting or of its environment variable; numbers may be given as typed.

        Raises:
            ProjectUnknown: it was never connected.
            ProjectSettingInvalid: one of them is not allowed, names a part that cannot be made, or what the label
                config does not have.
        """
        read = {find_field(name).name: read_value(name, value) for name, value in values.items()}
        removed = {_stored_name(name) for name in unset}
        if twice := sorted(read.keys() & removed):
            raise ProjectSettingInvalid(f"{twice[0]}: cannot be set and unset at once")
        with self._store.database.write():
            project = self._find(project_id)
            changed = override_settings(self._services.settings, read)
            if PARTS & read.keys():
                self._check_parts(changed)
            self._store.project_settings.change(project_id, read, removed)
            if SELECTION & (read.keys() | removed):
                self._check_selection(project)
            if project.state is ProjectState.FAILED:  # perhaps for what was just put right: a sync tries again
                self._store.projects.request_sync(project_id)
            listed = list_project_settings(self._services, project_id)
        logger.info(
            "settings of project %d: %s",
            project_id,
            "; ".join([*(f"{name} = {value}" for name, value in read.items()), *(f"{name} unset" for name in removed)]),
            extra={"event": "settings_changed"},
        )
        self._wake(project_id)
        return listed

    def _check_selection(self, project: Project) -> None:
        """See that the label config has what is chosen now; the next piece of work reads it so."""
        if not project.label_config:
            return  # never read yet
        try:
            schema_of(replace(project, selection=self._services.selection_for(project.project_id)))
        except LabelConfigError as exc:
            raise ProjectSettingInvalid(str(exc)) from exc

    def _check_parts(self, settings: Settings) -> None:
        from mraru.bootstrap.sampler_factory import make_sampler  # late, since it brings SciPy

        try:
            make_sampler(settings)
            self._services.students.make(settings)
        except PluginInvalid as exc:
            raise ProjectSettingInvalid(str(exc)) from exc

    def _change(self, project_id: int, what: str, change: Callable[[], object]) -> ControlFigures:
        """Change it and see what came of it in one transaction: where this fails, nothing has changed.

        What held rounds back is told, too: the worker will find it again, unless it was over already.
        """
        with self._store.database.write():
            held_back_by = describe_controls(self._store, self._find(project_id)).held_back_by
            change()
            figures = describe_controls(self._store, self._find(project_id))
        figures = replace(figures, held_back_by=figures.held_back_by or held_back_by)
        logger.info("project %d was %s by a person", project_id, what, extra={"event": f"{what.split()[0]}_by_person"})
        self._wake(project_id)
        return figures

    def _find(self, project_id: int) -> Project:
        project = self._store.projects.get(project_id)
        if project is None:
            raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
        return project


def _stored_name(name: str) -> str:
    """The name under which a value stands, also one that only another version allowed."""
    try:
        return find_field(name).name
    except ProjectSettingInvalid:
        return name
