"""Makes every check, leaves out those whose ground is missing, and lets no failure of a check end the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from mraru.bootstrap import Services
from mraru.doctor.all_checks import CHECKS, SETTINGS, Check
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Checked, Finding, NothingToExamine, Report, Severity, Skipped, Unexamined
from mraru.doctor.machine import Machine, read_machine
from mraru.errors import LabelStudioUnreachable, MRaruError, SettingsError
from mraru.settings import Settings

logger = logging.getLogger(__name__)

SILENT = "label-studio-unreachable"  # code of a finding: it is said once


def examine(
    load_settings: Callable[[], Settings],
    project_id: int | None = None,
    *,
    make_services: Callable[[Settings], Services] = Services,
    look_at_machine: Callable[..., Machine] = read_machine,
    checks: Sequence[Check] = CHECKS,
) -> Report:
    """Look at everything; raises nothing of what it meets.

    Args:
        load_settings: what reads them; that it cannot is a finding.
        project_id: whose checks are made too; None: those of the installation alone.
    """
    wanted = [check for check in checks if project_id is not None or not check.of_project]
    try:
        settings = load_settings()
        _ = settings.llms  # reads MRARU_TEACHERS_FILE
    except SettingsError as exc:
        invalid = Finding(
            code="settings-invalid",
            severity=Severity.ERROR,
            message=str(exc),
            remedy="Change it in the environment or in the file .env of this folder; `mraru settings` says what each "
            "setting means.",
            is_blocking=True,
        )
        return Report(
            project_id=project_id,
            checked=(Checked(name=SETTINGS, findings=(invalid,)),),
            skipped=tuple(Skipped(name=check.name, because_of=SETTINGS) for check in wanted),
        )
    examined = Examined(make_services(settings), look_at_machine(settings.model_dir), project_id)
    try:
        return _make_checks(examined, project_id, wanted)
    finally:
        examined.services.close_clients()


def _make_checks(examined: Examined, project_id: int | None, wanted: Sequence[Check]) -> Report:
    checked, skipped, unexamined = [Checked(name=SETTINGS, findings=())], [], []
    failed: dict[str, str] = {}  # checks that cannot be built on, and the first that failed
    silent: str | None = None  # the check at which Label Studio did not answer
    for check in wanted:
        cause = next((failed[name] for name in check.needs if name in failed), silent if check.asks else None)
        if cause is not None:
            failed[check.name] = cause
            skipped.append(Skipped(name=check.name, because_of=cause))
            continue
        try:
            made = Checked(name=check.name, findings=_look(check, examined))
        except NothingToExamine as exc:
            unexamined.append(Unexamined(name=check.name, why=str(exc)))
            continue
        checked.append(made)
        if any(finding.is_blocking for finding in made.findings):
            failed[check.name] = check.name
        if any(finding.code == SILENT for finding in made.findings):
            silent = silent or check.name
    return Report(project_id=project_id, checked=tuple(checked), skipped=tuple(skipped), unexamined=tuple(unexamined))


def _look(check: Check, examined: Examined) -> tuple[Finding, ...]:
    """What a check finds; a failure of it is a finding.

    Raises:
        NothingToExamine: the check has nothing to look at.
    """
    found: list[Finding] = []
    try:
        for finding in check.look(examined):
            found.append(finding)
    except NothingToExamine:
        raise
    except MRaruError as exc:
        is_silent = isinstance(exc, LabelStudioUnreachable)
        found.append(
            Finding(
                code=SILENT if is_silent else "check-failed",
                severity=Severity.ERROR,
                message=f"This could not be looked at: {exc}",
                is_blocking=True,
            )
        )
    except Exception as exc:  # a fault of ours must not hide what else is wrong
        logger.debug("the check %r failed", check.name, exc_info=exc, extra={"event": "check_failed"})
        found.append(
            Finding(
                code="check-failed",
                severity=Severity.ERROR,
                message=f"This could not be looked at: an unexpected {type(exc).__name__}.",
                remedy="Please report it, with what LOG_LEVEL=DEBUG says.",
                is_blocking=True,
            )
        )
    return tuple(found)
