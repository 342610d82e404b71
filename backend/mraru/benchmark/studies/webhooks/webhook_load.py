"""Sends webhooks at a steady rate, as Label Studio does: a connection for each, whatever became of the one before."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

import numpy as np

N_SENDERS = 64  # at the same time; a server that is slower than the rate keeps them all
ANSWER_WITHIN_S = 60.0  # seconds
LABEL_CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sport"/><Choice value="Business"/></Choices></View>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What became of webhooks that were sent."""

    seconds: tuple[float, ...]  # from the moment each was due until it was answered
    n_refused: int  # answered otherwise than 201, or not at all
    took_s: float  # from the first to the last answer

    @property
    def p50_s(self) -> float:
        return float(np.quantile(self.seconds, 0.5))

    @property
    def p99_s(self) -> float:
        return float(np.quantile(self.seconds, 0.99))


def make_event(project_id: int, number: int) -> str:
    """What Label Studio sends when somebody labels a task: annotation and task have this number."""
    annotation = {
        "id": number,
        "result": [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["Sport"]}}],
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 3.0,
        "parent_prediction": None,
        "completed_by": 1,
        "updated_by": 1,
        "task": number,
        "created_at": "2026-01-02T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
    }
    return json.dumps(
        {
            "action": "ANNOTATION_CREATED",
            "annotation": annotation,
            "task": {"id": number, "data": {"text": f"What was said about match {number} on the evening after it"}},
            "project": {"id": project_id, "title": "Load", "label_config": LABEL_CONFIG, "created_at": ""},
        }
    )


def send_events(port: int, events: Sequence[str], per_second: float, headers: Mapping[str, str]) -> Load:
    """POST each to `/webhook` of this machine when it is due, and time the answers."""
    began = time.monotonic() + 0.1
    seconds = [0.0] * len(events)
    refused: list[int] = []
    numbers, next_number = iter(range(len(events))), threading.Lock()

    def send_until_done() -> None:
        while True:
            with next_number:
                number = next(numbers, None)
            if number is None:
                return
            due = began + number / per_second
            time.sleep(max(0.0, due - time.monotonic()))
            if _post(port, events[number], headers) != 201:
                refused.append(number)
            seconds[number] = time.monotonic() - due

    with ThreadPoolExecutor(N_SENDERS) as senders:
        for sender in [senders.submit(send_until_done) for _ in range(N_SENDERS)]:
            sender.result()
    return Load(seconds=tuple(seconds), n_refused=len(refused), took_s=time.monotonic() - began)


def _post(port: int, body: str, headers: Mapping[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("POST", "/webhook", body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
