"""Deals with the inbox of webhooks: corrections become gold, changes of tasks ask for a sync."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from itertools import groupby

from mraru.errors import MRaruError, StoreFault
from mraru.labelstudio.formats.webhook_events import WebhookEvent, parse_event
from mraru.schema_records import NOTHING_CHOSEN
from mraru.settings import Settings
from mraru.store.moments import has_come
from mraru.store.projects.creation_times import is_same_moment
from mraru.store.projects.event_inbox import InboxEvent
from mraru.store.projects.project_repository import Project
from mraru.store.projects.round_repository import RoundKind
from mraru.store.store import Store

logger = logging.getLogger(__name__)

LONGEST_BREAK_S = 900.0  # seconds; a round may have waited for Label Studio in between
LABEL_ACTIONS = ("ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_CREATED")
EVENTS_AT_ONCE = 25  # in one transaction: other writers wait for that long, such as webhooks that come
GAP_S = 0.01  # seconds between two transactions, in which others write
MOST_EVENTS = 200  # of a project, before others have their turn; whole transactions


def handle_inbox(store: Store, project_id: int, clock: Callable[[], float], most: int = MOST_EVENTS) -> bool:
    """Deal with the open events of a project, the oldest first; True when somebody pressed "Start Training".

    Each is applied once and after those before it, whoever else deals with the same inbox, in whatever process. One
    without the secret is a hint that anybody may have sent: it asks for a sync and changes nothing.

    Args:
        most: events to deal with, a multiple of EVENTS_AT_ONCE; what is left is for the next time, so that a flood
            keeps no other project waiting.
    """
    starts = False
    for _ in range(0, most, EVENTS_AT_ONCE):
        with store.database.write():  # from reading them until they are closed, nobody else has them
            listed = store.events.list_open(project_id, EVENTS_AT_ONCE)
            for are_labels, events in groupby(listed, _is_label):
                starts |= _take_all(store, list(events), clock, at_once=are_labels)
        if len(listed) < EVENTS_AT_ONCE:
            break
        time.sleep(GAP_S)
    return starts


def _is_label(event: InboxEvent) -> bool:
    """Whether it tells of annotations alone, which are kept together as well as one by one."""
    return event.is_trusted and event.action in LABEL_ACTIONS


def _take_all(store: Store, listed: Sequence[InboxEvent], clock: Callable[[], float], *, at_once: bool) -> bool:
    """Apply and close events; annotations in one piece, unless one of them cannot be read."""
    if at_once and len(listed) > 1:
        try:
            with store.database.attempt():
                _apply_labels(store, [(_read(store, event), clock()) for event in listed])
        except (MRaruError, ValueError):
            pass  # each by itself, so that the others are applied and it is said which cannot be read
        else:
            store.events.close_all([event.event_id for event in listed])
            return False
    return any([_take(store, event, clock) for event in listed])


def _apply_labels(store: Store, told: Sequence[tuple[WebhookEvent, float]]) -> None:
    """What several events tell of annotations, each with the time at which it was read.

    Raises:
        ValueError: one is of another project of that number.
    """
    project_id = told[0][0].project_id
    project = store.projects.get(project_id)
    if project is None or not all(is_same_moment(project.created_at, event.project_created_at) for event, _ in told):
        raise ValueError(project_id)
    store.annotations.save(project_id, [one for event, _ in told for one in event.annotations], told[-1][1])


def _take(store: Store, event: InboxEvent, clock: Callable[[], float]) -> bool:
    """Apply and close an event; what cannot be read is closed with the reason, and nothing of it is kept."""
    try:
        with store.database.attempt():
            starts = _handle(store, event, clock)
    except StoreFault:
        raise  # says nothing of the event, which stays open
    except (MRaruError, ValueError) as exc:
        logger.warning(
            "event %d (%s) of project %d could not be read: %s",
            event.event_id,
            event.action,
            event.project_id,
            exc,
            extra={"event": "webhook_unreadable"},
        )
        store.projects.request_sync(event.project_id)
        store.events.close(event.event_id, error=str(exc))
        return False
    store.events.close(event.event_id)
    return starts


def _handle(store: Store, event: InboxEvent, clock: Callable[[], float]) -> bool:
    if event.action == "START_TRAINING":
        return True
    if not event.is_trusted:
        store.projects.request_sync(event.project_id)
        store.projects.set_webhook_secured(event.project_id, False)  # the backend may have been added anew
        return False
    _apply(store, _read(store, event), clock())
    return False


def _read(store: Store, event: InboxEvent) -> WebhookEvent:
    project = store.projects.get(event.project_id)
    return parse_event(json.loads(event.payload), NOTHING_CHOSEN if project is None else project.selection)


def _apply(store: Store, event: WebhookEvent, now: float) -> None:
    project_id = event.project_id
    project = store.projects.get(project_id)
    if project is None or not is_same_moment(project.created_at, event.project_created_at):
        store.projects.request_sync(project_id)  # another project of that number: the sync says so
        return
    match event.action:
        case action if action in LABEL_ACTIONS:
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


def corrections_due_at(store: Store, project: Project, config: Settings, now: float) -> float | None:
    """The moment from which people's corrections are to be learned (seconds since 1970); None without any.

    After corrections were learned there is a break at least as long as that took, in which other work has its turn.
    """
    if project.n_corrections == 0 or project.last_correction_at is None:
        return None
    due_at = project.last_correction_at
    if project.n_corrections < config.retrain_after:
        due_at += config.retrain_delay_s
    last = store.rounds.find_last(project.project_id, RoundKind.CORRECTIONS)
    if last is not None and last.finished_at is not None:
        due_at = max(due_at, last.finished_at + min(last.finished_at - last.started_at, LONGEST_BREAK_S))
    return now if has_come(due_at, now, config.retrain_delay_s + LONGEST_BREAK_S) else due_at
