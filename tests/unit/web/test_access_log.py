"""The access log: a line a request, with nothing that is secret."""

from __future__ import annotations

import json
import logging

import pytest

from fakes.services import MakeClient, MakeServices
from mraru.cli.logs import JsonFormatter

PASSWORD = "hush-hush"


def requests_of(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if getattr(record, "event", "") == "request"]


def test_each_request_is_a_line_without_query_headers_or_body(
    new_services: MakeServices, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(new_services(access_log=True, basic_auth_user="user", basic_auth_pass=PASSWORD))
    with caplog.at_level(logging.INFO):
        client.get("/api/projects?token=hush", auth=("user", PASSWORD))
        client.post("/webhook?token=hush", json={"secret": "hush"}, headers={"X-MRARU-Secret": "hush"})
        client.get("/no%0Asuch\u2028place", auth=("user", PASSWORD))
    lines = [json.loads(JsonFormatter().format(record)) for record in requests_of(caplog)]
    assert [(line["method"], line["route"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/api/projects", "/api/projects", 200),
        ("POST", "/webhook", "/webhook", 401),
        ("GET", "unknown", "/no%0Asuch%E2%80%A8place", 404),
    ]
    for line in lines:
        assert line["client"] == "127.0.0.1"
        assert line["duration_s"] >= 0
        assert line["size_bytes"] > 0
        assert "hush" not in json.dumps(line)
        assert "user" not in json.dumps(line)
        assert "\n" not in line["message"]


def test_probes_that_succeed_are_quiet_and_those_that_fail_are_not(
    new_services: MakeServices, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(new_services(access_log=True))
    with caplog.at_level(logging.INFO):
        for path in ("/health", "/metrics", "/ready"):
            client.get(path)
    assert [record.getMessage().split()[1:3] for record in requests_of(caplog)] == [["/ready", "503"]]


def test_as_it_comes_no_request_is_logged(
    new_services: MakeServices, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        make_client(new_services()).get("/api/projects")
    assert requests_of(caplog) == []
