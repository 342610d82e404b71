"""`mraru teacher check` and the check of `mraru connect`, against the simulated teacher's server."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio
from fakes.openai_faults import (
    Fault,
    OddAnswer,
    RawBody,
    quota_used_up,
    server_error,
    text_too_long,
    unknown_model,
    unwelcome_parameter,
    wrong_key,
)
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.budget_records import CostGroup
from mraru.cli.label_studio.connect_check import ConnectCheck
from mraru.cli.money.cost_report import report_costs
from mraru.cli.teacher.teacher_check import NO_LLM, check_teachers
from mraru.errors import ProjectBusy
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import CHECK_PROMPT, CHECKS_PROJECT

KEY = "own-token-0123456789"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: text.split()[0]) as running:
        yield running


@pytest.fixture
def settings(server: OpenAIServer) -> dict[str, object]:
    return {
        "openai_base_url": server.base_url,
        "openai_api_key": KEY,
        "openai_model": "simulated",
        "input_usd_per_mtok": 1.0,
        "output_usd_per_mtok": 2.0,
        "teacher_check": True,
    }


def with_project(services: Services) -> Services:
    studio = FakeLabelStudio(["sport 1", "tech 2"])
    sync_project(services.store, studio, 1, services.clock)
    services.label_studio = lambda project_id=None: studio  # type: ignore[assignment,method-assign,misc]
    return services


def check(services: Services, project_id: int | None = None, *, yes: bool = False) -> tuple[bool, dict[str, str], str]:
    """Whether all passed, the facts of the last LLM by name, and everything that was printed."""
    screen = Console(file=StringIO(), width=400, highlight=False, markup=False, soft_wrap=True)
    is_passed = check_teachers(services, project_id, yes=yes, console=screen)
    assert isinstance(screen.file, StringIO)
    printed = screen.file.getvalue()
    named = (line.strip().split(":", 1) for line in printed.splitlines() if line.startswith("  "))
    return is_passed, {name: said.strip() for name, said in named}, printed


def test_a_check_says_what_the_server_understands_and_is_one_booked_question(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    server.models = [{"id": "other", "max_model_len": 1}, {"id": "simulated", "max_model_len": 8192}]
    services = with_project(new_services(**settings))
    is_passed, facts, printed = check(services, 1)
    assert is_passed
    assert f"simulated at {server.base_url}: works" in printed
    assert (facts["reachable"], facts["key"]) == ("yes", "accepted")
    assert facts["answer"].startswith("'sport' in ")
    assert facts["answer format"] == "json_schema"
    assert facts["token probabilities"] == "given"
    assert facts["several answers"] == "at once (n)"
    assert facts["limit of answers"] == "max_tokens"
    assert facts["temperature"] == "taken"
    assert facts["reasoning"] == "none that shows"
    assert facts["context"] == "8,192 tokens"
    assert facts["tokens"].endswith("for the answers; believable")
    assert facts["price"] == "$1 per million prompt tokens, $2 per million answer tokens, as set in the settings"
    (request,) = server.requests
    assert request.authorization == f"Bearer {KEY}"
    assert "sport 1" not in str(request.body)  # no text of the project
    (line,) = services.store.costs.list_by(CostGroup.PROMPT)
    assert str(line.key[2]).startswith(CHECK_PROMPT)
    assert (line.key[0], line.n_answered) == (1, 1)
    assert 0 < line.cost_usd < 0.01
    assert f"${line.cost_usd:.6f}" in facts["cost"]
    assert services.store.costs.count_asked(1) == 0  # no text of its own was asked about
    assert KEY not in printed


def test_a_check_without_a_project_asks_about_made_up_labels(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    services = new_services(**settings)
    is_passed, facts, printed = check(services)
    assert is_passed
    assert facts["answer"].startswith("'Weather'")
    assert "booked on no project" in printed
    assert services.store.ledger.spending(CHECKS_PROJECT).n_calls == 1
    assert services.store.ledger.total_spending().n_calls == 1
    report = Console(file=StringIO(), width=250)
    report_costs(services, console=report)
    assert isinstance(report.file, StringIO)
    assert "no project" in report.file.getvalue()


def test_a_project_whose_label_config_is_not_known_is_asked_about_made_up_labels(
    new_services: MakeServices, settings: dict[str, object]
) -> None:
    services = new_services(**settings)
    is_passed, _, printed = check(services, 7)
    assert is_passed
    assert "the project's own are not known" in printed
    assert services.store.ledger.spending(7).n_calls == 1


def test_each_check_asks_anew(new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]) -> None:
    services = with_project(new_services(**settings))
    assert check(services, 1)[0]
    assert check(services, 1)[0]
    assert server.n_requests == 2


def test_what_the_server_refuses_is_said_and_remembered(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    server.unwelcome_parameters = {"logprobs", "n", "temperature", "max_tokens"}
    server.unwelcome_formats = {"json_schema"}
    services = with_project(new_services(**settings))
    is_passed, facts, _ = check(services, 1)
    assert is_passed
    assert facts["answer format"] == "tool"
    assert facts["limit of answers"] == "max_completion_tokens"
    assert facts["temperature"].startswith("refused")
    assert facts["token probabilities"].startswith("not given")
    assert facts["several answers"].startswith("one a request")
    n_before = server.n_requests
    assert check(services, 1)[0]
    assert server.n_requests == n_before + 1


def test_n_that_is_ignored_without_a_word_is_seen(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    server.max_choices = 1
    _, facts, _ = check(with_project(new_services(**settings)), 1)
    assert facts["several answers"].startswith("one a request")


@pytest.mark.parametrize("fault", [server_error(), unwelcome_parameter("something of its own")], ids=["500", "400"])
def test_a_server_that_breaks_on_what_is_only_tried_is_asked_as_the_rounds_ask(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object], fault: Fault
) -> None:
    server.queue(fault)
    services = with_project(new_services(**settings))
    assert check(services, 1)[0]
    tried, asked = server.requests
    assert (tried.body["n"], tried.body["logprobs"]) == (2, True)
    assert not {"n", "logprobs"} & asked.body.keys()
    assert services.store.ledger.spending(1).n_calls == 1


@pytest.mark.parametrize(
    ("faults", "reachable", "key", "advice"),
    [
        ([wrong_key(KEY)] * 2, "yes", "refused", "check OPENAI_API_KEY"),
        ([unknown_model("simulated")] * 2, "yes", "not known", "check OPENAI_MODEL and OPENAI_BASE_URL"),
        ([quota_used_up()] * 2, "yes", "not known", "has no money left"),
        ([server_error()] * 2, "not in time, or it is busy", "not known", "busy or broken"),
        ([RawBody(body="<html>", content_type="text/html")], "yes", "not known", "check OPENAI_BASE_URL"),
        ([OddAnswer(content="Sport, I think")], "yes", "accepted", "Try another MRARU_ANSWER_FORMAT"),
        ([OddAnswer(content="", reasoning="Hm.")], "yes", "accepted", "It reasoned and gave no answer"),
        (
            [OddAnswer(finish_reason="length")],
            "yes",
            "accepted",
            "cut at 200 tokens (MRARU_TEACHER_MAX_TOKENS). Raise that limit.",
        ),
        ([text_too_long()], "yes", "accepted", "too long for this model"),
    ],
    ids=["key", "model", "quota", "busy", "no API", "no label", "reasoning", "cut", "too long"],
)
def test_what_is_wrong_is_said_with_what_to_do(
    new_services: MakeServices,
    server: OpenAIServer,
    settings: dict[str, object],
    faults: list[Fault],
    reachable: str,
    key: str,
    advice: str,
) -> None:
    server.queue(*faults)
    services = with_project(new_services(**settings))
    is_passed, facts, printed = check(services, 1)
    assert not is_passed
    assert "does not work" in printed
    assert (facts["reachable"], facts["key"]) == (reachable, key)
    assert advice in facts["what to do"]
    assert KEY not in printed
    stored = services.store.teacher_checks.list_latest(1)
    assert [row.is_passed for row in stored] == [False]
    assert stored[0].problem


def test_a_server_that_is_not_there_is_not_reachable(new_services: MakeServices, settings: dict[str, object]) -> None:
    services = with_project(new_services(**{**settings, "openai_base_url": "http://127.0.0.1:9/v1"}))
    is_passed, facts, _ = check(services, 1)
    assert not is_passed
    assert facts["reachable"] == "no"
    assert "check OPENAI_BASE_URL" in facts["what to do"]
    assert services.store.ledger.spending(1).n_calls == 0


def test_a_model_without_a_price_is_not_asked(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    unpriced = {name: value for name, value in settings.items() if "mtok" not in name}
    is_passed, facts, _ = check(with_project(new_services(**unpriced)), 1)
    assert not is_passed
    assert "MRARU_INPUT_USD_PER_MTOK" in facts["what to do"]
    assert server.n_requests == 0


@pytest.mark.parametrize(
    ("odd", "doubt"),
    [
        (OddAnswer(with_usage=False), "the server counts no tokens"),
        (OddAnswer(completion_tokens=100_000), "more than the limit of"),
    ],
    ids=["none", "too many"],
)
def test_counts_that_cannot_be_true_are_told(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object], odd: OddAnswer, doubt: str
) -> None:
    server.queue(odd)
    is_passed, facts, _ = check(with_project(new_services(**settings)), 1)
    assert is_passed
    assert "not to be believed" in facts["tokens"]
    assert doubt in facts["tokens"]


def test_reasoning_before_the_answer_is_told(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    server.queue(OddAnswer(reasoning="Hm."))
    is_passed, facts, _ = check(with_project(new_services(**settings)), 1)
    assert is_passed
    assert facts["reasoning"] == "yes, before the answer"


def test_a_check_that_may_cost_more_than_a_cent_waits_for_consent(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    services = with_project(new_services(**{**settings, "output_usd_per_mtok": 100.0}))
    is_passed, facts, _ = check(services, 1)
    assert not is_passed
    assert "Add --yes" in facts["what to do"]
    assert server.n_requests == 0
    assert check(services, 1, yes=True)[0]


def test_of_a_dear_model_one_answer_is_asked_for_where_that_keeps_within_a_cent(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    dear = {"input_usd_per_mtok": 3.0, "output_usd_per_mtok": 15.0}
    is_passed, facts, _ = check(with_project(new_services(**{**settings, **dear})), 1)
    assert is_passed
    assert facts["several answers"] == "not tried, to stay within a cent"
    assert "n" not in server.requests[0].body


def test_the_budget_holds_for_it_too(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    is_passed, facts, _ = check(with_project(new_services(**settings, max_calls=0)), 1)
    assert not is_passed
    assert "MRARU_MAX_CALLS" in facts["what to do"]
    assert server.n_requests == 0


def test_each_of_several_teachers_is_checked(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object], tmp_path: Path
) -> None:
    with OpenAIServer(lambda text: "no label of ours") as other:
        file = tmp_path / "teachers.yaml"
        file.write_text(
            "mode: ensemble\nteachers:\n  - name: one\n"
            f"  - {{name: two, base_url: '{other.base_url}', model: b, "
            "input_usd_per_mtok: 1, output_usd_per_mtok: 2}\n"
        )
        services = with_project(new_services(**settings, teachers_file=file))
        is_passed, _, printed = check(services, 1)
    assert not is_passed
    assert f"one: simulated at {server.base_url}: works" in printed
    assert f"two: b at {other.base_url}: does not work" in printed


def test_the_built_in_teacher_needs_no_check(services: Services) -> None:
    is_passed, _, printed = check(services)
    assert is_passed
    assert NO_LLM in printed


def test_while_the_worker_is_in_a_round_nothing_is_asked(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    services = with_project(new_services(**settings))
    with services.store.leases.hold(1), pytest.raises(ProjectBusy):
        check(services, 1)
    assert server.n_requests == 0


def connect(services: Services, *, is_wanted: bool = True, is_alone: bool = False) -> list[str]:
    """What `mraru connect` says of the check."""
    project = services.store.projects.get(1)
    assert project is not None
    made = ConnectCheck(services, 1, parse_label_config(project.label_config), is_wanted=is_wanted)
    made.run(is_alone=is_alone)
    return made.lines


def test_connecting_says_shortly_that_the_llm_works_or_why_not(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    services = with_project(new_services(**settings))
    (line,) = connect(services)
    assert line.startswith(f"simulated at {server.base_url} works: it answered in ")
    server.queue(wrong_key(), wrong_key())
    (line,) = connect(services)
    assert line.startswith("The LLM does not work yet.")
    assert "check OPENAI_API_KEY" in line
    assert "See `mraru teacher check 1`." in line


@pytest.mark.parametrize(
    ("changed", "is_wanted", "said"),
    [
        ({}, False, None),
        ({"teacher_check": False}, True, None),
        ({"teacher": "zero-shot"}, True, None),
        ({"max_calls": 0}, True, "budget is 0"),
        ({"max_cost_usd": 0}, True, "budget is 0"),
        ({"output_usd_per_mtok": 100.0}, True, "`mraru teacher check 1 --yes`"),
    ],
    ids=["--no-check", "turned off", "no LLM", "no calls", "no dollars", "dear"],
)
def test_connecting_asks_nobody_where_that_is_not_wanted_or_not_possible(
    new_services: MakeServices,
    server: OpenAIServer,
    settings: dict[str, object],
    changed: dict[str, object],
    is_wanted: bool,
    said: str | None,
) -> None:
    lines = connect(with_project(new_services(**{**settings, **changed})), is_wanted=is_wanted)
    assert server.n_requests == 0
    assert len(lines) == (said is not None)
    assert said is None or said in lines[0]


def test_connecting_leaves_the_check_to_a_worker_that_is_at_work(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    services = with_project(new_services(**settings))
    with services.store.leases.hold(1):
        assert connect(services) == ["The LLM is checked before the first round: the worker is at work already."]
        assert server.n_requests == 0
        assert "works" in connect(services, is_alone=True)[0]
