from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fakes.clocks import HandClock
from fakes.examined import WELL
from fakes.odd_server import odd_server
from fakes.services import MakeServices
from mraru.doctor.examined import Examined
from mraru.doctor.findings import NothingToExamine, Severity
from mraru.doctor.label_studio.address import check_address, check_address_set, check_clocks

VERSION = json.dumps({"release": "1.23.2", "label-studio-os-package": {"version": "1.23.2"}})
NOBODY = "http://127.0.0.1:9"


def test_without_an_address_no_project_can_be_worked_on(new_services: MakeServices) -> None:
    (finding,) = check_address_set(Examined(new_services(), WELL, None))
    assert (finding.code, finding.severity, finding.is_blocking) == ("label-studio-not-set", Severity.ERROR, True)
    assert list(check_address_set(Examined(new_services(label_studio_url=NOBODY), WELL, None))) == []


def test_what_came_with_setup_is_used_where_that_is_allowed(new_services: MakeServices) -> None:
    services = new_services(allow_setup_token=True)
    services.store.projects.connect(
        1, label_config="<View/>", hostname="http://there", access_token="0123", backend_url=None
    )
    examined = Examined(services, WELL, 1)
    examined.is_store_usable = True
    assert list(check_address_set(examined)) == []
    assert (examined.label_studio_url, examined.token) == ("http://there", "0123")


def test_label_studio_is_known_by_its_version(new_services: MakeServices) -> None:
    asked = []
    with odd_server(lambda path: (asked.append(path) or 200, VERSION)) as url:
        examined = Examined(new_services(label_studio_url=url), WELL, None)
        assert list(check_address(examined)) == []
    assert asked == ["/api/version/"]
    assert examined.date_there


@pytest.mark.parametrize(
    ("is_container", "url", "code"),
    [
        (False, NOBODY, "label-studio-unreachable"),
        (True, NOBODY, "localhost-in-container"),
        (True, "http://nobody.invalid:8080", "label-studio-unreachable"),
    ],
)
def test_an_address_where_nobody_answers_is_told(
    new_services: MakeServices, is_container: bool, url: str, code: str
) -> None:
    machine = replace(WELL, is_container=is_container)
    (finding,) = check_address(Examined(new_services(label_studio_url=url), machine, None))
    assert (finding.code, finding.is_blocking) == (code, True)
    assert url in finding.message


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_proxy_before_a_dead_label_studio_is_told(new_services: MakeServices, status: int) -> None:
    with odd_server(lambda path: (status, "<html>")) as url:
        (finding,) = check_address(Examined(new_services(label_studio_url=url), WELL, None))
    assert finding.code == "label-studio-unreachable"
    assert str(status) in finding.message


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>"), (200, "[]"), (200, '{"status": "UP"}'), (404, VERSION), (401, "{}")]
)
def test_what_answers_there_and_is_no_label_studio_is_told(new_services: MakeServices, status: int, body: str) -> None:
    with odd_server(lambda path: (status, body)) as url:
        (finding,) = check_address(Examined(new_services(label_studio_url=url), WELL, None))
    assert (finding.code, finding.is_blocking) == ("no-label-studio", True)


@pytest.mark.parametrize(("ahead_s", "said"), [(0, None), (60, None), (61, "ahead of"), (-3600, "behind")])
def test_clocks_that_are_apart_are_told(
    new_services: MakeServices, clock: HandClock, ahead_s: int, said: str | None
) -> None:
    examined = Examined(new_services(), WELL, None)
    examined.date_there = "Sun, 29 Nov 2026 09:00:00 GMT"
    clock.now = 1_795_942_800.0 - ahead_s
    findings = list(check_clocks(examined))
    assert [(finding.code, finding.severity) for finding in findings] == (
        [("clocks-apart", Severity.WARNING)] if said else []
    )
    assert not said or said in findings[0].message


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_label_studio_that_tells_no_time_has_no_clock_to_look_at(
    new_services: MakeServices, date: str | None
) -> None:
    examined = Examined(new_services(), WELL, None)
    examined.date_there = date
    with pytest.raises(NothingToExamine):
        list(check_clocks(examined))
