"""Where the text comes from: projects of every shape in a real Label Studio, read in every way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from label_studio_sdk import LabelStudio

from fakes.backend_server import FakeBackendServer
from mraru.errors import LabelConfigError
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.connecting.connection import connect_project
from mraru.labelstudio.formats.export_file import read_export
from mraru.labelstudio.formats.webhook_events import parse_event
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_task
from mraru.records import TextFault
from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection
from running_label_studio import RunningLabelStudio
from text_shapes import SHAPES, TextShape

pytestmark = pytest.mark.label_studio

SIMPLE = '<Text name="t" value="$body"/>'


@dataclass(frozen=True, kw_only=True)
class Connected:
    """A project that was made of a shape, connected before its tasks came."""

    project_id: int
    backend: FakeBackendServer


@pytest.fixture
def backend() -> Iterator[FakeBackendServer]:
    with FakeBackendServer() as server:
        yield server


@pytest.fixture
def api(label_studio: RunningLabelStudio) -> Iterator[httpx.Client]:
    """What no client of ours does: uploads of files, exports, what annotators' screens ask."""
    with httpx.Client(base_url=label_studio.url, timeout=60, follow_redirects=True) as http:
        renewed = http.post("/api/token/refresh/", json={"refresh": label_studio.token}).raise_for_status()
        http.headers["Authorization"] = f"Bearer {renewed.json()['access']}"
        yield http


def read_all(client: LabelStudioClient, project_id: int, selection: ConfigSelection) -> list[str]:
    schema = parse_label_config(client.describe_project(project_id).label_config, selection)
    return [task.text for task in client.list_tasks(project_id, schema)]


def make(sdk: LabelStudio, client: LabelStudioClient, config: str, url: str, selection: ConfigSelection) -> int:
    project_id = sdk.projects.create(title="A test's project", label_config=config).id
    connect_project(client, project_id, url, "M-RARU", "a-secret", selection=selection, is_alone=True)
    return project_id


def check_all_ways(
    client: LabelStudioClient,
    api: httpx.Client,
    backend: FakeBackendServer,
    project_id: int,
    expected: list[str],
    selection: ConfigSelection,
    folder: Path,
) -> None:
    """The same texts by the API, in the webhook of new tasks, in the body of `/predict`, and in an export."""
    assert read_all(client, project_id, selection) == expected
    schema = parse_label_config(client.describe_project(project_id).label_config, selection)

    created = parse_event(backend.wait_for_action("TASKS_CREATED").body, selection)
    assert [task.text for task in created.tasks] == expected

    ids = [task.task_id for task in client.list_tasks(project_id, schema)]
    chosen = {"selectedItems": {"all": False, "included": ids}}
    asked = api.post("/api/dm/actions", params={"id": "retrieve_tasks_predictions", "project": project_id}, json=chosen)
    assert asked.is_success
    body = backend.wait_for(lambda request: request.path == "/predict").body
    assert [read_task(task["id"], task["data"], schema).text for task in body["tasks"]] == expected

    result = [{"from_name": "label", "to_name": schema.to_name, "type": "choices", "value": {"choices": ["A"]}}]
    api.post(f"/api/tasks/{ids[0]}/annotations", json={"result": result}).raise_for_status()
    marked = parse_event(backend.wait_for_action("ANNOTATION_CREATED").body, selection)
    assert [task.text for task in marked.tasks] == expected[:1]
    path = folder / "export.json"
    wanted = {"exportType": "JSON", "download_all_tasks": "true"}
    path.write_bytes(api.get(f"/api/projects/{project_id}/export", params=wanted).content)
    assert [each.text for each in read_export(path, schema).texts] == expected


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_texts_of_every_shape_are_read_alike_wherever_they_come_from(
    label_studio_sdk: LabelStudio,
    label_studio_client: LabelStudioClient,
    api: httpx.Client,
    backend: FakeBackendServer,
    shape: TextShape,
    tmp_path: Path,
) -> None:
    project_id = make(label_studio_sdk, label_studio_client, shape.config, backend.url, shape.selection)
    label_studio_sdk.projects.import_tasks(id=project_id, request=list(shape.tasks))
    expected = list(shape.texts)
    check_all_ways(label_studio_client, api, backend, project_id, expected, shape.selection, tmp_path)


@pytest.mark.parametrize("tags", [SIMPLE, f'<Header name="head" value="Read this"/>{SIMPLE}'])
def test_an_uploaded_text_file_makes_texts_of_its_lines(
    label_studio_sdk: LabelStudio,
    label_studio_client: LabelStudioClient,
    api: httpx.Client,
    backend: FakeBackendServer,
    tags: str,
    tmp_path: Path,
) -> None:
    config = TextShape.about(tags)
    project_id = make(label_studio_sdk, label_studio_client, config, backend.url, NOTHING_CHOSEN)
    upload = {"file": ("reviews.txt", b"The parcel is late\nIt works\n", "text/plain")}
    api.post(f"/api/projects/{project_id}/import", files=upload).raise_for_status()
    stored = json.dumps(backend.wait_for_action("TASKS_CREATED").body["tasks"])
    assert "$undefined$" in stored or "parcel" in stored
    expected = ["The parcel is late", "It works"]
    check_all_ways(label_studio_client, api, backend, project_id, expected, NOTHING_CHOSEN, tmp_path)


def test_what_the_tag_does_not_show_is_left_out_with_the_reason(
    label_studio_sdk: LabelStudio, label_studio_client: LabelStudioClient
) -> None:
    config = TextShape.about('<Paragraphs name="t" value="$chat"/>')
    project_id = label_studio_sdk.projects.create(title="A test's project", label_config=config).id
    tasks: list[dict[str, Any]] = [{"chat": ["one", "two"]}, {"chat": [{"author": "Ann", "text": "Hello"}]}]
    label_studio_sdk.projects.import_tasks(id=project_id, request=tasks)
    listed = list(label_studio_client.list_tasks(project_id, parse_label_config(config)))
    assert [(task.text, task.fault) for task in listed] == [("", TextFault.NO_TEXT), ("Ann: Hello", None)]


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ('<Text name="t" value="$address" resolver="csv"/>', "import the texts themselves"),
        ('<Image name="t" value="$photo"/>', "asks for <Choices> on <Image>, but this backend labels whole texts"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_registered(
    label_studio_sdk: LabelStudio,
    label_studio_client: LabelStudioClient,
    backend: FakeBackendServer,
    tags: str,
    said: str,
) -> None:
    project_id = label_studio_sdk.projects.create(title="A test's project", label_config=TextShape.about(tags)).id
    with pytest.raises(LabelConfigError, match=said):
        connect_project(label_studio_client, project_id, backend.url, "M-RARU", "a-secret", is_alone=True)
    assert label_studio_client.list_backends(project_id) == []
