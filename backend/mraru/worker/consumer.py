"""Runs the jobs until it is told to stop, or until the process that started it is gone."""

from __future__ import annotations

import logging

from huey.consumer import Consumer

from mraru.bootstrap import Services
from mraru.store.projects.worker_locks import hold_worker_lock
from mraru.worker.jobs import Jobs
from mraru.worker.parent_watch import GRACE_S, end_with_parent, end_within

logger = logging.getLogger(__name__)

N_THREADS = 4  # a project works in one at a time; the others deal with inboxes
LONGEST_PAUSE_S = 1.0  # seconds between two looks into an empty queue


class JobConsumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's consumer, which tells the jobs when it is asked to stop, so that they end at the next text.

    What does not end by itself, such as a training, is cut off after a grace: its round goes on from its last step.
    """

    def __init__(self, jobs: Jobs, grace_s: float = GRACE_S) -> None:
        super().__init__(jobs.huey, workers=N_THREADS, max_delay=LONGEST_PAUSE_S, graceful_signal="TERM")
        self._jobs = jobs
        self._grace_s = grace_s

    def stop(self, graceful: bool = True) -> None:
        end_within(self._grace_s)
        self._jobs.stop()
        super().stop(graceful=True)


def run_worker(services: Services, *, ends_with_parent: bool = False, grace_s: float = GRACE_S) -> None:
    """Work until SIGTERM or Ctrl-C; calls to the teacher that are under way are waited for and kept.

    Args:
        ends_with_parent: also until standard input is closed.
        grace_s: seconds until whatever does not end by itself is killed.
    """
    if ends_with_parent:
        end_with_parent(grace_s)  # before anything is begun
    jobs = Jobs(services)
    jobs.resume_all()
    with hold_worker_lock(services.settings.model_dir):
        logger.info("worker started", extra={"event": "worker_started"})
        JobConsumer(jobs, grace_s).run()
