"""Jobs over a loop that a test decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.loop_services import FakeLoopServices
from fakes.services import connect
from mraru.worker.jobs import Jobs


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[FakeLoopServices]:
    made = FakeLoopServices(tmp_path, clock)
    yield made
    made.store.close()


@pytest.fixture
def jobs(services: FakeLoopServices) -> Iterator[Jobs]:
    made = Jobs(services)
    connect(services)
    services.store.projects.start(1)
    services.store.projects.begin_sync(1, 1.0)
    yield made
    made.huey.storage.close()
