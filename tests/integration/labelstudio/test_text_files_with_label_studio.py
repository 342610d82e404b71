"""Texts that are in files: uploaded to a real Label Studio, or in a storage that it knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from label_studio_sdk import LabelStudio

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.label_studio_http import ServedFile, TasksOverHTTP, serve_tasks
from fakes.openai_server import OpenAIServer
from fakes.services import clear_environment, make_services
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import TextFault
from running_label_studio import RunningLabelStudio
from text_shapes import TextShape

pytestmark = pytest.mark.label_studio

CONFIG = TextShape.about('<Text name="t" value="$text" valueType="url"/>')
SCHEMA = parse_label_config(CONFIG)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A project whose label config fetches files, and what annotators' screens ask of its Label Studio."""

    project_id: int
    http: httpx.Client

    def upload(self, name: str, content: bytes) -> int:
        """The number of an uploaded file, of which no task is made yet."""
        made = self.http.post(
            f"/api/projects/{self.project_id}/import",
            params={"commit_to_project": "false"},
            files={"file": (name, content, "text/plain")},
        )
        return int(made.raise_for_status().json()["file_upload_ids"][-1])

    def address(self, upload_id: int) -> str:
        return f"/data/{self.http.get(f'/api/import/file-upload/{upload_id}').raise_for_status().json()['file']}"

    def make_task_of(self, upload_id: int) -> None:
        """A task whose text is the file, not its lines: as people choose it on the import page."""
        body = {"file_upload_ids": [upload_id], "files_as_tasks_list": False}
        self.http.post(f"/api/projects/{self.project_id}/reimport", json=body).raise_for_status()

    def import_addresses(self, addresses: Sequence[str]) -> None:
        tasks = [{"text": address} for address in addresses]
        self.http.post(f"/api/projects/{self.project_id}/import", json=tasks).raise_for_status()


@pytest.fixture
def filed(label_studio: RunningLabelStudio, label_studio_sdk: LabelStudio) -> Iterator[Filed]:
    project = label_studio_sdk.projects.create(title="A test's project", label_config=CONFIG)
    with httpx.Client(base_url=label_studio.url, timeout=60, follow_redirects=True) as http:
        renewed = http.post("/api/token/refresh/", json={"refresh": label_studio.token}).raise_for_status()
        http.headers["Authorization"] = f"Bearer {renewed.json()['access']}"
        yield Filed(project_id=project.id, http=http)


@pytest.fixture
def storage() -> Iterator[TasksOverHTTP]:
    """What speaks as S3 does, as far as a signed address goes."""
    with serve_tasks(TasksOverHTTP({})) as served:
        yield served


def test_the_llm_is_asked_what_uploaded_files_hold_and_never_where_they_are(
    filed: Filed, label_studio: RunningLabelStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_environment(monkeypatch, tmp_path)
    texts = ["Das Paket ist spät", "It works\non two lines"]
    first, second = (filed.upload(f"review {n}.txt", text.encode()) for n, text in enumerate(texts))
    filed.make_task_of(first)
    filed.import_addresses([f"http://labels.example.com{filed.address(second)}", "https://example.com/other.txt"])
    with OpenAIServer(lambda text: "A") as teacher:
        services = make_services(
            tmp_path,
            HandClock(),
            CountingEmbedder(),
            label_studio_url=label_studio.url,
            label_studio_api_key=label_studio.token,
            openai_base_url=teacher.base_url,
            openai_api_key="sk-simulated",
            openai_model="simulated",
            input_usd_per_mtok=1.0,
            output_usd_per_mtok=1.0,
        )
        sync_project(services.store, services.label_studio(), filed.project_id, services.clock)
        services.store.projects.start(filed.project_id)
        loop = services.make_loop(filed.project_id)
        for _ in range(30):
            if not loop.advance().more:
                break
        services.close_clients()
        services.store.close()
    assert sorted(teacher.texts) == sorted(texts)
    assert not any("/data/upload/" in request.text or "example.com" in request.text for request in teacher.requests)


def test_each_address_is_read_or_told_by_what_label_studio_says_of_it(
    filed: Filed, storage: TasksOverHTTP, label_studio_client: LabelStudioClient
) -> None:
    bucket = {"bucket": "box", "s3_endpoint": storage.url, "region_name": "us-east-1", "presign": True}
    keys = {"aws_access_key_id": "an-id", "aws_secret_access_key": "a-secret"}
    filed.http.post("/api/storages/s3", json={"project": filed.project_id, **bucket, **keys}).raise_for_status()
    storage.files = {
        "/box/reviews/a%20b.txt": ServedFile(body="é".encode("utf-16")),
        "/box/latin.txt": ServedFile(body=b"caf\xe9"),
    }
    expected: list[tuple[str, str, TextFault | None]] = [
        ("s3://box/reviews/a b.txt", "é", None),
        ("s3://box/latin.txt", "", TextFault.NOT_DECODED),
        ("s3://box/gone.txt", "", TextFault.NO_FILE),
        ("s3://another/a.txt", "", TextFault.NO_FILE),
        (f"/data/upload/{filed.project_id}/gone.txt", "", TextFault.NO_FILE),
        ("/data/local-files/?d=reviews/a.txt", "", TextFault.NOT_SERVED),
        ("https://example.com/a.txt", "", TextFault.FOREIGN_ADDRESS),
        ("The parcel is late", "", TextFault.NO_ADDRESS),
    ]
    filed.import_addresses([address for address, _, _ in expected])
    read = list(label_studio_client.list_tasks(filed.project_id, SCHEMA))
    assert [(task.text, task.fault) for task in read] == [(text, fault) for _, text, fault in expected]
    assert len(storage.tokens) == 3
    assert set(storage.tokens.values()) == {None}  # Label Studio's token stays with Label Studio
