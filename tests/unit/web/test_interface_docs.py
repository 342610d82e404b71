"""`/api/docs` is whole without another host. A browser looks at it in tests/e2e/test_interface_docs_page.py."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from mraru.bootstrap import Services
from mraru.web.api.interface_docs import DOCS_URL
from mraru.web.flask_app import create_app


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, lambda project_id: None)


def test_all_that_the_page_names_is_here(app: Flask) -> None:
    client = app.test_client()
    page = client.get(DOCS_URL)
    assert page.mimetype == "text/html"
    named = re.findall(r'(?:src|href)="(/[^"]*)"', page.text)
    assert len(named) == 3
    for address in named:
        assert address.startswith(f"{DOCS_URL}/")
        kind = "text/css" if address.endswith(".css") else "text/javascript"
        with client.get(address) as answer:
            assert (answer.status_code, answer.mimetype) == (200, kind)
    description = re.findall(r'url: "([^"]*)"', client.get(f"{DOCS_URL}/start.js").text)
    assert [client.get(address).get_json()["openapi"] for address in description] == ["3.1.0"]


def test_nothing_of_another_host_may_be_loaded(app: Flask) -> None:
    policy = app.test_client().get(DOCS_URL).headers["Content-Security-Policy"]
    assert "http" not in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("name", ["swagger-ui.js", "..%2F__init__.py", "../__init__.py"])
def test_other_files_of_the_package_are_not_served(app: Flask, name: str) -> None:
    assert app.test_client().get(f"{DOCS_URL}/{name}").status_code == 404
