"""Runs the jobs until it is told to stop, or until the process that started it is gone."""

from __future__ import annotations

import logging

from huey.consumer import Consumer

from mraru.bootstrap import Services
from mraru.worker.jobs import Jobs
from mraru.worker.parent import end_with_parent

logger = logging.getLogger(__name__)

N_THREADS = 4  # a project works in one at a time; the others deal with inboxes
LONGEST_PAUSE_S = 1.0  # seconds between two looks into an empty queue


class JobConsumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's consumer, which tells the jobs when it is asked to stop, so that they end at the next text."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__(jobs.huey, workers=N_THREADS, max_delay=LONGEST_PAUSE_S, graceful_signal="TERM")
        self._jobs = jobs

    def stop(self, graceful: bool = True) -> None:
        self._jobs.stop()
        super().stop(graceful=True)


def run_worker(services: Services, *, ends_with_parent: bool = False) -> None:
    """Work until SIGTERM or Ctrl-C; calls to the teacher that are under way are waited for and kept."""
    jobs = Jobs(services)
    jobs.resume_all()
    if ends_with_parent:
        end_with_parent()
    logger.info("worker started", extra={"event": "worker_started"})
    JobConsumer(jobs).run()
