"""Reads what a project's headline is made of."""

from __future__ import annotations

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectSettingInvalid
from mraru.quality.audit.share_estimates import Estimate
from mraru.reporting.audit_figures import AuditFigures, measure_audit
from mraru.reporting.headline.headline import Headline, write_headline
from mraru.reporting.headline.headline_facts import CERTAIN, Known
from mraru.reporting.headline.next_steps import Standing, choose_next_step
from mraru.reporting.project_summary import ProjectSummary
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.store.projects.project_warnings import ProjectWarning, WarningLevel
from mraru.teachers.zero_shot.zero_shot_record import PEOPLE_FIRST


def measure_audit_or_none(services: Services, project_id: int) -> AuditFigures | None:
    """None where the label config or a setting is not supported any more, which the project's state says."""
    try:
        return measure_audit(services, project_id)
    except (LabelConfigError, ProjectSettingInvalid):
        return None


def read_headline(
    services: Services, project: Project, summary: ProjectSummary, audit: AuditFigures | None
) -> Headline:
    """Say in a few sentences how a project stands now.

    Args:
        summary, audit: of the same project; the latter None where nothing can be estimated.
    """
    store, project_id, now = services.store, project.project_id, services.clock()
    settings = _settings_or_servers(services, project_id)
    work = store.open_work.count(project_id)
    right = audit.corpus.overall if audit is not None else None
    target = settings.stop_accuracy
    warnings = [warning for warning in summary.warnings if warning.is_serious]
    has_labels = bool(summary.n_gold) or work.n_unlabelled < work.n_tasks
    standing = Standing(
        state=project.state,
        has_given_up=project.has_given_up,
        is_read=project.synced_at is not None,
        has_tasks=summary.n_tasks > 0,
        has_labels=has_labels,
        has_open_tasks=work.n_tasks > 0,
        is_doubtful=work.n_unlabelled > 0 or any(step.sureness < CERTAIN for step in work.sureness),
        is_measured=right is not None and right.share is not None,
        is_reached=_lowest(right) >= target if target is not None else False,
        is_audit_due=audit is not None and audit.n_waiting > 0 and _is_unknown(audit.corpus.overall, target),
        n_first=0 if not settings.uses_zero_shot else _count_first(summary, audit),
        n_ties=summary.n_ties,
        n_errors=_count(warnings, WarningLevel.ERROR),
        n_warnings=len(warnings),
    )
    return write_headline(
        Known(
            project_id=project_id,
            is_read=standing.is_read,
            next_step=choose_next_step(standing),
            n_tasks=summary.n_tasks,
            n_texts=summary.n_texts,
            n_gold=summary.n_gold,
            n_first=standing.n_first,
            n_ties=summary.n_ties,
            n_warnings=len(warnings),
            n_open=work.n_tasks,
            n_labels_left=work.n_labels,
            n_unlabelled=work.n_unlabelled,
            sureness=work.sureness,
            right=right,
            n_audit_waiting=audit.n_waiting if audit is not None else 0,
            n_turns=audit.n_turns_missing if audit is not None else None,
            n_teacher_labels=audit.n_teacher_labels if audit is not None else 0,
            audit_share=settings.audit_share,
            target=target,
            pace=store.open_work.measure_pace(project_id, now),
            spent_usd=summary.teacher.cost_usd,
            max_cost_usd=summary.teacher.max_cost_usd,
            is_free=settings.uses_zero_shot,
        )
    )


def _lowest(right: Estimate | None) -> float:
    return right.interval[0] if right is not None and right.interval is not None else 0.0


def _is_unknown(right: Estimate, target: float | None) -> bool:
    """Whether nobody can say how many labels are right, or whether those are enough, though they may be."""
    return right.share is None or (target is not None and _lowest(right) < target <= right.share)


def _count_first(summary: ProjectSummary, audit: AuditFigures | None) -> int:
    """How many labels people are still to check before anybody relies on the built-in teacher.

    Only the audit tells how good it is; where no audit is at work, it is enough that people have labelled as many.
    """
    n_checked = audit.n_teacher if audit is not None and (audit.n_waiting or audit.n_teacher) else summary.n_gold
    return max(0, PEOPLE_FIRST - n_checked)


def _settings_or_servers(services: Services, project_id: int) -> Settings:
    """The project's or, where one of them is possible no more, the server's: the project's state says so then."""
    try:
        return services.settings_for(project_id)
    except ProjectSettingInvalid:
        return services.settings


def _count(warnings: list[ProjectWarning], level: WarningLevel) -> int:
    return sum(warning.level is level for warning in warnings)
