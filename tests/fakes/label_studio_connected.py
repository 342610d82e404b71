"""A Label Studio in memory that also has ML backends and webhooks, as far as `mraru doctor` asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fakes.label_studio import LABELS, FakeLabelStudio
from mraru.labelstudio.api.label_stream import LOWEST_SCORE_FIRST
from mraru.labelstudio.api.registrations import RegisteredBackend, RegisteredWebhook, webhook_url
from mraru.labelstudio.connecting.connection import SECRET_HEADER
from mraru.records import ProjectDescription

OWN_URL = "http://localhost:9090"
SECRET = "a-secret"  # as `make_services` sets it


def registered(url: str = OWN_URL, **changed: object) -> RegisteredBackend:
    """A row as `mraru connect` makes it."""
    row = RegisteredBackend(
        backend_id=7, url=url, title="M-RARU", is_connected=True, error_message="", basic_auth_user=""
    )
    return replace(row, **changed)  # type: ignore[arg-type]


def hooked(url: str = OWN_URL, **changed: object) -> RegisteredWebhook:
    """A webhook as `mraru connect` makes it."""
    hook = RegisteredWebhook(
        webhook_id=3,
        url=webhook_url(url),
        headers={SECRET_HEADER: SECRET},
        actions=(),
        is_active=True,
        sends_payload=True,
    )
    return replace(hook, **changed)  # type: ignore[arg-type]


class FakeRegistrations(FakeLabelStudio):
    """Everything as after `mraru connect`, until a test changes it."""

    def __init__(self, texts: Sequence[str] = ("sport 1", "tech 2"), labels: Sequence[str] = LABELS) -> None:
        super().__init__(texts, labels)
        self.backends = [registered()]
        self.webhooks = [hooked()]
        self.sampling = LOWEST_SCORE_FIRST
        self.is_hidden = False
        self.training_start = 0

    def find_user(self) -> str:
        self.before_call("find_user")
        return "annotator@example.com"

    def describe_project(self, project_id: int) -> ProjectDescription:
        return replace(super().describe_project(project_id), sampling=self.sampling)

    def list_backends(self, project_id: int) -> list[RegisteredBackend]:
        self.before_call("list_backends")
        return self.backends

    def list_webhooks(self, project_id: int) -> list[RegisteredWebhook]:
        self.before_call("list_webhooks")
        return self.webhooks

    def hides_predictions(self, project_id: int) -> bool:
        self.before_call("hides_predictions")
        return self.is_hidden

    def find_training_start(self, project_id: int) -> int:
        self.before_call("find_training_start")
        return self.training_start
