"""`mraru doctor`: what is wrong and what to do, in colours or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from mraru import __version__
from mraru.cli.teacher.prompt_display import make_printable
from mraru.doctor import Finding, Report, Severity, examine
from mraru.doctor.all_checks import BEFORE_CONNECTING
from mraru.errors import LabelStudioError
from mraru.quantities import spell_quantity
from mraru.settings import Settings

SIGNS = {Severity.ERROR: ("✗", "bold red"), Severity.WARNING: ("!", "bold yellow"), Severity.INFO: ("i", "cyan")}
NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

WARNED_OF = ("clocks-apart", "backend-is-another", "backend-address-local")  # before connecting


def run_doctor(
    load_settings: Callable[[], Settings],
    project_id: int | None,
    *,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Examine, print, and return the exit code: 0 nothing is wrong, 1 warnings, 2 errors."""
    console = console or Console(highlight=False, markup=False, emoji=False)
    report = examine(load_settings, project_id)
    if as_json:
        console.print(describe_as_json(report), soft_wrap=True)
    else:
        print_report(report, console)
    return report.exit_code


def look_before_connecting(settings: Settings, backend_url: str | None, console: Console | None = None) -> None:
    """See that Label Studio can be asked, and warn of what else is odd about the two addresses.

    Whether Label Studio reaches the backend is left to Label Studio, which looks for itself.

    Args:
        backend_url: as Label Studio is to reach this backend; None: as the settings say.

    Raises:
        LabelStudioError: no Label Studio answers, or it refuses the token; what to do is said.
    """
    if settings.label_studio_url is None:
        return  # which connecting says itself
    if backend_url is not None:
        settings = settings.model_copy(update={"backend_url": backend_url})
    report = examine(lambda: settings, checks=BEFORE_CONNECTING)
    for finding in report.findings:
        if finding.is_blocking:
            raise LabelStudioError(f"{finding.message} What to do: {finding.remedy}")
    console = console or Console(highlight=False, markup=False, emoji=False)
    for finding in report.findings:
        if finding.code in WARNED_OF:
            _print(console, _describe(finding))


def print_report(report: Report, console: Console) -> None:
    """The worst first; then what is well, and what was not looked at."""
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        for finding in report.findings:
            if finding.severity is severity:
                _print(console, _describe(finding))
    passed = [checked.name for checked in report.checked if not checked.findings]
    if passed:
        _print(console, Text.assemble(("✓ ", "bold green"), f"Well: {', '.join(passed)}."))
    for why in dict.fromkeys(row.why for row in report.unexamined):
        names = ", ".join(row.name for row in report.unexamined if row.why == why)
        _print(console, Text.assemble(("- ", "bold"), f"Nothing to look at, as {why}: {names}.", style="dim"))
    for cause in dict.fromkeys(row.because_of for row in report.skipped):
        names = ", ".join(row.name for row in report.skipped if row.because_of == cause)
        line = Text.assemble(("- ", "bold"), f"Not looked at, because of '{cause}': {names}.", style="dim")
        _print(console, line)
    _print(console, Text(summarize(report), style="bold"))


def describe_as_json(report: Report) -> str:
    """Everything in the report, for programs."""
    told = {
        "version": __version__,
        "project": report.project_id,
        "exit_code": report.exit_code,
        "findings": [
            {
                "check": checked.name,
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
                "remedy": finding.remedy,
            }
            for checked in report.checked
            for finding in checked.findings
        ],
        "passed": [checked.name for checked in report.checked if not checked.findings],
        "nothing_to_look_at": [{"check": row.name, "why": row.why} for row in report.unexamined],
        "skipped": [{"check": row.name, "because_of": row.because_of} for row in report.skipped],
    }
    return json.dumps(told, ensure_ascii=True, indent=2)


def summarize(report: Report) -> str:
    """How many findings of each kind.

    >>> summarize(Report(project_id=None, checked=(), skipped=()))
    'Nothing is wrong. 0 checks made.'
    """
    counts = []
    for severity, noun in NOUNS.items():
        n_found = sum(finding.severity is severity for finding in report.findings)
        if n_found:
            counts.append(spell_quantity(n_found, noun))
    found = f"{', '.join(counts)}. " if report.exit_code else f"Nothing is wrong{_among(counts)}. "
    n_left_out = len(report.skipped) + len(report.unexamined)
    left_out = f", {n_left_out} left out" if n_left_out else ""
    return f"{found}{spell_quantity(len(report.checked), 'check')} made{left_out}."


def _print(console: Console, text: Text) -> None:
    """Wrapped between words on a terminal; one line for a file or a pipe."""
    console.print(text, soft_wrap=not console.is_terminal)


def _among(counts: list[str]) -> str:
    return f" ({', '.join(counts)})" if counts else ""


def _describe(finding: Finding) -> Text:
    sign, style = SIGNS[finding.severity]
    text = Text.assemble((f"{sign} ", style), make_printable(finding.message), (f" [{finding.code}]", "dim"))
    if finding.remedy:
        text.append("\n  What to do: ", style="bold")
        text.append(make_printable(finding.remedy))
    return text
