"""Services over a folder of the test's own, with a fake in place of the embedding model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.stores import lay_out_store
from mraru.bootstrap import Services
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.settings import describe_settings, load_settings

LABEL_CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sport" alias="s"/><Choice value="Business"/></Choices></View>'
)
SERVED = "mraru"
LABELS = ("s", "Business")  # as stored, in the config's order

MakeServices = Callable[..., Services]  # with settings
MakeClient = Callable[[Services], FlaskClient]
ServeStudent = Callable[..., None]  # of services and, where it is not 1, the project's number


def clear_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Work in `folder`, with none of our settings set outside the test."""
    ours = {name for names, _, _ in describe_settings() for name in names}
    for name in list(os.environ):
        if name.upper() in ours or name.upper().startswith(("MRARU_", "OPENAI_", "LABEL_STUDIO_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


def make_services(folder: Path, clock: HandClock, embedder: CountingEmbedder, **settings: object) -> Services:
    """Services that keep everything in `folder`; their embedder is the fake, and LLMs are asked about texts alone."""
    token = {"label_studio_api_key": "token-of-the-test"} if "label_studio_url" in settings else {}
    given = {"model_dir": folder, "webhook_secret": "a-secret", "teacher_check": False, **token, **settings}
    loaded = load_settings(**given)
    lay_out_store(loaded.model_dir / "mraru.sqlite3")
    services = Services(loaded, clock)
    services.embedder = CachedEmbedder(embedder, services.store.vectors)
    return services


def connect(services: Services, project_id: int = 1, label_config: str = LABEL_CONFIG) -> None:
    """Make a project known, as `/setup` does."""
    services.store.projects.connect(
        project_id,
        label_config=label_config,
        hostname="http://localhost:8080",
        access_token="token-of-the-test",
        backend_url="http://localhost:9090",
    )
