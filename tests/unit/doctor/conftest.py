"""A machine and a project with nothing wrong, which each test changes in one way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.examined import WELL, with_studio
from fakes.label_studio_connected import FakeRegistrations
from fakes.services import MakeServices
from mraru.doctor.examined import Examined, ProjectThere
from mraru.doctor.machine import Machine
from mraru.labelstudio.label_configs.label_config import parse_label_config

ExamineProject = Callable[..., Examined]


@pytest.fixture
def studio() -> FakeRegistrations:
    return FakeRegistrations()


@pytest.fixture
def examine_project(new_services: MakeServices, studio: FakeRegistrations) -> ExamineProject:
    """`examine_project(machine=WELL, **settings)`: project 1 as the later checks get it, all earlier ones passed."""

    def prepare(*, machine: Machine = WELL, **settings: object) -> Examined:
        services = with_studio(new_services(**settings), studio)
        examined = Examined(services, machine, 1)
        examined.is_store_usable = True
        description = studio.describe_project(1)
        examined.there = ProjectThere(
            description=description, backends=tuple(studio.backends), webhooks=tuple(studio.webhooks)
        )
        examined.schema = parse_label_config(description.label_config)
        return examined

    return prepare
