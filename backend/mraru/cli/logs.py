"""Logs to stderr, one line an event: for people with its name in brackets, or as JSON for whatever collects logs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime

TEXT = "%(asctime)s %(levelname)s %(name)s [%(event)s] %(message)s"
JSON = "json"  # of MRARU_LOG_FORMAT
CONVERSION = re.compile(r"%[^a-zA-Z%]*[a-zA-Z]")  # of a message's arguments
OF_PROJECT = re.compile(r"\bproject %d")


class EventFormatter(logging.Formatter):
    """Shows the `event` that a log call names."""

    def format(self, record: logging.LogRecord) -> str:
        record.event = getattr(record, "event", "-")
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, event, project, exception, and `fields` of the event."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "event": getattr(record, "event", None),
            "project": find_project(record),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        fields = getattr(record, "fields", {})
        return json.dumps({name: value for name, value in {**told, **fields}.items() if value is not None})


def find_project(record: logging.LogRecord) -> int | None:
    """The project that a message speaks of: our messages say "project %d".

    >>> find_project(logging.makeLogRecord({"msg": "event %d of project %d came", "args": (7, 3)}))
    3
    """
    arguments = record.args
    place = OF_PROJECT.search(record.msg) if isinstance(record.msg, str) else None
    if place is None or not arguments or isinstance(arguments, Mapping):
        return None
    n_before = len(CONVERSION.findall(record.msg[: place.start()].replace("%%", "")))
    project = arguments[n_before] if n_before < len(arguments) else None
    return project if isinstance(project, int) else None


def make_formatter(log_format: str) -> logging.Formatter:
    return JsonFormatter() if log_format == JSON else EventFormatter(TEXT)


def configure_logging(level: str, log_format: str = "text") -> None:
    """Send our logs to stderr; libraries that would log requests or texts speak from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(make_formatter(log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mraru").setLevel(level)
    logging.captureWarnings(log_format == JSON)  # else they are lines of no format
