"""Several people and stars, as Label Studio's export and its webhooks tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from fakes.backend_server import FakeBackendServer
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.label_studio_users import list_people
from mraru.labelstudio.connecting.connection import connect_project
from mraru.labelstudio.formats.webhook_events import parse_event
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.quality.agreement.annotator_agreement import judge_annotators
from mraru.quality.agreement.gold import GoldVerdict, settle_gold
from mraru.records import Annotation

pytestmark = pytest.mark.label_studio

LABELS = ("A", "B")
ProjectMaker = Callable[..., int]


@pytest.fixture
def backend() -> Iterator[FakeBackendServer]:
    with FakeBackendServer() as server:
        yield server


def submit(sdk: LabelStudio, task_id: int, label: str | None) -> int:
    """What the editor sends when an annotator submits; None leaves the form empty."""
    region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}
    made = sdk.annotations.create(task_id, result=[region] if label else [], lead_time=2.5)
    return int(made.id or 0)


def test_two_people_and_a_star_come_through_the_export_and_the_webhooks(
    label_studio_client: LabelStudioClient,
    label_studio_sdk: LabelStudio,
    second_member: LabelStudio,
    backend: FakeBackendServer,
    make_project: ProjectMaker,
    label_studio: Any,
) -> None:
    client = label_studio_client
    project_id = make_project(["x", "y"], LABELS)
    schema = parse_label_config(client.describe_project(project_id).label_config)
    both, other = [task.task_id for task in client.list_tasks(project_id, schema)]
    connect_project(client, project_id, backend.url, "M-RARU", "a-secret-for-tests", is_alone=True)

    first_id, second_id = submit(label_studio_sdk, both, "A"), submit(second_member, both, "B")
    submit(second_member, other, None)
    label_studio_sdk.annotations.create(other, result=[], was_cancelled=True, lead_time=1.0)

    exported = {row.annotation_id: row for row in client.list_annotations(project_id, schema)}
    names = list_people(client)
    first, second = exported[first_id], exported[second_id]
    assert [names[row.completed_by or 0] for row in (first, second)] == [label_studio.email, label_studio.second_email]
    assert settle_gold([first, second]) == GoldVerdict(is_tie=True)
    by_text = {"x": [first, second], "y": [row for row in exported.values() if row.task_id == other]}
    standings = {standing.name: standing for standing in judge_annotators(by_text, {}, {}, LABELS, names)}
    assert [(standing.n_annotations, standing.n_skipped, standing.n_empty) for standing in standings.values()] == [
        (1, 1, 0),
        (1, 0, 1),
    ]

    backend.forget()
    label_studio_sdk.annotations.update(second_id, ground_truth=True)
    event = parse_event(backend.wait_for_action("ANNOTATION_UPDATED").body)
    (told,) = event.annotations
    assert (told.annotation_id, told.is_ground_truth, told.completed_by) == (second_id, True, second.completed_by)
    assert told.updated_at > second.updated_at  # else it would count as an old message
    exported = {row.annotation_id: row for row in client.list_annotations(project_id, schema)}
    assert [exported[number].is_ground_truth for number in (first_id, second_id)] == [False, True]
    assert gold_of(exported, first_id, second_id) == "B"

    label_studio_sdk.annotations.update(second_id, ground_truth=False)
    exported = {row.annotation_id: row for row in client.list_annotations(project_id, schema)}
    assert gold_of(exported, first_id, second_id) is None


def gold_of(exported: dict[int, Annotation], *numbers: int) -> str | None:
    return settle_gold([exported[number] for number in numbers]).label
