"""Stores of which nobody looks at how their tables are made: copies of one file, since migrating each takes longer."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
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
    """Have an empty store at `path`, where none is. Whole from its first instant on, as another process may open it."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    shutil.copy(_migrated_file(), whole)  # with its permissions
    with suppress(FileExistsError):  # another process was first
        os.link(whole, path)
    whole.unlink()


@cache
def _migrated_file() -> Path:
    path = Path(tempfile.mkdtemp(prefix="mraru-empty-store-")) / "mraru.sqlite3"
    open_real_store(path).close()
    return path
