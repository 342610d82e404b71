"""Gunicorn's hooks: it ends with the process that started it, so that no port stays taken."""

from __future__ import annotations

from mraru.worker.parent import end_with_parent

control_socket_disable = True  # gunicorn would put one into the home folder


def when_ready(_server: object) -> None:
    """Watch the parent process once the arbiter listens."""
    end_with_parent()
