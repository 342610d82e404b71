from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fakes.examined import WELL, with_studio
from fakes.label_studio_connected import FakeRegistrations
from fakes.services import MakeServices
from mraru.doctor import Finding, Report, Severity, examine
from mraru.doctor.all_checks import ADDRESS, CHECKS, THERE, TOKEN, Check
from mraru.doctor.examined import Examined
from mraru.doctor.findings import NothingToExamine
from mraru.errors import LabelStudioUnreachable, SettingsError
from mraru.settings import Settings

NOBODY = "http://127.0.0.1:9"


def found(severity: Severity, *, is_blocking: bool = False) -> Finding:
    return Finding(code="a-code", severity=severity, message="Something is so.", is_blocking=is_blocking)


def examine_with(new_services: MakeServices, *checks: Check, project_id: int | None = None) -> Report:
    services = new_services()
    return examine(
        lambda: services.settings,
        project_id,
        make_services=lambda settings: services,
        look_at_machine=lambda folder: WELL,
        checks=checks,
    )


def check_finding(*findings: Finding) -> Check:
    return Check(name="first", look=lambda examined: findings)


def test_every_check_has_a_name_of_its_own_and_needs_only_earlier_ones() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for position, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:position])
        assert check.of_project or not any(needed.of_project for needed in CHECKS if needed.name in check.needs)


@pytest.mark.parametrize(
    ("severities", "exit_code"),
    [
        ([], 0),
        ([Severity.INFO], 0),
        ([Severity.INFO, Severity.WARNING], 1),
        ([Severity.ERROR, Severity.WARNING], 2),
    ],
)
def test_the_exit_code_is_that_of_the_worst_finding(
    new_services: MakeServices, severities: list[Severity], exit_code: int
) -> None:
    report = examine_with(new_services, check_finding(*map(found, severities)))
    assert report.exit_code == exit_code


def test_settings_that_cannot_be_read_are_the_one_finding_and_everything_else_is_skipped() -> None:
    def load() -> Settings:
        raise SettingsError("PORT: must be a number")

    report = examine(load, 3)
    assert [(finding.code, finding.message) for finding in report.findings] == [
        ("settings-invalid", "PORT: must be a number")
    ]
    assert report.exit_code == 2
    assert len(report.skipped) == len(CHECKS)
    assert {row.because_of for row in report.skipped} == {"settings"}


def test_what_needs_a_failed_check_is_skipped_with_the_first_cause(new_services: MakeServices) -> None:
    report = examine_with(
        new_services,
        check_finding(found(Severity.ERROR, is_blocking=True)),
        Check(name="second", look=lambda examined: [], needs=("first",)),
        Check(name="third", look=lambda examined: [], needs=("second",)),
        Check(name="fourth", look=lambda examined: []),
    )
    assert [(row.name, row.because_of) for row in report.skipped] == [("second", "first"), ("third", "first")]
    assert [row.name for row in report.checked] == ["settings", "first", "fourth"]


def test_a_finding_that_blocks_nothing_lets_the_rest_be_made(new_services: MakeServices) -> None:
    second = Check(name="second", look=lambda examined: [], needs=("first",))
    report = examine_with(new_services, check_finding(found(Severity.ERROR)), second)
    assert report.skipped == ()


def test_a_label_studio_that_falls_silent_is_told_once(new_services: MakeServices) -> None:
    def fall_silent(examined: Examined) -> Iterator[Finding]:
        yield found(Severity.WARNING)
        raise LabelStudioUnreachable("It is gone.")

    report = examine_with(
        new_services,
        Check(name="first", look=fall_silent, asks=True),
        Check(name="second", look=fall_silent, asks=True),
        Check(name="third", look=lambda examined: []),
    )
    assert [finding.code for finding in report.findings] == ["a-code", "label-studio-unreachable"]
    assert [(row.name, row.because_of) for row in report.skipped] == [("second", "first")]


def test_a_check_without_a_subject_is_not_said_to_be_well_and_what_needs_it_is_made(new_services: MakeServices) -> None:
    def look(examined: Examined) -> Iterator[Finding]:
        raise NothingToExamine("there is none")
        yield

    second = Check(name="second", look=lambda examined: [], needs=("first",))
    report = examine_with(new_services, Check(name="first", look=look), second)
    assert [(row.name, row.why) for row in report.unexamined] == [("first", "there is none")]
    assert [row.name for row in report.checked] == ["settings", "second"]
    assert (report.skipped, report.exit_code) == ((), 0)


def test_in_a_fresh_folder_nothing_of_an_llm_or_a_worker_is_said_to_be_well(new_services: MakeServices) -> None:
    services = new_services(backend_url=NOBODY)
    services.store.close()
    services.store_path.unlink()
    report = examine(
        lambda: services.settings,
        make_services=lambda settings: services,
        look_at_machine=lambda folder: replace(WELL, free_bytes=None),
    )
    assert {row.name: row.why for row in report.unexamined} == {
        "disk": "how much is free cannot be seen",
        "worker": "no backend has kept anything in MODEL_DIR",
        "prices": "no LLM is set",
        "LLM's server": "no LLM is set",
        "LLM's parameters": "no LLM is set",
    }
    assert "llm-not-set" in {finding.code for finding in report.findings}


def test_a_fault_of_a_check_hides_no_other(new_services: MakeServices) -> None:
    def fail(examined: Examined) -> Iterator[Finding]:
        raise ZeroDivisionError("a text of a task")

    report = examine_with(
        new_services, Check(name="first", look=fail), Check(name="second", look=lambda examined: [found(Severity.INFO)])
    )
    assert [finding.code for finding in report.findings] == ["check-failed", "a-code"]
    assert "ZeroDivisionError" in report.findings[0].message
    assert "a text of a task" not in report.findings[0].message


def test_checks_of_a_project_are_made_for_one_alone(new_services: MakeServices) -> None:
    of_project = Check(name="first", look=lambda examined: [found(Severity.INFO)], of_project=True)
    assert examine_with(new_services, of_project).findings == ()
    assert len(examine_with(new_services, of_project, project_id=1).findings) == 1


def test_a_label_studio_that_is_not_there_is_one_finding_and_what_needs_it_is_skipped(
    new_services: MakeServices,
) -> None:
    services = new_services(label_studio_url=NOBODY, backend_url=NOBODY)
    report = examine(
        lambda: services.settings,
        1,
        make_services=lambda settings: services,
        look_at_machine=lambda folder: WELL,
    )
    codes = [finding.code for finding in report.findings]
    assert codes.count("label-studio-unreachable") == 1
    assert {TOKEN, THERE, "texts", "webhook"} <= {row.name for row in report.skipped if row.because_of == ADDRESS}


def test_of_a_connected_project_that_is_well_only_what_is_outside_the_test_is_told(
    new_services: MakeServices, studio: FakeRegistrations
) -> None:
    services = with_studio(new_services(), studio)
    outside = {"Label Studio's settings", ADDRESS, "clocks", "worker", "backend's address"}
    inside = [check for check in CHECKS if check.name not in outside]
    report = examine(
        lambda: services.settings,
        1,
        make_services=lambda settings: services,
        look_at_machine=lambda folder: WELL,
        checks=inside,
    )
    assert [(finding.code, finding.severity) for finding in report.findings] == [("llm-not-set", Severity.INFO)]
    assert report.skipped == ()
    assert report.exit_code == 0


def test_an_examination_changes_nothing_in_label_studio(new_services: MakeServices, studio: FakeRegistrations) -> None:
    services = with_studio(new_services(), studio)
    asked: list[str] = []
    studio.before_call = asked.append
    examine(
        lambda: services.settings,
        1,
        make_services=lambda settings: services,
        look_at_machine=lambda _: WELL,
        checks=[check for check in CHECKS if check.name not in ("Label Studio's settings", ADDRESS)],
    )
    assert asked
    assert all(call.split("_")[0] in ("find", "describe", "list", "hides", "count") for call in asked)
