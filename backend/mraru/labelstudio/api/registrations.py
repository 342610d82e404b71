"""What Label Studio keeps of an ML backend: its row, and the webhook that it makes for it."""

from __future__ import annotations

from dataclasses import dataclass

from label_studio_sdk.types.ml_backend import MlBackend
from label_studio_sdk.types.webhook import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredBackend:
    """One ML backend of a project."""

    backend_id: int
    url: str
    title: str
    is_connected: bool
    error_message: str
    basic_auth_user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredWebhook:
    """One webhook of a project."""

    webhook_id: int
    url: str
    headers: dict[str, str]
    actions: tuple[str, ...]  # empty where all are sent
    is_active: bool
    sends_payload: bool


def webhook_url(backend_url: str) -> str:
    """Where Label Studio sends a backend's events.

    >>> webhook_url("http://localhost:9090/")
    'http://localhost:9090/webhook'
    """
    return backend_url.rstrip("/") + "/webhook"


def is_same_url(one: str, other: str) -> bool:
    """Whether two addresses differ in nothing but a slash at the end.

    >>> is_same_url("http://a:9090", "http://a:9090/")
    True
    """
    return one.rstrip("/") == other.rstrip("/")


def read_backend(row: MlBackend) -> RegisteredBackend:
    """An ML backend as the SDK read it."""
    return RegisteredBackend(
        backend_id=int(row.id or 0),
        url=row.url,
        title=row.title or "",
        is_connected=row.state == "CO",
        error_message=row.error_message or "",
        basic_auth_user=row.basic_auth_user or "",
    )


def read_webhook(row: Webhook) -> RegisteredWebhook:
    """A webhook as the SDK read it."""
    return RegisteredWebhook(
        webhook_id=int(row.id or 0),
        url=row.url,
        headers=dict(row.headers or {}),
        actions=tuple(row.actions or ()),
        is_active=row.is_active is not False,
        sends_payload=row.send_payload is not False,
    )
