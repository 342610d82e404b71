"""Whether an address is one that Label Studio accepts: its own answer against ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mraru.errors import LabelStudioRefused
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.connecting.backend_address import is_accepted_host

pytestmark = pytest.mark.label_studio

HOSTS = (
    "localhost",
    "192.168.3.4",
    "[fd00::1]",
    "mraru.internal",
    "host.docker.internal",
    "labels.example",
    "backend",
    "docker_backend_1",
    "ml_backend.local",
    "backend.x",
    "backend.1a",
    "-backend.example",
)


def is_accepted_there(client: LabelStudioClient, project_id: int, url: str) -> bool:
    try:
        client.create_webhook(project_id, url, {})
    except LabelStudioRefused as exc:
        if "valid URL" not in str(exc):
            raise
        return False
    return True


def test_hosts_that_label_studio_refuses_are_known(
    label_studio_client: LabelStudioClient, make_project: Callable[..., int]
) -> None:
    project_id = make_project([], ["a", "b"])
    urls = [f"http://{host}:9090/webhook" for host in HOSTS]
    accepted = [url for url in urls if is_accepted_there(label_studio_client, project_id, url)]
    assert accepted == [url for url in urls if is_accepted_host(url)]
    assert 0 < len(accepted) < len(urls)
