"""What `mraru serve` tells the processes that it starts, by their environment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from mraru.cli.server.gunicorn_logger import LOG_FORMAT
from mraru.settings import Settings
from mraru.web.monitoring.request_record import SHARED_FOLDER


@contextmanager
def told_to_processes(settings: Settings) -> Iterator[None]:
    """The format of logs; and, with several web server processes, a folder in which they add up what they measure."""
    given: dict[str, str] = {LOG_FORMAT: settings.log_format}
    with ExitStack() as stack:
        if settings.workers > 1:
            given[SHARED_FOLDER] = stack.enter_context(tempfile.TemporaryDirectory(prefix="mraru-metrics-"))
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})
