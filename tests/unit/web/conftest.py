"""The application over a store of the test's own, and a list of the projects that it had the worker look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from fakes.embedders import CountingEmbedder
from fakes.services import LABELS, SERVED, MakeClient, ServeStudent
from mraru.bootstrap import Services
from mraru.loop.training import student_path
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.persistence import save_student
from mraru.web.app import create_app


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
