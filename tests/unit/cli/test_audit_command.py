"""`mraru audit` where no backend has ever run."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.services import clear_environment
from mraru.bootstrap import Services
from mraru.cli.project.audit_lines import show_audit
from mraru.errors import ProjectUnknown
from mraru.settings import load_settings


def test_without_a_store_it_says_where_to_run_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch, tmp_path)
    with pytest.raises(ProjectUnknown, match="MODEL_DIR"):
        show_audit(Services(load_settings(model_dir=tmp_path / "nothing")), 3)
    assert not (tmp_path / "nothing").exists()
