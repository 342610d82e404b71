"""Gunicorn's settings: our worker, and its end with `mraru serve`, which holds its input: no port stays taken."""

from __future__ import annotations

from mraru.cli.server.gunicorn_logger import GunicornLogger
from mraru.worker.parent_watch import end_with_parent

logger_class = GunicornLogger
worker_class = "mraru.cli.server.web_worker.BufferingWorker"
control_socket_disable = True  # gunicorn would put one into the home folder


def on_starting(_server: object) -> None:
    """Watch the parent process before the arbiter listens."""
    end_with_parent()
