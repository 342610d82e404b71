"""The application over a store of the test's own, and a list of the projects that it had the worker look at."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.dashboard import LABEL_STUDIO, LLM_SETTINGS, fill_store
from fakes.embedders import CountingEmbedder
from fakes.services import LABELS, SERVED, MakeClient, MakeServices, ServeStudent, make_services
from mraru.bootstrap import Services
from mraru.projects.learning.training import student_path
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.student_files import save_student
from mraru.web.flask_app import create_app


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
def make_client(woken: list[int]) -> MakeClient:
    return lambda services: create_app(services, woken.append).test_client()


@pytest.fixture
def client(make_client: MakeClient, services: Services) -> FlaskClient:
    return make_client(services)


@pytest.fixture
def serve_student(tmp_path: Path) -> ServeStudent:
    """Have a project serve a student that was trained on the fake's vectors."""

    def serve(services: Services, project_id: int = 1) -> None:
        student = LogisticRegressionStudent(0)
        texts = [f"training text {number}" for number in range(8)]
        student.fit(CountingEmbedder().embed(texts), np.array([LABELS[number % 2] for number in range(8)]))
        save_student(student, student_path(tmp_path, project_id, 1))
        services.store.projects.set_served(project_id, SERVED, 1)

    return serve


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a project in the middle of its work, made once."""
    folder = tmp_path_factory.mktemp("filled")
    services = make_services(folder, HandClock(), CountingEmbedder())
    fill_store(services)
    services.store.close()
    return folder / "mraru.sqlite3"


@pytest.fixture
def copied_store(filled_file: Path, tmp_path: Path) -> None:
    """Services of this test find that store in their folder."""
    shutil.copy(filled_file, tmp_path / filled_file.name)


@pytest.fixture
def filled(copied_store: None, new_services: MakeServices) -> Services:
    """Project 3, in the middle of its work."""
    return new_services(label_studio_url=LABEL_STUDIO, **LLM_SETTINGS)
