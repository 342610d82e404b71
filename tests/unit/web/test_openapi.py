"""`/openapi.json` says what there is, and whatever is sent by it, no answer is another than it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from fakes.known_user import KnowsUser
from fakes.services import LABEL_CONFIG, ServeStudent
from mraru.bootstrap import Services
from mraru.store.projects.worker_locks import hold_worker_lock
from mraru.web.api.interface_docs import DOCS_URL
from mraru.web.api.openapi import OPENAPI_URL, describe_interface
from mraru.web.flask_app import create_app

PAGES = ("/dashboard", DOCS_URL)  # for people
CONFIG_KEYS = ("schema", "label_config")
OPERATIONS = [(method, path) for path, methods in describe_interface()["paths"].items() for method in sorted(methods)]


@pytest.fixture
def app(filled: Services, serve_student: ServeStudent) -> Iterator[Flask]:
    serve_student(filled, 3)  # else /predict answers 503
    filled.open_label_studio = KnowsUser().open  # type: ignore[method-assign,assignment]  # else /ready does
    with hold_worker_lock(filled.settings.model_dir):
        yield create_app(filled, lambda project_id: None)


def list_routes(app: Flask) -> set[tuple[str, str]]:
    """Method and address, as OpenAPI spells it, of every route that is no page for people."""
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PAGES):
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            choices = re.search(r"<any\(([^)]*)\):\w+>", rule.rule)
            paths = (
                [rule.rule.replace(choices[0], choice.strip()) for choice in choices[1].split(",")]
                if choices
                else [rule.rule]
            )
            found |= {(method.lower(), re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", path)) for path in paths}
    return found


def test_every_route_is_described_and_no_other(app: Flask) -> None:
    assert set(OPERATIONS) == list_routes(app)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_described(app: Flask, method: str, path: str) -> None:
    schema: Any = schemathesis.openapi.from_wsgi(OPENAPI_URL, app)
    operation = schema[path][method.upper()]
    strategy = st.one_of(
        operation.as_strategy(), operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    )

    @settings(
        max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    @given(strategy, st.booleans())
    def send(case: Any, has_config: bool) -> None:
        case.path_parameters = {**case.path_parameters, **({"project_id": 3} if "{project_id}" in path else {})}
        if has_config and isinstance(case.body, dict):  # words alone are hardly ever one
            case.body = {key: LABEL_CONFIG if key in CONFIG_KEYS else value for key, value in case.body.items()}
        if path == "/predict" and isinstance(case.body, dict) and "project" in case.body:
            case.body = {**case.body, "project": 3}  # the one that has a student
        # what fits the schema may be refused all the same: a label that is none, a setting of that name
        case.call_and_validate(excluded_checks=CHECKS.get_by_names(["positive_data_acceptance"]))

    send()
