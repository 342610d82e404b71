"""Deals with the inbox of webhooks: corrections become gold, changes of tasks ask for a sync."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from mraru.errors import MRaruError
from mraru.labelstudio.events import WebhookEvent, parse_event
from mraru.loop.options import LoopOptions
from mraru.store.creation_times import is_same_moment
from mraru.store.events import InboxEvent
from mraru.store.projects import Project
from mraru.store.store import Store

logger = logging.getLogger(__name__)


def handle_inbox(store: Store, project_id: int, clock: Callable[[], float]) -> bool:
    """Deal with every open event of a project; True when somebody pressed "Start Training".

    An event without the secret is a hint that anybody may have sent: it asks for a sync and changes nothing.
    """
    starts = False
    for event in store.events.list_open(project_id):
        try:
            starts |= _handle(store, event, clock)
        except (MRaruError, ValueError) as exc:
            logger.warning(
                "event %d (%s) of project %d could not be read: %s",
                event.event_id,
                event.action,
                project_id,
                exc,
                extra={"event": "webhook_unreadable"},
            )
            store.projects.request_sync(project_id)
            store.events.close(event.event_id, error=str(exc))
        else:
            store.events.close(event.event_id)
    return starts


def _handle(store: Store, event: InboxEvent, clock: Callable[[], float]) -> bool:
    if event.action == "START_TRAINING":
        return True
    if not event.is_trusted:
        store.projects.request_sync(event.project_id)
        store.projects.set_webhook_secured(event.project_id, False)  # the backend may have been added anew
        return False
    _apply(store, parse_event(json.loads(event.payload)), clock())
    return False


def _apply(store: Store, event: WebhookEvent, now: float) -> None:
    project_id = event.project_id
    project = store.projects.get(project_id)
    if project is None or not is_same_moment(project.created_at, event.project_created_at):
        store.projects.request_sync(project_id)  # another project of that number: the sync says so
        return
    match event.action:
        case "ANNOTATION_CREATED" | "ANNOTATION_UPDATED" | "ANNOTATIONS_CREATED":
            store.annotations.save(project_id, event.annotations, now)
        case "ANNOTATIONS_DELETED":
            store.annotations.remove(project_id, event.deleted_annotation_ids, now)
        case "TASKS_DELETED":
            store.tasks.remove(project_id, event.deleted_task_ids)
            if project.maximum_annotations > 1 and project.overlap_cohort_percentage < 100:
                store.projects.request_sync(project_id)  # Label Studio chooses anew which tasks several people label
        case "TASKS_CREATED":
            store.projects.request_sync(project_id)
        case "PROJECT_UPDATED":
            if event.label_config != project.label_config or _counts_otherwise(event, project):
                store.projects.request_sync(project_id)
        case _:
            pass  # an action of a later Label Studio: the next sync shows what came of it


def _counts_otherwise(event: WebhookEvent, project: Project) -> bool:
    """Whether Label Studio may now count other tasks as labelled."""
    return (
        event.maximum_annotations not in (None, project.maximum_annotations)
        or event.overlap_cohort_percentage not in (None, project.overlap_cohort_percentage)
        or event.skip_queue not in (None, project.skip_queue)
    )


def corrections_due_at(project: Project, options: LoopOptions) -> float | None:
    """The moment from which people's corrections are to be learned (seconds since 1970); None without any."""
    if project.n_corrections == 0 or project.last_correction_at is None:
        return None
    if project.n_corrections >= options.retrain_after:
        return project.last_correction_at
    return project.last_correction_at + options.retrain_delay_s
