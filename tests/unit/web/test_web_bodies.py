"""What does not fit is answered 400 by name; what breaks is answered 500 without a word of its inside."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData

from fakes.services import LABEL_CONFIG, connect
from mraru.bootstrap import Services
from mraru.web.flask_app import LARGEST_BODY_BYTES

TOO_LARGE = 10**30  # for any number of a database


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/setup", {"schema": LABEL_CONFIG}, "project"),
        ("/setup", {"project": "one", "schema": LABEL_CONFIG}, "project"),
        ("/setup", {"project": 0, "schema": LABEL_CONFIG}, "project"),
        ("/setup", {"project": TOO_LARGE, "schema": LABEL_CONFIG}, "project"),
        ("/setup", {"project": 1}, "schema"),
        ("/setup", {"project": 1, "schema": None}, "schema"),
        ("/setup", {"project": 1, "schema": LABEL_CONFIG, "hostname": 5}, "hostname"),
        ("/predict", {"project": 1, "label_config": LABEL_CONFIG}, "tasks"),
        ("/predict", {"project": 1, "label_config": LABEL_CONFIG, "tasks": {}}, "tasks"),
        ("/predict", {"project": 1, "label_config": LABEL_CONFIG, "tasks": [{"id": 1}]}, "tasks.0.data"),
        (
            "/predict",
            {"project": 1, "label_config": LABEL_CONFIG, "tasks": [{"id": TOO_LARGE, "data": {}}]},
            "tasks.0.id",
        ),
        ("/webhook", {"project": {"id": 1}}, "action"),
        ("/webhook", {"action": "START_TRAINING"}, "project"),
        ("/webhook", {"action": "START_TRAINING", "project": {}}, "project.id"),
        ("/webhook", {"action": "START_TRAINING", "project": {"id": TOO_LARGE}}, "project.id"),
        ("/webhook", {"action": "A" * 1000, "project": {"id": 1}}, "action"),
    ],
)
def test_a_bad_body_is_refused_by_the_name_of_the_field(
    client: FlaskClient, services: Services, path: str, body: dict[str, object], named: str
) -> None:
    connect(services)
    services.store.projects.set_served(1, "mraru", 1)
    answer = client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.is_json
    assert answer.json["error"].startswith(f"{named}: ")


@pytest.mark.parametrize("path", ["/setup", "/predict", "/webhook"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, path: str, body: bytes) -> None:
    answer = client.post(path, data=body)
    assert (answer.status_code, answer.json) == (400, {"error": "The body must be a JSON object."})


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_is_nested_too_deeply_is_refused_everywhere(
    client: FlaskClient, services: Services, method: str
) -> None:
    connect(services)
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    rules = [rule for rule in client.application.url_map.iter_rules() if method in (rule.methods or ())]
    assert rules
    for rule in rules:
        path = re.sub(r"<any\(([^,)]*)[^>]*>", r"\1", rule.rule)
        answer = client.open(re.sub(r"<[^>]*>", "1", path), method=method, data=deep, content_type="application/json")
        assert (path, answer.status_code) in {(path, 400), (path, 404)}
        assert answer.is_json


@pytest.mark.parametrize(
    "fault", [InvalidChunkSize(b"x"), ChunkMissingTerminator(b"x"), NoMoreData(b"x"), ConnectionResetError()]
)
def test_a_body_that_breaks_off_is_refused(client: FlaskClient, fault: Exception) -> None:
    class Broken(io.RawIOBase):
        """What the web server hands over of a body whose pieces are not as HTTP has them."""

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise fault

    for length in ({"CONTENT_LENGTH": "100"}, {"wsgi.input_terminated": True}):  # the latter comes in pieces
        answer = client.post("/predict", environ_overrides={"wsgi.input": Broken(), **length})
        assert answer.status_code == 400
        assert answer.json.keys() == {"error"}


def test_every_answer_has_strict_headers(client: FlaskClient) -> None:
    for path in ("/health", "/no/such/route", "/metrics", "/openapi.json", "/dashboard/"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_body_that_is_too_long_is_refused(client: FlaskClient) -> None:
    answer = client.post("/predict", data=b" " * (LARGEST_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert answer.is_json


def test_a_body_is_read_whatever_its_content_type(client: FlaskClient) -> None:
    assert client.post("/setup", data=json.dumps({"project": 1, "schema": LABEL_CONFIG})).status_code == 200


def test_an_unknown_route_is_answered_in_json(client: FlaskClient) -> None:
    answer = client.get("/no/such/route")
    assert answer.status_code == 404
    assert answer.json.keys() == {"error"}


def test_a_wrong_method_is_answered_in_json_and_says_which_is_right(client: FlaskClient) -> None:
    answer = client.get("/predict")
    assert answer.status_code == 405
    assert answer.json.keys() == {"error"}
    assert "POST" in answer.headers["Allow"]


def test_what_breaks_unexpectedly_leaves_no_trace_outside(
    client: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> str:
        raise RuntimeError("a secret of the inside")

    services.predictor.served_version = break_down  # type: ignore[method-assign]
    answer = client.post("/setup", json={"project": 1, "schema": LABEL_CONFIG})
    assert answer.status_code == 500
    assert answer.json == {"error": "Something went wrong here: the backend's log says what."}
    assert "Traceback" not in answer.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None  # the log has it all
