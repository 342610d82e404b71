"""The Label Studio in memory with what registering a backend needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from fakes.label_studio import FakeLabelStudio
from mraru.labelstudio.api.registrations import RegisteredBackend, RegisteredWebhook, webhook_url
from mraru.records import ProjectDescription


class ConnectableLabelStudio(FakeLabelStudio):
    """Fills what `connect_project` asks of `LabelStudioClient`; `on_registered` is Label Studio's call to `/setup`."""

    backends: list[RegisteredBackend]
    webhooks: list[RegisteredWebhook]
    sampling: str
    on_registered: Callable[[], None]

    def __init__(self, texts: list[str]) -> None:
        super().__init__(texts)
        self.backends, self.webhooks, self.sampling = [], [], "Sequential sampling"
        self.on_registered = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def describe_project(self, project_id: int) -> ProjectDescription:
        return replace(super().describe_project(project_id), sampling=self.sampling)

    def change_sampling(self, project_id: int, sampling: str) -> None:
        self.sampling = sampling

    def change_stream(self, project_id: int, model_version: str | None) -> None:
        self.model_version, self.sampling = model_version, "Uncertainty sampling"

    def hides_predictions(self, project_id: int) -> bool:
        return False

    def list_backends(self, project_id: int) -> list[RegisteredBackend]:
        return list(self.backends)

    def create_backend(
        self, project_id: int, backend_url: str, title: str, basic_auth: tuple[str, str] | None
    ) -> RegisteredBackend:
        backend = RegisteredBackend(
            backend_id=1, url=backend_url, title=title, is_connected=True, error_message="", basic_auth_user=""
        )
        self.backends.append(backend)
        self.create_webhook(project_id, webhook_url(backend_url), {})
        self.on_registered()
        return backend

    def list_webhooks(self, project_id: int) -> list[RegisteredWebhook]:
        return list(self.webhooks)

    def create_webhook(self, project_id: int, url: str, headers: Mapping[str, str]) -> None:
        webhook = RegisteredWebhook(
            webhook_id=1, url=url, headers=dict(headers), actions=(), is_active=True, sends_payload=True
        )
        self.webhooks.append(webhook)

    def change_webhook(self, webhook: RegisteredWebhook, headers: Mapping[str, str]) -> None:
        self.webhooks = [replace(webhook, headers=dict(headers))]
