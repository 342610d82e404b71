from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.label_studio import FakeLabelStudio
from mraru.bootstrap import Services
from mraru.cli.label_studio.tidy import tidy_predictions
from mraru.errors import ProjectReplaced, ProjectUnknown
from mraru.records import Prediction, TaskText
from mraru.settings import load_settings

N_TASKS, N_ROUNDS = 12, 5


@pytest.fixture
def studio() -> FakeLabelStudio:
    studio = FakeLabelStudio([f"sport {number}" for number in range(N_TASKS)])
    for number in range(1, N_ROUNDS + 1):
        for task_id in studio.tasks:
            version = f"mraru-logreg-r{number:03d}"
            studio.keep(Prediction(task_id=task_id, label="sport", score=0.5, model_version=version))
    studio.model_version = f"mraru-logreg-r{N_ROUNDS:03d}"
    return studio


@pytest.fixture
def services(
    tmp_path: Path, clock: HandClock, studio: FakeLabelStudio, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    services = Services(load_settings(model_dir=tmp_path), clock)
    monkeypatch.setattr(services, "label_studio", lambda project_id=None: studio)
    services.store.projects.connect(
        1, label_config=studio.label_config, hostname=None, access_token=None, backend_url=None
    )
    services.store.tasks.save(1, [TaskText(task_id=task_id, text=text) for task_id, text in studio.tasks.items()])
    yield services
    services.store.close()


def run(services: Services) -> str:
    console = Console(record=True, width=200)
    tidy_predictions(services, 1, console)
    return console.export_text()


def test_superseded_predictions_are_removed_and_told(services: Services, studio: FakeLabelStudio) -> None:
    said = run(services)
    assert f"{N_TASKS * (N_ROUNDS - 1)} predictions are superseded." in said
    assert f"Removed {N_TASKS * (N_ROUNDS - 1)} superseded predictions." in said
    assert f"{N_TASKS} predictions stand under a former name" in said
    assert set(studio.of_version(f"mraru-logreg-r{N_ROUNDS:03d}")) == set(studio.tasks)
    assert len(studio.predictions) == N_TASKS
    assert "Nothing to remove" in run(services)


def test_it_waits_for_the_worker(services: Services, studio: FakeLabelStudio) -> None:
    with services.store.leases.hold(1):
        waiting = threading.Thread(target=run, args=(services,))
        waiting.start()
        waiting.join(0.7)
        assert waiting.is_alive()
        assert len(studio.predictions) == N_TASKS * N_ROUNDS
    waiting.join(30)
    assert len(studio.predictions) == N_TASKS


def test_a_project_that_is_not_known_is_refused(services: Services) -> None:
    with pytest.raises(ProjectUnknown):
        tidy_predictions(services, 2)


def test_the_predictions_of_another_project_of_that_number_are_left_alone(
    services: Services, studio: FakeLabelStudio
) -> None:
    services.store.projects.describe(studio.describe_project(1))
    studio.created_at = "2026-02-01T00:00:00Z"  # its database was made anew
    with pytest.raises(ProjectReplaced, match="MODEL_DIR"):
        run(services)
    assert len(studio.predictions) == N_TASKS * N_ROUNDS
