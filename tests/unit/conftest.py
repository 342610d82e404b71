"""What unit tests share: an environment of their own, a clock moved by hand, a store and services in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import MakeServices, clear_environment, make_services
from fakes.stores import open_store
from mraru.bootstrap import Services
from mraru.store.store import Store


@event.listens_for(Pool, "checkout")
def _trust_the_disk(connection: Any, record: Any, _proxy: Any) -> None:
    """No power cut is waited for: stores of tests end with their process."""
    if "is_trusting" not in record.info:
        connection.execute("PRAGMA synchronous=OFF")
        record.info["is_trusting"] = True


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of the machine's reaches a test, and none of a test's leaves it."""
    with patch.dict(os.environ):
        clear_environment(monkeypatch, tmp_path)
        yield


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    opened = open_store(tmp_path / "mraru.sqlite3", clock)
    yield opened
    opened.close()


@pytest.fixture
def counting() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def new_services(tmp_path: Path, clock: HandClock, counting: CountingEmbedder) -> Iterator[MakeServices]:
    """`new_services(**settings)`: services over the test's folder."""
    made: list[Services] = []

    def make(**settings: object) -> Services:
        made.append(make_services(tmp_path, clock, counting, **settings))
        return made[-1]

    yield make
    for services in made:
        services.store.close()


@pytest.fixture
def services(new_services: MakeServices) -> Services:
    return new_services()
