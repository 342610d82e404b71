"""A machine with nothing wrong, and a project as after `mraru connect`, for the checks of `mraru doctor`."""

from __future__ import annotations

from fakes.label_studio_connected import FakeRegistrations
from mraru.bootstrap import Services
from mraru.doctor.machine import Machine
from mraru.projects.syncing.project_sync import sync_project
from mraru.store.projects.project_repository import ProjectState

WELL = Machine(
    free_bytes=50_000_000_000,
    is_container=False,
    has_gpu=False,
    cuda_packages=(),
    torch_version="2.13.0+cpu",
    missing_packages=(),
)


def with_studio(services: Services, studio: FakeRegistrations) -> Services:
    """Services that know project 1, whose rounds go on."""
    sync_project(services.store, studio, 1, services.clock)  # type: ignore[arg-type]
    services.store.projects.start(1)
    services.store.projects.set_state(1, ProjectState.RUNNING)
    services.label_studio = lambda project_id=None: studio  # type: ignore[assignment,method-assign,misc]
    return services
