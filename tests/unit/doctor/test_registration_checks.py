from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.label_studio_connected import OWN_URL, FakeRegistrations, hooked, registered
from mraru.cli.label_studio.connect_words import TITLE as CONNECT_TITLE
from mraru.doctor.examined import TITLE, Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.doctor.label_studio.registration import (
    check_backends,
    check_project_here,
    check_project_there,
    check_webhooks,
)
from mraru.errors import LabelStudioRefused, LabelStudioUnreachable
from mraru.labelstudio.connecting.connection import SECRET_HEADER

ExamineProject = Callable[..., Examined]
FORMER = "http://192.0.2.7:9090"
BLOCKED = "URL resolves to a reserved network address (block: 127.0.0.0/8)"


def codes(findings: list[Finding]) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_the_title_is_the_one_that_connect_gives() -> None:
    assert TITLE == CONNECT_TITLE


def test_a_project_that_is_connected_as_it_should_be_is_well(examine_project: ExamineProject) -> None:
    examined = examine_project()
    for check in (check_project_there, check_project_here, check_backends, check_webhooks):
        assert list(check(examined)) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LabelStudioRefused("no such thing", status=404), "project-missing"),
        (LabelStudioRefused("not allowed", status=403), "token-powerless"),
        (LabelStudioUnreachable("it is gone"), "label-studio-unreachable"),
    ],
)
@pytest.mark.parametrize("call", ["describe_project", "list_backends", "list_webhooks"])
def test_a_project_that_cannot_be_seen_is_told(
    examine_project: ExamineProject, studio: FakeRegistrations, call: str, error: Exception, code: str
) -> None:
    examined = examine_project()

    def fail(name: str) -> None:
        if name == call:
            raise error

    studio.before_call = fail
    examined.there = None
    (finding,) = check_project_there(examined)
    assert (finding.code, finding.is_blocking) == (code, True)
    assert examined.there is None


def test_a_project_that_this_backend_does_not_know_is_told(examine_project: ExamineProject) -> None:
    examined = examine_project()
    other = Examined(examined.services, examined.machine, 2)
    other.is_store_usable, other.there = True, examined.there
    (finding,) = check_project_here(other)
    assert (finding.code, finding.is_blocking) == ("project-unknown-here", True)
    assert finding.remedy.startswith("Run `mraru connect 2`")

    other.there = None  # it could not be asked
    (finding,) = check_project_here(other)
    assert finding.remedy.startswith("If Label Studio has it, run `mraru connect 2`")


@pytest.mark.parametrize("is_known", [True, False])
def test_to_connect_what_label_studio_does_not_have_is_no_remedy(
    examine_project: ExamineProject, studio: FakeRegistrations, is_known: bool
) -> None:
    examined = examine_project()
    if not is_known:
        examined = Examined(examined.services, examined.machine, 99)
        examined.is_store_usable = True
    examined.there = None
    studio.is_gone = True
    (there,) = check_project_there(examined)
    here = list(check_project_here(examined))
    assert (there.code, there.is_blocking) == ("project-missing", True)
    assert ("`mraru forget 1`" in there.remedy) == is_known
    assert codes(here) == ([] if is_known else [("project-unknown-here", Severity.INFO)])
    assert "connect" not in there.remedy + "".join(finding.remedy for finding in here)
    assert all(finding.is_blocking for finding in here)


def test_a_project_that_was_disconnected_is_told(examine_project: ExamineProject) -> None:
    examined = examine_project()
    examined.services.store.projects.disconnect(1)
    assert codes(list(check_project_here(examined))) == [("project-disconnected", Severity.WARNING)]


def test_a_project_of_another_label_studio_is_told(examine_project: ExamineProject) -> None:
    examined = examine_project()
    there = examined.known_there
    later = replace(there.description, created_at="2026-06-01T00:00:00Z")
    examined.there = replace(there, description=later)
    (finding,) = check_project_here(examined)
    assert (finding.code, finding.is_blocking) == ("project-replaced", True)


@pytest.mark.parametrize(
    ("backends", "code", "severity"),
    [
        ([], "backend-not-registered", Severity.ERROR),
        ([registered(), registered(backend_id=8)], "backend-doubled", Severity.WARNING),
        ([registered(), registered(OWN_URL + "/", backend_id=8)], "backend-doubled", Severity.WARNING),
        ([registered(), registered(FORMER)], "backend-former-address", Severity.WARNING),
        ([registered(is_connected=False, error_message="timed out")], "backend-not-reached", Severity.ERROR),
        ([registered(is_connected=False, error_message=BLOCKED)], "backend-address-blocked", Severity.ERROR),
    ],
    ids=["none", "twice", "twice with slash", "former", "silent", "blocked"],
)
def test_what_is_wrong_with_its_registration_is_told(
    examine_project: ExamineProject,
    studio: FakeRegistrations,
    backends: list[object],
    code: str,
    severity: Severity,
) -> None:
    studio.backends = backends  # type: ignore[assignment]
    (finding,) = check_backends(examine_project())
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.remedy


@pytest.mark.parametrize("code", ["backend-not-registered", "backend-address-blocked", "webhook-missing"])
def test_where_a_protection_may_be_the_reason_its_settings_are_named(
    examine_project: ExamineProject, studio: FakeRegistrations, code: str
) -> None:
    studio.webhooks = []
    if code == "backend-not-registered":
        studio.backends = []
    elif code == "backend-address-blocked":
        studio.backends = [registered(is_connected=False, error_message=BLOCKED)]
    examined = examine_project()
    check = check_webhooks if code == "webhook-missing" else check_backends
    found = {finding.code: finding for finding in check(examined)}
    for setting in ("ML_BLOCK_LOCAL_IP=false", "SSRF_PROTECTION_ENABLED=false", "USE_DEFAULT_BANNED_SUBNETS=false"):
        assert setting in found[code].remedy


def test_another_teams_backend_is_none_of_our_business(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    studio.backends.append(registered(FORMER, title="NER"))
    studio.webhooks.append(hooked(FORMER, headers={}))
    examined = examine_project()
    assert [*check_backends(examined), *check_webhooks(examined)] == []


def test_the_address_by_which_label_studio_called_counts_where_none_is_set(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    studio.backends, studio.webhooks = [registered(FORMER)], [hooked(FORMER)]
    examined = examine_project()
    called = {"label_config": studio.label_config, "hostname": None, "access_token": None}
    examined.services.store.projects.connect(1, backend_url=FORMER, **called)
    assert [*check_backends(examined), *check_webhooks(examined)] == []


@pytest.mark.parametrize(
    ("webhooks", "code", "severity"),
    [
        ([], "webhook-missing", Severity.ERROR),
        ([hooked(), hooked(webhook_id=4)], "webhook-doubled", Severity.WARNING),
        ([hooked(is_active=False)], "webhook-inactive", Severity.ERROR),
        ([hooked(sends_payload=False)], "webhook-without-payload", Severity.ERROR),
        ([hooked(headers={})], "webhook-without-secret", Severity.WARNING),
        ([hooked(headers={SECRET_HEADER: "a former one"})], "webhook-without-secret", Severity.WARNING),
        ([hooked(), hooked(FORMER, webhook_id=4)], "webhook-former-address", Severity.WARNING),
    ],
    ids=["none", "twice", "off", "empty", "no secret", "another secret", "former"],
)
def test_what_is_wrong_with_its_webhook_is_told(
    examine_project: ExamineProject,
    studio: FakeRegistrations,
    webhooks: list[object],
    code: str,
    severity: Severity,
) -> None:
    studio.webhooks = webhooks  # type: ignore[assignment]
    (finding,) = check_webhooks(examine_project())
    assert (finding.code, finding.severity) == (code, severity)
    assert "a former one" not in finding.message


def test_without_a_registration_a_missing_webhook_is_not_told_besides(
    examine_project: ExamineProject, studio: FakeRegistrations
) -> None:
    studio.backends, studio.webhooks = [], []
    with pytest.raises(NothingToExamine, match="not registered"):
        list(check_webhooks(examine_project()))
