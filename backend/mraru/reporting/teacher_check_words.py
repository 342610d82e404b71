"""What the checks of the LLMs found that label for a project now, in words."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_checks import explain_no_label
from mraru.teachers.servers.server_name import server_name
from mraru.teachers.side_questions.check_findings import CheckFindings


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFigures:
    """The last check of one LLM."""

    name: str  # of the LLM among the project's teachers
    server: str
    at: float  # seconds since 1970
    label: str | None  # that it named
    problem: str  # what is wrong and what to do; empty where it passed
    latency_s: float
    cost_usd: float
    findings: CheckFindings | None


def read_checks(services: Services, project_id: int) -> list[CheckFigures]:
    """The last check of each LLM that is set, in their order; those that were never checked are left out."""
    stored = {(check.server, check.model): check for check in services.store.teacher_checks.list_latest(project_id)}
    figures = []
    for llm in services.settings.llms:
        check = stored.get((server_name(llm.base_url), llm.model))
        if check is None:
            continue
        findings = CheckFindings.load(check.parameters)
        problem = check.problem or ""
        if problem and check.is_answered:
            problem = explain_no_label(problem, findings)
        figures.append(
            CheckFigures(
                name=llm.name,
                server=check.server,
                at=check.at,
                label=check.label,
                problem=problem,
                latency_s=check.latency_s,
                cost_usd=check.cost_usd,
                findings=findings,
            )
        )
    return figures
