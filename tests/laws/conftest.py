"""The ledgers that the laws are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.ledger import InMemoryLedger
from fakes.reserving import LOST_AFTER_S
from fakes.stores import open_store
from mraru.store.ledger.ledger_repository import LedgerRepository

Ledger = InMemoryLedger | LedgerRepository


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["in memory", "stored"])
def ledger(request: pytest.FixtureRequest, clock: HandClock, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "in memory":
        yield InMemoryLedger(clock, LOST_AFTER_S)
        return
    store = open_store(tmp_path / "mraru.sqlite3", clock, LOST_AFTER_S)
    yield store.ledger
    store.close()
