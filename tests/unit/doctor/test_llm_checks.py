from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.openai_faults import wrong_key
from fakes.openai_server import OpenAIServer
from mraru.bootstrap.teaching.llm_checks import MOST_USD
from mraru.doctor.budgets import check_budget, check_prices, check_total_budget
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Severity
from mraru.doctor.llm_servers import check_circuits, check_last_checks, check_refused_parameters
from mraru.records import CircuitState, ServerCapabilities, TeacherHealth
from mraru.teachers.servers.server_name import server_name

ExamineProject = Callable[..., Examined]
PRICED = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: text.split()[0]) as running:
        yield running


@pytest.fixture
def llm(server: OpenAIServer) -> dict[str, object]:
    """Settings of the simulated teacher, which is asked nothing by any check."""
    return {"openai_base_url": server.base_url, "openai_api_key": "k", "openai_model": "simulated", **PRICED}


def test_with_a_price_and_room_all_is_well_and_nobody_is_asked(
    examine_project: ExamineProject, server: OpenAIServer, llm: dict[str, object]
) -> None:
    examined = examine_project(**llm, total_max_calls=100)
    checks = (check_prices, check_total_budget, check_budget, check_circuits, check_refused_parameters)
    for check in (*checks, check_last_checks):
        findings = list(check(examined))
        assert [finding for finding in findings if finding.severity is not Severity.INFO] == []
    assert server.n_requests == 0


def test_a_price_that_is_unknown_is_told(examine_project: ExamineProject, llm: dict[str, object]) -> None:
    unpriced = {name: value for name, value in llm.items() if name not in PRICED}
    (finding,) = check_prices(examine_project(**unpriced))
    assert (finding.code, finding.severity, finding.is_blocking) == ("price-unknown", Severity.ERROR, True)
    assert "MRARU_INPUT_USD_PER_MTOK" in finding.message


@pytest.mark.parametrize("setting", ["max_calls", "max_cost_usd", "max_tokens"])
@pytest.mark.parametrize(("prefix", "check"), [("", check_budget), ("total_", check_total_budget)])
def test_a_budget_of_zero_is_told(
    examine_project: ExamineProject, llm: dict[str, object], setting: str, prefix: str, check: Callable[..., object]
) -> None:
    (finding,) = check(examine_project(**llm, **{prefix + setting: 0}))  # type: ignore[misc]
    assert (finding.code, finding.severity) == ("budget-zero", Severity.WARNING)
    assert f"MRARU_{prefix.upper()}{setting.upper()}" in finding.remedy


def test_a_budget_that_is_set_for_the_project_alone_counts(
    examine_project: ExamineProject, llm: dict[str, object]
) -> None:
    examined = examine_project(**llm)
    examined.services.store.project_settings.change(1, {"max_calls": 0})
    (finding,) = check_budget(examined)
    assert finding.code == "budget-zero"


@pytest.mark.parametrize(("n_calls", "codes"), [(2, ["budget-too-small"]), (3, [])])
def test_fewer_calls_than_labels_are_told(
    examine_project: ExamineProject, llm: dict[str, object], n_calls: int, codes: list[str]
) -> None:
    assert [finding.code for finding in check_budget(examine_project(**llm, max_calls=n_calls))] == codes


def test_dollars_that_no_call_fits_in_are_told(
    examine_project: ExamineProject, server: OpenAIServer, llm: dict[str, object]
) -> None:
    (finding,) = check_budget(examine_project(**llm, max_cost_usd=0.00001))
    assert (finding.code, finding.severity) == ("budget-too-small", Severity.WARNING)
    assert "none can be made" in finding.message
    assert server.n_requests == 0


def check_once(examined: Examined) -> None:
    """What `mraru teacher check 1` does."""
    services = examined.services
    (one,) = services.settings.llms
    services.llm_checks.check(1, examined.known_schema, one, most_usd=MOST_USD)


def test_a_budget_that_is_used_up_is_good_to_know(examine_project: ExamineProject, llm: dict[str, object]) -> None:
    examined = examine_project(**llm, max_calls=1)
    check_once(examined)
    (finding,) = check_budget(examined)
    assert (finding.code, finding.severity) == ("budget-used-up", Severity.INFO)


@pytest.mark.parametrize(
    ("circuit", "until", "is_told"),
    [
        (CircuitState.OPEN, 1_000_060.0, True),
        (CircuitState.OPEN, 999_999.0, False),
        (CircuitState.CLOSED, None, False),
    ],
)
def test_a_server_that_is_left_alone_is_told(
    examine_project: ExamineProject, llm: dict[str, object], circuit: CircuitState, until: float | None, is_told: bool
) -> None:
    examined = examine_project(**llm)
    examined.services.store.teacher_health.save(
        TeacherHealth(
            server=server_name(str(llm["openai_base_url"])),
            model="simulated",
            circuit=circuit,
            n_failures=5,
            opened_until=until,
            last_error="answered 503",
        )
    )
    findings = list(check_circuits(examined))
    assert [finding.code for finding in findings] == (["llm-held-back"] if is_told else [])
    assert not is_told or "13:47:40 UTC. The last failure: answered 503" in findings[0].message


def test_what_a_server_refused_is_good_to_know(examine_project: ExamineProject, llm: dict[str, object]) -> None:
    examined = examine_project(**llm)
    server = server_name(str(llm["openai_base_url"]))
    examined.services.store.capabilities.save(
        server, "simulated", ServerCapabilities(refused=("json_schema", "temperature"), found_at=1_000_000.0)
    )
    (finding,) = check_refused_parameters(examined)
    assert (finding.code, finding.severity) == ("llm-refuses-parameters", Severity.INFO)
    assert "json_schema, temperature" in finding.message


def test_an_llm_that_was_never_checked_is_told_with_the_command(
    examine_project: ExamineProject, llm: dict[str, object]
) -> None:
    (finding,) = check_last_checks(examine_project(**llm))
    assert (finding.code, finding.severity) == ("llm-not-checked", Severity.INFO)
    assert "`mraru teacher check 1`" in finding.remedy


def test_the_last_check_is_told(examine_project: ExamineProject, server: OpenAIServer, llm: dict[str, object]) -> None:
    examined = examine_project(**llm)
    check_once(examined)
    (finding,) = check_last_checks(examined)
    assert (finding.code, finding.severity) == ("llm-check-passed", Severity.INFO)
    server.queue(wrong_key(), wrong_key())
    check_once(examined)
    n_requests = server.n_requests
    (finding,) = check_last_checks(examined)
    assert (finding.code, finding.severity) == ("llm-check-failed", Severity.WARNING)
    assert "check OPENAI_API_KEY" in finding.message
    assert server.n_requests == n_requests


def test_that_no_llm_is_set_is_good_to_know(examine_project: ExamineProject) -> None:
    (finding,) = check_last_checks(examine_project())
    assert (finding.code, finding.severity) == ("llm-not-set", Severity.INFO)
