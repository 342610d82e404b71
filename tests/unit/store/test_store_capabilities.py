from __future__ import annotations

from pathlib import Path

from fakes.stores import open_store
from mraru.records import ServerCapabilities


def test_what_was_found_is_kept_by_server_and_model_and_across_openings(tmp_path: Path) -> None:
    first = open_store(tmp_path / "mraru.sqlite3")
    first.capabilities.save("http://a/v1", "m", ServerCapabilities(refused=("n",), found_at=1.5))
    first.capabilities.save("http://a/v1", "m", ServerCapabilities(refused=("n", "tool"), found_at=2.5))
    first.close()
    second = open_store(tmp_path / "mraru.sqlite3")
    assert second.capabilities.load("http://a/v1", "m") == ServerCapabilities(refused=("n", "tool"), found_at=2.5)
    assert second.capabilities.load("http://b/v1", "m") is None
    assert second.capabilities.load("http://a/v1", "other") is None
    second.close()
