from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.budget_records import Budget, CostGroup
from mraru.cli.money.bound_reset import reset_bound
from mraru.cli.money.cost_estimate_lines import estimate_costs
from mraru.cli.money.cost_report import report_costs
from mraru.cli.money.export_format import ExportFormat
from mraru.cli.money.ledger_export import export_ledger
from mraru.errors import PriceUnknown, ProjectUnknown, SettingsError
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, TeacherAnswer, TeacherIdentity, Usage, hash_text
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.teachers.prices.cost_estimate import estimate_prompt_tokens

IDENTITY = TeacherIdentity(model="m", prompt_version="p1", server="https://simulated.example/v1")
PRICED = {"openai_model": "m", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}
NOWHERE = {**PRICED, "openai_base_url": "http://127.0.0.1:9/v1"}
NOON = 1_764_072_000.0  # 2025-11-25T12:00:00Z


class Screen(Console):
    """A wide console whose output is read again."""

    def __init__(self) -> None:
        super().__init__(file=StringIO(), width=250, highlight=False, markup=False, emoji=False)

    @property
    def shown(self) -> str:
        assert isinstance(self.file, StringIO)
        return self.file.getvalue()

    def row(self, *beginning: str) -> list[str]:
        """The cells of the table's row that begins so."""
        lines = [line.strip().strip("│").replace("│", "  ") for line in self.shown.splitlines()]
        rows = [re.split(r"\s{2,}", line.strip()) for line in lines]
        (found,) = [row for row in rows if row[: len(beginning)] == list(beginning)]
        return found


@pytest.fixture
def screen() -> Screen:
    return Screen()


def book(services: Services, text_hash: str, *, project_id: int = 1, model: str = "m") -> int:
    return services.store.ledger.reserve(
        project_id=project_id,
        identity=TeacherIdentity(model=model, prompt_version="p1", server=IDENTITY.server),
        text_hash=text_hash,
        cost_bound_usd=0.5,
        tokens_bound=1000,
        budget=Budget(),
    )


@pytest.fixture
def spent(services: Services, clock: HandClock) -> Services:
    """Two projects that asked on two days, with a call under way and failed ones."""
    ledger, rounds = services.store.ledger, services.store.rounds
    clock.now = NOON
    rounds.open(
        1, number=3, kind=RoundKind.MRARU, step=RoundStep.ASKING, n_pool=1, selected=(), selection_end=None, at=NOON
    )
    answer = TeacherAnswer(
        label="=HYPERLINK()",
        raw="the secret text of the task",
        explanation="the secret text of the task",
        probabilities=(("A", 1.0),),
        parameters='{"temperature": 0.0}',
        usage=Usage(prompt_tokens=100, completion_tokens=10),
        cost_usd=0.25,
        latency_s=1.5,
        request_id="req-1",
    )
    ledger.settle(book(services, "a"), answer)
    rounds.update(1, 3, step=RoundStep.DONE)
    no_label = 'the LLM named "the secret text", which is no label of this project'
    ledger.settle(book(services, "b"), TeacherAnswer(label=None, raw="", no_label_reason=no_label, cost_usd=0.125))
    ledger.forfeit(book(services, "c"), "timed out")
    ledger.release(book(services, "d"), "+busy")
    clock.advance(86_400.0)
    book(services, "e", project_id=2, model="[red]other[/red]")
    return services


def test_the_report_sums_answers_and_shows_what_is_open_apart(spent: Services, screen: Screen) -> None:
    report_costs(spent, console=screen)
    assert screen.row("1", "2") == ["1", "2", "1", "100", "10", "$0.3750", "1 ≤ $0.5000", "1"]
    assert screen.row("2", "0") == ["2", "0", "0", "0", "$0.0000", "1 ≤ $0.5000"]
    assert screen.row("1", "3")[:3] == ["1", "3", "1"]
    assert screen.row("1", "none")[6:7] == ["$0.1250"]
    under_way = [(line.n_under_way, line.n_forfeited) for line in spent.store.costs.list_by(CostGroup.PROJECT)]
    assert under_way == [(0, 1), (1, 0)]
    assert screen.row("m", IDENTITY.server)[2] == "2"
    assert screen.row("[red]other[/red]", IDENTITY.server)[2] == "0"
    assert screen.row("2025-11-25")[1] == "2"
    assert screen.row("2025-11-26")[1] == "0"
    assert "All projects: 4 calls" in screen.shown
    assert "$1.3750 count against the budget" in screen.shown


def test_the_report_of_a_project_leaves_the_others_out_and_shows_its_budget(spent: Services, screen: Screen) -> None:
    report_costs(spent, 1, [CostGroup.MODEL], screen)
    assert "other" not in screen.shown
    assert "By project" not in screen.shown
    assert "Project 1: 3 of 1,000 calls, 2,110 tokens, $0.8750 of $5.00" in screen.shown


def test_the_report_of_a_backend_that_never_asked_has_no_tables(services: Services, screen: Screen) -> None:
    report_costs(services, console=screen)
    assert "All projects: 0 calls, 0 tokens, $0.0000" in screen.shown
    assert "│" not in screen.shown


def test_the_ledger_as_csv_holds_every_call_and_no_formula_and_no_text(spent: Services, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    export_ledger(spent, None, ExportFormat.CSV, file)
    written = file.read_text(encoding="utf-8")
    assert "secret" not in written
    rows = list(csv.DictReader(StringIO(written)))
    assert [row["status"] for row in rows] == ["answered", "answered", "forfeited", "released", "reserved"]
    assert (rows[0]["label"], rows[3]["error"]) == ("'=HYPERLINK()", "'+busy")
    assert rows[0]["created_at"] == "2025-11-25T12:00:00.000Z"
    assert (rows[0]["server"], rows[0]["round_number"], rows[1]["round_number"]) == (IDENTITY.server, "3", "")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_ledger_as_json_lines_keeps_values_as_they_are(spent: Services, capsys: pytest.CaptureFixture[str]) -> None:
    export_ledger(spent, 1, ExportFormat.JSONL, None)
    shown = capsys.readouterr().out
    assert "secret" not in shown
    lines = [json.loads(line) for line in shown.splitlines()]
    assert len(lines) == 4  # the other project's call is not among them
    first = lines[0]
    assert (first["label"], first["parameters"], first["probabilities"]) == (
        "=HYPERLINK()",
        {"temperature": 0.0},
        {"A": 1.0},
    )
    assert (first["prompt_tokens"], first["cost_usd"], first["latency_s"], first["request_id"]) == (
        100,
        0.25,
        1.5,
        "req-1",
    )
    assert lines[1]["no_label_reason"] == 'the LLM named "…", which is no label of this project'


def test_a_file_that_cannot_be_written_is_an_error_that_says_so(spent: Services, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        export_ledger(spent, None, ExportFormat.CSV, tmp_path / "no folder" / "ledger.csv")


def over(services: Services, label_studio: FakeLabelStudio, *, is_synced: bool = True) -> Services:
    services.label_studio = lambda project_id=None: label_studio  # type: ignore[assignment,method-assign,misc]
    if is_synced:
        sync_project(services.store, label_studio, 1, services.clock)
    return services


def dollars(cell: str) -> float:
    return float(cell.removeprefix("about $"))


@pytest.fixture
def label_studio() -> FakeLabelStudio:
    return FakeLabelStudio([f"text number {number} of many" for number in range(40)])


@pytest.mark.parametrize("is_synced", [True, False], ids=["texts of the store", "texts of Label Studio"])
def test_the_estimate_compares_the_plan_with_labelling_everything(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen, is_synced: bool
) -> None:
    services = over(new_services(**NOWHERE, max_calls=10), label_studio, is_synced=is_synced)
    estimate_costs(services, 1, 5, screen)
    planned, everything = screen.row("Planned from now on"), screen.row("Every text by the LLM")
    assert (planned[1], everything[1]) == ("10", "40")
    assert dollars(everything[4]) == pytest.approx(4 * dollars(planned[4]), abs=0.0005)
    assert dollars(planned[4]) > 0
    assert "ends at MRARU_MAX_CALLS: 25% of the texts" in screen.shown
    assert "tokens estimated from their characters" in screen.shown
    assert "are assumed" in screen.shown
    assert services.store.ledger.total_spending().n_calls == 0


@pytest.mark.parametrize(
    ("is_seeded", "limits", "n_planned", "said"),
    [
        (True, {"max_rounds": 2}, "10", "ends at MRARU_MAX_ROUNDS: "),
        (False, {"max_rounds": 2, "seeding_limit": 7}, "17", "ends at MRARU_MAX_ROUNDS, with all that seeding may ask"),
        (True, {"max_rounds": 2, "max_calls": 4}, "4", "ends at MRARU_MAX_CALLS: "),
        (True, {}, "37", "ends at every text is labelled: "),  # less those that people labelled
    ],
)
def test_the_plan_ends_with_the_rounds_and_leaves_out_what_people_labelled(
    new_services: MakeServices,
    label_studio: FakeLabelStudio,
    screen: Screen,
    is_seeded: bool,
    limits: dict[str, object],
    n_planned: str,
    said: str,
) -> None:
    services = over(new_services(**NOWHERE, batch_size=5, **limits), label_studio)
    services.store.projects.set_seeded(1, is_seeded=is_seeded)
    people = [
        Annotation(annotation_id=task, task_id=task, label="sport", completed_by=1, lead_time_s=1.0)
        for task in sorted(label_studio.tasks)[:3]
    ]
    services.store.annotations.save(1, people, 1.0)
    estimate_costs(services, 1, 5, screen)
    assert screen.row("Planned from now on")[1] == n_planned
    assert said in screen.shown


def test_the_estimate_goes_by_what_the_server_counted_once_there_is_some(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(**NOWHERE), label_studio)
    project = services.store.projects.get(1)
    assert project is not None
    schema = parse_label_config(project.label_config)
    teacher = services.llms.make(project, schema, {})
    asked = "text number 0 of many"
    call = services.store.ledger.reserve(
        project_id=1,
        identity=teacher.identity,
        text_hash=hash_text(asked),
        cost_bound_usd=0.1,
        tokens_bound=teacher.tokens_bound(asked),
        budget=Budget(),
    )
    answer = TeacherAnswer(label="sport", raw="", usage=Usage(prompt_tokens=5000, completion_tokens=7))
    services.store.ledger.settle(call, answer)
    services.store.teacher_labels.save(
        1, text_hash=hash_text(asked), answer=answer, identity=teacher.identity, round_number=1, at=0.0
    )
    estimate_costs(services, 1, 40, screen)
    everything = screen.row("Every text by the LLM")
    assert int(everything[2].removeprefix("about ").replace(",", "")) == pytest.approx(40 * 5000, rel=0.01)
    assert everything[3] == "about 280"
    assert screen.row("Planned from now on")[1] == "39"
    assert "that the server counted for 1 call" in screen.shown
    assert "assumed" not in screen.shown
    teacher.close()


def test_the_estimate_asks_nobody(new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen) -> None:
    with OpenAIServer(lambda text: "sport") as server:
        services = over(new_services(**PRICED, openai_base_url=server.base_url), label_studio)
        estimate_costs(services, 1, 5, screen)
        assert server.n_requests == 0
    assert "about $" in screen.shown


def test_the_estimate_without_a_price_says_what_to_set(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(openai_model="m", openai_base_url="http://127.0.0.1:9/v1"), label_studio)
    with pytest.raises(PriceUnknown, match="MRARU_INPUT_USD_PER_MTOK"):
        estimate_costs(services, 1, 5, screen)


def test_the_estimate_without_an_llm_is_nothing(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    estimate_costs(over(new_services(), label_studio), 1, 5, screen)
    assert "costs nothing" in screen.shown


def test_a_model_beyond_its_bound_stands_in_the_report_until_the_bound_is_reset(
    services: Services, screen: Screen
) -> None:
    services.store.ledger.settle(book(services, "a"), TeacherAnswer(label="A", raw="A", cost_usd=2.0))
    report_costs(services, console=screen)
    assert f"m at {IDENTITY.server}: a call used 4.0 times the most that was reserved" in screen.shown
    reset_bound(services, "other", screen)
    assert "is reserved for calls of other. Models of which more is: m." in screen.shown
    reset_bound(services, "m", screen)
    assert "For the calls of m no more than their own bound is reserved again." in screen.shown
    reset_bound(services, "m", screen)
    assert "Models of which more is: none." in screen.shown
    book(services, "b")
    assert services.store.ledger.spending(1).cost_usd == 2.5


def prompt_tokens_of(screen: Screen) -> int:
    """What the estimate says of the prompts about every text."""
    return int(screen.row("Every text by the LLM")[2].removeprefix("about ").replace(",", ""))


@pytest.mark.parametrize("n_gold", [0, 3, 12], ids=["no gold", "less gold than examples", "gold"])
def test_the_estimate_counts_the_examples_that_are_configured(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen, n_gold: int
) -> None:
    def label(first: int, last: int) -> None:
        for task_id in range(first, last + 1):
            said = Annotation(annotation_id=task_id, task_id=task_id, label=LABELS[task_id % 3], lead_time_s=1.0)
            label_studio.annotations[task_id] = said

    label(1, n_gold)
    with OpenAIServer(lambda text: "sport") as server:
        services = over(new_services(**PRICED, openai_base_url=server.base_url, few_shot=6), label_studio)
        estimate_costs(services, 1, 40, screen)
        label(n_gold + 1, 12)
        sync_project(services.store, label_studio, 1, services.clock)
        project = services.store.projects.get(1)
        assert project is not None
        teacher = services.llms.make(project, parse_label_config(project.label_config), {})
        answers = [teacher.label(text) for text in label_studio.tasks.values()]
        teacher.close()
        bodies = [request.body for request in server.requests]
    assert {len(body["messages"]) for body in bodies} == {2 + 2 * 6}
    received = sum(map(estimate_prompt_tokens, bodies))
    assert prompt_tokens_of(screen) == pytest.approx(received, rel=0.01)
    assert prompt_tokens_of(screen) >= sum(answer.usage.prompt_tokens for answer in answers)
    assert "Each prompt is counted with 6 examples (MRARU_FEW_SHOT)" in screen.shown
    assert (f"People have labelled {n_gold} texts so far" in screen.shown) == (n_gold < 6)


def test_calls_with_fewer_examples_than_are_configured_say_only_how_long_answers_are(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(**NOWHERE, few_shot=2), label_studio)
    project = services.store.projects.get(1)
    assert project is not None
    schema = parse_label_config(project.label_config)
    teacher = services.llms.make(project, schema, {})

    def answer(text: str, identity: TeacherIdentity, n_examples: int, usage: Usage) -> None:
        call = services.store.ledger.reserve(
            project_id=1,
            identity=identity,
            text_hash=hash_text(text),
            cost_bound_usd=0.1,
            tokens_bound=10_000,
            budget=Budget(),
        )
        parameters = json.dumps({"examples": ["h"] * n_examples} if n_examples else {})
        services.store.ledger.settle(call, TeacherAnswer(label="sport", raw="", usage=usage, parameters=parameters))

    answer("a", teacher.identity_of("a"), 0, Usage(prompt_tokens=1, completion_tokens=7))
    answer("b", teacher.identity, 1, Usage(prompt_tokens=1, completion_tokens=9))
    teacher.close()
    estimate_costs(services, 1, 40, screen)
    assert prompt_tokens_of(screen) > 40 * 300
    assert screen.row("Every text by the LLM")[3] == "about 320"
    assert "the average of 2 calls with fewer examples" in screen.shown
    answer("c", teacher.identity, 2, Usage(prompt_tokens=5000, completion_tokens=11))
    later = Screen()
    estimate_costs(services, 1, 40, later)
    assert "counted for 1 call with this prompt and 2 examples" in later.shown
    assert later.row("Every text by the LLM")[3] == "about 440"


def test_costs_of_a_project_that_nobody_connected_are_an_error(services: Services, screen: Screen) -> None:
    with pytest.raises(ProjectUnknown, match="Project 99 is not connected"):
        report_costs(services, 99, console=screen)
    book(services, "a")
    report_costs(services, 1, console=screen)  # what was paid is told, whatever became of the project
    assert "Project 1" in screen.shown
