"""Logs to stderr, one line an event, its name in brackets."""

from __future__ import annotations

import logging


class EventFormatter(logging.Formatter):
    """Shows the `event` that a log call names."""

    def format(self, record: logging.LogRecord) -> str:
        record.event = getattr(record, "event", "-")
        return super().format(record)


def configure_logging(level: str) -> None:
    """Send our logs to stderr; libraries that would log requests or texts speak from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(EventFormatter("%(asctime)s %(levelname)s %(name)s [%(event)s] %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mraru").setLevel(level)
