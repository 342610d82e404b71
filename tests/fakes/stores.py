"""Stores of which nobody looks at how their tables are made: copies of one file, since migrating each takes longer."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mraru.store.ledger.ledger_repository import LOST_AFTER_S
from mraru.store.store import Store
from mraru.store.store import open_store as open_real_store


def open_store(path: Path, clock: Callable[[], float] = time.time, call_lost_after_s: float = LOST_AFTER_S) -> Store:
    """As `mraru.store.store.open_store`, at once."""
    lay_out_store(path)
    return open_real_store(path, clock, call_lost_after_s)


def lay_out_store(path: Path) -> None:
    """Have an empty store at `path`, where none is."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_migrated_file(), path)  # with its permissions


@cache
def _migrated_file() -> Path:
    path = Path(tempfile.mkdtemp(prefix="mraru-empty-store-")) / "mraru.sqlite3"
    open_real_store(path).close()
    return path
