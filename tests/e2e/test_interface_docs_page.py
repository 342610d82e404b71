"""The pages of our HTTP interface, in a browser: drawn without another host, and requests can be tried on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from mraru.bootstrap import Services
from mraru.settings import load_settings
from mraru.web.api.interface_docs import DOCS_URL
from mraru.web.flask_app import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def backend_url(tmp_path: Path) -> Iterator[str]:
    services = Services(load_settings(model_dir=tmp_path))
    server = make_server("127.0.0.1", 0, create_app(services, lambda project_id: None), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    services.store.close()


def test_what_there_is_is_shown_and_can_be_tried(page: Page, backend_url: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{backend_url}{DOCS_URL}")
    health = page.locator(".opblock", has_text="Whether the backend is up")
    health.locator(".opblock-summary").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    expect(health.locator(".live-responses-table")).to_contain_text('"status": "UP"')
    assert [url for url in asked if not url.startswith((backend_url, "data:"))] == []
    assert complaints == []
