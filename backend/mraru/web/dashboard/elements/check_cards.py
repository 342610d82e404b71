"""What the check of each LLM found, until the first round is done and its own figures say more."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.reporting.teacher_check_words import CheckFigures
from mraru.web.dashboard.elements.cards import make_notice, make_words
from mraru.web.dashboard.elements.spelling import spell_time, spell_usd


def make_checks(checks: Sequence[CheckFigures], project_id: int) -> list[Component]:
    """A notice for each LLM that was checked."""
    notices: list[Component] = []
    for check in checks:
        who, at = f"{check.name} at {check.server}", html.P(f"Checked {spell_time(check.at)}.")
        if check.problem:
            again = f"`mraru teacher check {project_id}` asks again."
            said = html.P(make_words(f"{check.problem} {again}"))
            notices.append(make_notice("error", f"The check of {who} failed.", said, at))
            continue
        findings = check.findings
        how = f", restricted by {findings.answer_format}" if findings is not None else ""
        answered = f"It answered '{check.label}' in {check.latency_s:.1f} s{how}, for {spell_usd(check.cost_usd)}."
        doubt = findings.usage_doubt if findings is not None else ""
        counted = f" Its counts of tokens cannot be believed: {doubt}." if doubt else ""
        notices.append(
            make_notice("warning" if doubt else "info", f"{who} works.", html.P(make_words(answered + counted)), at)
        )
    return notices
