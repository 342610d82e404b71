"""The secret of Label Studio's webhook, made once and kept in MODEL_DIR."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mraru.store.store_faults import explain_os_error


def keep_secret(path: Path) -> str:
    """Read the secret of a file, or make both; of two processes that make it, the first wins.

    Raises:
        StoreFault: the file can be neither read nor made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        return path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise explain_os_error(path, exc) from exc


def _make_secret(path: Path) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        os.link(fresh, path)  # fails when the file is there: never seen half-written
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)
