"""Connect this backend to a project of Label Studio, and take it out again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from mraru.errors import LabelStudioError, LabelStudioRefused
from mraru.labelstudio.api.label_stream import LOWEST_SCORE_FIRST, order_stream, settle_version
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.registrations import RegisteredBackend, RegisteredWebhook, is_same_url, webhook_url
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.schema_records import NOTHING_CHOSEN, ConfigSelection

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-MRARU-Secret"  # nosec B105
# That is the name of a header, which every webhook has but START_TRAINING: Label Studio sends that without it.

# Label Studio gives up after a second, which a backend that has just begun, or is busy, may need.
HEALTH_TRIES = 4
HEALTH_PAUSE_S = 2.0
HEALTH_REFUSAL = "health check failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectReport:
    """What `connect_project` found and did."""

    steps: tuple[str, ...]  # in words, in their order
    changed: bool  # whether anything in Label Studio is other than before
    backend_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectReport:
    """What `disconnect_project` found and did."""

    steps: tuple[str, ...]
    changed: bool


def connect_project(
    client: LabelStudioClient,
    project_id: int,
    backend_url: str,
    title: str,
    webhook_secret: str,
    basic_auth: tuple[str, str] | None = None,
    selection: ConfigSelection = NOTHING_CHOSEN,
    *,
    is_alone: bool,
    pushed_version: str | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> ConnectReport:
    """Register the backend, protect its webhook, and have the lowest score served first.

    What is right already stays untouched, so a second run changes nothing. Registering has the backend begin, so
    from then on the model version is left to it, unless nobody else can be at work: see `label_stream`.

    Args:
        selection: what people chose of the label config.
        is_alone: the caller holds the project's lease.
        pushed_version: what this backend has pushed and would serve, if it is known.
        wait: for so many seconds, until Label Studio looks again whether the backend is up.

    Raises:
        LabelConfigError: the project asks something else than one choice about one text; nothing was done.
        PrivateAddressRefused: Label Studio blocks the backend's address; nothing half-made stays behind.
        LabelStudioRefused: Label Studio does not reach the backend, or the user may not do this.
    """
    project = client.describe_project(project_id)
    schema = parse_label_config(project.label_config, selection)
    others = [repr(source.field) for source in schema.texts if source.name != schema.to_name]
    beside = f", read with {' and '.join(others)}" if others else ""
    steps = [f"The label config has {len(schema.labels)} labels about {schema.text_field!r}{beside}."]
    former_order = order_stream(client, project_id)  # before the backend is there and writes beside us
    found = _find_backend(client, project_id, backend_url)
    try:
        if found:
            backend, registered = found, _check_registered(client, project_id, found, basic_auth)
        else:
            backend = _register(client, project_id, backend_url, title, basic_auth, wait)
            registered = [f"Registered {backend_url} as ML backend {title!r}."]
        protected = _protect_webhook(client, project_id, backend_url, webhook_secret, may_create=True)
    except LabelStudioError:
        if not found:
            _clean_up(client, project_id, backend_url, former_order)
        raise
    served, is_served_anew = None, False
    if is_alone:
        served, is_served_anew = settle_version(client, project_id, pushed_version)
    changed = bool(registered or protected or former_order is not None or is_served_anew)
    steps += registered or [f"{backend_url} is registered already."]
    steps += protected or [f"Its webhook carries the secret header {SECRET_HEADER} already."]
    steps.append(
        f"Set the sampling to {LOWEST_SCORE_FIRST!r}: the lowest score comes first."
        if former_order is not None
        else "The lowest score comes first already."
    )
    if served:
        steps.append(f"Annotators see the predictions of {served!r}.")
    elif is_alone:
        steps.append("Annotators see no predictions until the first ones are pushed.")
    else:
        steps.append("The backend sets which predictions annotators see when it pushes some.")
    logger.info("connected project %d (changed: %s)", project_id, changed, extra={"event": "connected"})
    return ConnectReport(steps=tuple(steps), changed=changed, backend_id=backend.backend_id)


def disconnect_project(client: LabelStudioClient, project_id: int, backend_url: str) -> DisconnectReport:
    """Remove the backend and its webhook, which Label Studio itself would leave in place.

    Predictions, annotations, sampling and a model version that has predictions stay as they are.
    """
    backends = [row for row in client.list_backends(project_id) if is_same_url(row.url, backend_url)]
    webhooks = _find_webhooks(client, project_id, backend_url)
    for backend in backends:
        client.delete_backend(backend.backend_id)
    for webhook in webhooks:
        client.delete_webhook(webhook.webhook_id)
    steps = [
        f"Removed ML backend {backend_url}." if backends else f"{backend_url} is no ML backend of this project.",
        "Removed its webhook." if webhooks else "It has no webhook here.",
        "Predictions and annotations stay as they are.",
    ]
    changed = bool(backends or webhooks)
    logger.info("disconnected project %d (changed: %s)", project_id, changed, extra={"event": "disconnected"})
    return DisconnectReport(steps=tuple(steps), changed=changed)


def is_registered(client: LabelStudioClient, project_id: int, backend_url: str) -> bool:
    """Whether somebody who may change the project in Label Studio has added this backend to it."""
    return _find_backend(client, project_id, backend_url) is not None


def has_trace(client: LabelStudioClient, project_id: int, backend_url: str) -> bool:
    """Whether the project has this backend, or a webhook that leads to it."""
    return is_registered(client, project_id, backend_url) or bool(_find_webhooks(client, project_id, backend_url))


def secure_webhook(client: LabelStudioClient, project_id: int, backend_url: str, secret: str) -> bool:
    """See that the webhook of a backend that was added by hand has its secret; False if no webhook leads here."""
    _protect_webhook(client, project_id, backend_url, secret, may_create=False)
    return bool(_find_webhooks(client, project_id, backend_url))


def list_former_urls(client: LabelStudioClient, project_id: int, secret: str) -> list[str]:
    """Addresses under which this backend was ever connected: only a webhook that it made carries its secret.

    So another installation's backend of the same title is none of them.
    """
    ours = [row.url for row in client.list_webhooks(project_id) if row.headers.get(SECRET_HEADER) == secret]
    return sorted({url.removesuffix(webhook_url("")) for url in ours})


def _register(
    client: LabelStudioClient,
    project_id: int,
    backend_url: str,
    title: str,
    basic_auth: tuple[str, str] | None,
    wait: Callable[[float], object],
) -> RegisteredBackend:
    for _ in range(HEALTH_TRIES - 1):
        try:
            return client.create_backend(project_id, backend_url, title, basic_auth)
        except LabelStudioRefused as exc:
            if HEALTH_REFUSAL not in str(exc):
                raise
            logger.info("%s is not up yet for Label Studio: %s", backend_url, exc, extra={"event": "not_up_yet"})
        wait(HEALTH_PAUSE_S)
    return client.create_backend(project_id, backend_url, title, basic_auth)


def _check_registered(
    client: LabelStudioClient, project_id: int, backend: RegisteredBackend, basic_auth: tuple[str, str] | None
) -> list[str]:
    """Renew the credentials where Label Studio has others or is refused with them."""
    if basic_auth and (backend.basic_auth_user != basic_auth[0] or not backend.is_connected):
        client.change_credentials(project_id, backend, basic_auth)
        return ["Gave Label Studio the backend's user name and password."]
    return []


def _protect_webhook(
    client: LabelStudioClient, project_id: int, backend_url: str, secret: str, *, may_create: bool
) -> list[str]:
    webhooks = _find_webhooks(client, project_id, backend_url)
    if not webhooks:
        if not may_create:
            return []
        client.create_webhook(project_id, webhook_url(backend_url), {SECRET_HEADER: secret})
        return [f"Made its webhook, with the secret header {SECRET_HEADER}."]
    done = []
    first, *doubles = webhooks
    if not (first.headers.get(SECRET_HEADER) == secret and first.is_active and first.sends_payload):
        client.change_webhook(first, {**first.headers, SECRET_HEADER: secret})
        done.append(f"Gave its webhook the secret header {SECRET_HEADER}.")
    for double in doubles:
        client.delete_webhook(double.webhook_id)
        done.append("Removed a second webhook of the same address.")
    return done


def _find_backend(client: LabelStudioClient, project_id: int, backend_url: str) -> RegisteredBackend | None:
    same = (row for row in client.list_backends(project_id) if is_same_url(row.url, backend_url))
    return min(same, key=lambda row: row.backend_id, default=None)


def _find_webhooks(client: LabelStudioClient, project_id: int, backend_url: str) -> list[RegisteredWebhook]:
    url = webhook_url(backend_url)
    return sorted((row for row in client.list_webhooks(project_id) if row.url == url), key=lambda row: row.webhook_id)


def _clean_up(client: LabelStudioClient, project_id: int, backend_url: str, former_order: str | None) -> None:
    """Take back what a failed registration left; its own failure must not hide the first one."""
    try:
        disconnect_project(client, project_id, backend_url)
        if former_order:
            client.change_sampling(project_id, former_order)
    except LabelStudioError as error:
        logger.warning("project %d was not cleaned up: %s", project_id, error, extra={"event": "clean_up_failed"})
