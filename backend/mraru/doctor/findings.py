"""What the doctor found, and what it could not look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"  # good to know
    WARNING = "warning"  # it works, less well than it could
    ERROR = "error"  # something does not work


EXIT_CODES = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is so, and what to do about it."""

    code: str  # for programs: stays the same when the words change
    severity: Severity
    message: str  # what is so
    remedy: str = ""  # what to do; empty where there is nothing to do, or the message says it
    is_blocking: bool = False  # what needs this check cannot be looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check that was made."""

    name: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A check that could not be made."""

    name: str
    because_of: str  # the check that must pass first


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexamined:
    """A check that had nothing to look at."""

    name: str
    why: str


class NothingToExamine(Exception):
    """Raised by a check that has nothing to look at; its message says why. What needs the check is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that came of an examination, in the order of the checks."""

    project_id: int | None
    checked: tuple[Checked, ...]
    skipped: tuple[Skipped, ...]
    unexamined: tuple[Unexamined, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for checked in self.checked for finding in checked.findings)

    @property
    def exit_code(self) -> int:
        """0: nothing is wrong; 1: warnings; 2: errors.

        >>> Report(project_id=None, checked=(), skipped=()).exit_code
        0
        """
        return max((EXIT_CODES[finding.severity] for finding in self.findings), default=0)
