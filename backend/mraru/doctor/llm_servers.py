"""How the LLM's server fares, from what is written down: nothing is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.records import CHECKS_PROJECT, CircuitState
from mraru.reporting.teacher_check_words import read_checks
from mraru.teachers.servers.server_name import server_name


def check_circuits(examined: Examined) -> Iterator[Finding]:
    """No server is left alone after failures."""
    _require_record(examined)
    for llm in examined.settings.llms:
        health = examined.services.store.teacher_health.get(server_name(llm.base_url), llm.model)
        until = health.opened_until if health is not None else None
        if health is None or health.circuit is not CircuitState.OPEN or (until or 0.0) <= examined.services.clock():
            continue
        yield Finding(
            code="llm-held-back",
            severity=Severity.WARNING,
            message=f"{llm.model} at {health.server} failed {health.n_failures} times in a row, so it is asked nothing "
            f"before {_say_time(until or 0.0)}. The last failure: {health.last_error}",
            remedy="See to what it says; the backend tries again by itself.",
        )


def check_refused_parameters(examined: Examined) -> Iterator[Finding]:
    """Good to know: what the server did not understand."""
    _require_record(examined)
    for llm in examined.settings.llms:
        server = server_name(llm.base_url)
        known = examined.services.store.capabilities.load(server, llm.model)
        if known is not None and known.refused:
            yield Finding(
                code="llm-refuses-parameters",
                severity=Severity.INFO,
                message=f"{llm.model} at {server} refused {', '.join(known.refused)} (since "
                f"{_say_time(known.found_at)}), so it is asked without.",
            )


def check_last_checks(examined: Examined) -> Iterator[Finding]:
    """The last check of each LLM passed."""
    if examined.settings.brought_teacher is not None:
        yield Finding(
            code="llm-not-checked",
            severity=Severity.INFO,
            message=f"{examined.settings.teacher_name} labels, which another package brings: it is not checked.",
        )
        return
    if not examined.settings.uses_llm:
        yield Finding(
            code="llm-not-set",
            severity=Severity.INFO,
            message="No LLM is set (OPENAI_API_KEY or OPENAI_BASE_URL): the built-in zero-shot teacher labels.",
        )
        return
    _require_record(examined)
    project_id = examined.project_id if examined.has_project else CHECKS_PROJECT
    command = f"`mraru teacher check{f' {project_id}' if examined.has_project else ''}`"
    checks = {(check.server, check.name): check for check in read_checks(examined.services, project_id)}
    for llm in examined.settings.llms:
        check = checks.get((server_name(llm.base_url), llm.name))
        if check is None:
            yield Finding(
                code="llm-not-checked",
                severity=Severity.INFO,
                message=f"{llm.name} was never checked{' for this project' if examined.has_project else ''}.",
                remedy=f"{command} asks it one question, for a cent at most.",
            )
        elif check.problem:
            yield Finding(
                code="llm-check-failed",
                severity=Severity.WARNING,
                message=f"The last check of {check.name} at {check.server} ({_say_time(check.at)}) failed: "
                f"{check.problem}",
                remedy=f"See to that, then {command}.",
            )
        else:
            yield Finding(
                code="llm-check-passed",
                severity=Severity.INFO,
                message=f"The last check of {check.name} at {check.server} ({_say_time(check.at)}) passed, in "
                f"{check.latency_s:.1f} s. {command} asks anew.",
            )


def require_llm(examined: Examined) -> None:
    """See that there is an LLM.

    Raises:
        NothingToExamine: none is set.
    """
    if not examined.settings.uses_llm:
        raise NothingToExamine("no LLM is set")


def _require_record(examined: Examined) -> None:
    """See that there is an LLM and that what became of it may have been written down.

    Raises:
        NothingToExamine: not so.
    """
    require_llm(examined)
    if not examined.is_store_usable:
        raise NothingToExamine("there is no store that can be read")


def _say_time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
