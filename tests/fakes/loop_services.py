"""Services whose loop a test decides, and what stands in the queue over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fakes.clocks import HandClock
from mraru.bootstrap import Services
from mraru.errors import SettingsError
from mraru.projects.project_context import Advance
from mraru.settings import load_settings
from mraru.store.projects.project_repository import Project
from mraru.worker.jobs import Jobs

NOTHING = Advance()
MORE = Advance(more=True)


class FakeLoop:
    """Does what a test says, and remembers of which project."""

    def __init__(self, project_id: int, services: FakeLoopServices) -> None:
        self._project_id = project_id
        self._services = services

    def advance(self) -> Advance:
        self._services.advanced.append(self._project_id)
        return self._services.next_advance()


class FakeLoopServices(Services):
    """Services whose loop a test decides; Label Studio is not there."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        super().__init__(load_settings(model_dir=folder, webhook_secret="a-secret"), clock)
        self.advanced: list[int] = []
        self.next_advance: Callable[[], Advance] = lambda: NOTHING

    def make_loop(self, *arguments: object, **named: object) -> FakeLoop:  # type: ignore[override]
        return FakeLoop(int(str(arguments[0])), self)

    def label_studio(self, project_id: int | None = None) -> object:  # type: ignore[override]
        raise SettingsError("no Label Studio in this test")


def queued(jobs: Jobs) -> list[int]:
    """Projects of the jobs that stand in the queue."""
    return [task.args[0] for task in jobs.huey.pending()]


def known(services: Services, project_id: int = 1) -> Project:
    project = services.store.projects.get(project_id)
    assert project is not None
    return project
