"""What `make audit` says of pip-audit's findings."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parents[3] / ".ci" / "audit.py"
SOUND = {"name": "numpy", "version": "2.0", "vulns": []}
SKIPPED = {"name": "torch", "skip_reason": "Dependency not found"}
VULNERABLE = {
    "name": "flask",
    "version": "2.0.0",
    "vulns": [{"id": "PYSEC-2023-62", "aliases": ["CVE-2023-30861"], "fix_versions": ["2.3.2"], "description": "..."}],
}


@pytest.fixture
def audit() -> dict[str, Any]:
    return runpy.run_path(str(AUDIT))


def test_a_known_vulnerability_fails_and_says_where_it_is_mended(audit: dict[str, Any]) -> None:
    code, lines = audit["judge"]([SOUND, VULNERABLE])
    assert code == audit["VULNERABLE"]
    assert lines == ["flask 2.0.0: PYSEC-2023-62, mended in 2.3.2", "2 packages audited."]


def test_an_exception_by_any_of_its_names_does_not_and_says_why(audit: dict[str, Any]) -> None:
    audit["EXCEPTIONS"]["CVE-2023-30861"] = "no session is permanent here"
    code, lines = audit["judge"]([VULNERABLE])
    assert code == audit["OK"]
    assert "no harm here: no session is permanent here" in lines[0]


def test_what_is_not_in_the_database_is_named(audit: dict[str, Any]) -> None:
    assert audit["judge"]([SOUND, SKIPPED]) == (audit["OK"], ["1 package audited.", "Not in the database: torch."])


def test_nothing_is_called_audited_where_the_database_is_out_of_reach(audit: dict[str, Any]) -> None:
    (line,) = audit["judge"]([SKIPPED])[1]
    assert line.startswith("NOT AUDITED")


def test_no_exception_is_without_a_reason(audit: dict[str, Any]) -> None:
    assert all(reason.strip() for reason in audit["EXCEPTIONS"].values())
