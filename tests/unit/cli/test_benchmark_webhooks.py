from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.services import clear_environment
from mraru.cli.measuring.benchmark_webhooks import run_webhooks

pytestmark = pytest.mark.slow


def test_of_a_flood_of_webhooks_none_is_lost_and_each_is_applied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_environment(monkeypatch, tmp_path)
    figures = run_webhooks(tmp_path, n_events=2000, per_second=400.0)
    assert (figures.n_sent, figures.n_refused, figures.n_waiting) == (2000, 0, 0)
    assert (figures.n_written_down, figures.n_applied) == (2000, 2000)
    assert json.loads((tmp_path / "webhooks.json").read_text())["p99_ratio"] == figures.p99_ratio
