from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path

import pytest
from gunicorn.config import Config

from mraru.cli.logs import EventFormatter, JsonFormatter, configure_logging, find_project
from mraru.cli.server.gunicorn_logger import LOG_FORMAT, GunicornLogger
from mraru.cli.server.process_environment import told_to_processes
from mraru.settings import load_settings
from mraru.web.monitoring.request_record import SHARED_FOLDER


def shown(**extra: object) -> str:
    record = logging.makeLogRecord(
        {"name": "mraru.web", "levelname": "INFO", "msg": "said %s", "args": ("it",), **extra}
    )
    return EventFormatter("%(levelname)s %(name)s [%(event)s] %(message)s").format(record)


def test_a_line_names_its_event() -> None:
    assert shown(event="saying") == "INFO mraru.web [saying] said it"


def test_a_line_without_an_event_is_shown_too() -> None:
    assert shown() == "INFO mraru.web [-] said it"


def test_our_logs_speak_from_the_set_level_and_libraries_from_warning(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    configure_logging("INFO")  # twice is not double
    logging.getLogger("mraru.x").info("ours", extra={"event": "ours"})
    logging.getLogger("mraru.x").debug("too quiet")
    logging.getLogger("httpx").info("POST with a key")
    logging.getLogger("httpx").warning("a library's warning")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" [", 1)[1] for line in lines] == ["ours] ours", "-] a library's warning"]


def as_json(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "mraru.web", "levelname": "INFO", "msg": "said", **extra})
    told = JsonFormatter().format(record)
    assert "\n" not in told
    read: dict[str, object] = json.loads(told)
    return read


def test_a_json_line_names_time_level_logger_message_event_and_project() -> None:
    arguments = (3, 60.0, 'it said "no"\n')
    said = as_json(msg="project %d pauses for %.0f s: %s", args=arguments, event="paused", created=0.5)
    assert said == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "INFO",
        "logger": "mraru.web",
        "message": 'project 3 pauses for 60 s: it said "no"\n',
        "event": "paused",
        "project": 3,
    }


@pytest.mark.parametrize(
    ("msg", "args", "project"),
    [
        ("event %d (%s) of project %d could not be read", (7, "X", 3), 3),
        ("100%% of %5.1f of project %d", (2.5, 3), 3),
        ("projects could not be looked after: %s", ("why",), None),
        ("project %d", (), None),
        ("no project", (), None),
        ("%(name)s of project %d", ({"name": "x"},), None),
    ],
)
def test_the_project_is_the_one_that_the_message_speaks_of(msg: str, args: tuple[object, ...], project: int) -> None:
    assert find_project(logging.makeLogRecord({"msg": msg, "args": args})) == project


def test_an_exception_is_part_of_its_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        said = as_json(exc_info=sys.exc_info())
    assert "ValueError: why" in str(said["exception"])


def test_libraries_lines_and_warnings_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    logging.getLogger("mraru.x").info("ours", extra={"event": "ours", "fields": {"status": 200}})
    logging.getLogger("huey").warning("a library's")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    logging.captureWarnings(False)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["logger"], line.get("event"), line.get("status")) for line in lines] == [
        ("mraru.x", "ours", 200),
        ("huey", None, None),
        ("py.warnings", None, None),
    ]


@pytest.mark.parametrize(("log_format", "is_json"), [("json", True), ("text", False)])
def test_gunicorns_own_lines_are_in_the_same_format(
    log_format: str, is_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(LOG_FORMAT, log_format)
    gunicorn = GunicornLogger(Config())
    gunicorn.info("Listening at: %s", "http://127.0.0.1:9090")
    logging.captureWarnings(False)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("{") == is_json
    if is_json:
        assert json.loads(line)["message"] == "Listening at: http://127.0.0.1:9090"


def test_processes_are_told_the_format_and_where_to_add_up_what_they_measure(tmp_path: Path) -> None:
    with told_to_processes(load_settings(model_dir=tmp_path, workers=2, log_format="json")):
        folder = Path(os.environ[SHARED_FOLDER])
        assert folder.is_dir()
        assert os.environ[LOG_FORMAT] == "json"
    assert not folder.exists()
    with told_to_processes(load_settings(model_dir=tmp_path)):
        assert SHARED_FOLDER not in os.environ
