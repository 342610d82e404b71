"""Several LLMs of a file, each over a simulated teacher's server of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.openai_faults import OddAnswer, server_error
from fakes.openai_logprobs import token
from fakes.openai_server import OpenAIServer
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.errors import BudgetExceeded, CircuitOpen, PriceUnknown, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import Vote
from mraru.teachers.combined.cascade import CascadeTeacher

PRICED = "input_usd_per_mtok: 1.0, output_usd_per_mtok: 2.0"
WriteFile = Callable[..., Path]


@pytest.fixture
def one() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "Sport") as running:
        yield running


@pytest.fixture
def two() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "Business") as running:
        yield running


@pytest.fixture
def write_file(tmp_path: Path, one: OpenAIServer, two: OpenAIServer) -> WriteFile:
    """`write_file(mode, first, second)`: what else the two entries say."""

    def write(mode: str = "mode: ensemble", first: str = PRICED, second: str = PRICED) -> Path:
        path = tmp_path / "teachers.yaml"
        path.write_text(
            f"{mode}\nteachers:\n  - {{name: mini, model: m1, base_url: {one.base_url}, {first}}}\n"
            f"  - {{name: big, model: m2, base_url: {two.base_url}, api_key: sk-of-two, {second}}}\n"
        )
        return path

    return write


def teacher_of(services: Services, project_id: int = 1) -> Teacher:
    connect(services, project_id)
    project = services.store.projects.get(project_id)
    assert project is not None
    return services.teachers.for_project(project, parse_label_config(LABEL_CONFIG))


def test_each_llm_is_asked_at_its_server_with_its_key(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    answer = teacher_of(new_services(teachers_file=write_file())).label("text")
    assert answer.votes == (Vote(teacher="mini", label="s"), Vote(teacher="big", label="Business"))
    assert answer.label == "s"
    assert (one.requests[0].body["model"], two.requests[0].body["model"]) == ("m1", "m2")
    assert two.requests[0].authorization == "Bearer sk-of-two"
    assert "sk-of-two" not in one.requests[0].authorization


def test_another_instruction_is_another_prompt_of_the_same_model(
    new_services: MakeServices, tmp_path: Path, one: OpenAIServer
) -> None:
    path = tmp_path / "prompts.yaml"
    entry = f"model: m, base_url: {one.base_url}, {PRICED}"
    path.write_text(
        f"mode: ensemble\nteachers:\n  - {{{entry}}}\n  - {{name: strict, {entry}, instruction: Be strict.}}\n"
    )
    answer = teacher_of(new_services(teachers_file=path)).label("text")
    assert [vote.teacher for vote in answer.votes] == ["m", "strict"]
    assert ["Be strict." in request.system for request in one.requests] == [False, True]


def test_each_has_its_own_rows_in_the_ledger_and_a_single_teacher_pays_for_none_again(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    services = new_services(teachers_file=write_file())
    teacher_of(services).label("text")
    assert services.store.ledger.spending(1).n_calls == 2
    single = new_services(
        openai_base_url=two.base_url, openai_model="m2", input_usd_per_mtok=1.0, output_usd_per_mtok=2.0
    )
    assert teacher_of(single, project_id=2).label("text").from_ledger
    assert (one.n_requests, two.n_requests) == (1, 1)


def test_each_server_has_its_own_circuit(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    services = new_services(teachers_file=write_file(), circuit_failures=1, teacher_max_attempts=1)
    teacher = teacher_of(services)
    two.queue(server_error())
    with pytest.raises(TeacherUnavailable):
        teacher.label("text")
    with pytest.raises(CircuitOpen, match="m2 at"):
        teacher.label("text")
    assert (one.n_requests, two.n_requests) == (1, 1)
    health = {known.model: known.circuit.value for known in services.store.teacher_health.list_all()}
    assert health == {"m1": "closed", "m2": "open"}


def test_the_lowest_limit_holds_where_two_prompts_share_a_model(
    new_services: MakeServices, tmp_path: Path, one: OpenAIServer
) -> None:
    path = tmp_path / "prompts.yaml"
    entry = f"model: m, base_url: {one.base_url}, {PRICED}"
    path.write_text(
        f"mode: ensemble\nteachers:\n  - {{{entry}, requests_per_minute: 9}}\n"
        f"  - {{name: strict, {entry}, instruction: Be strict., requests_per_minute: 5}}\n"
    )
    services = new_services(teachers_file=path)
    first, second = services.settings.llms
    assert services.server_guards.guard_of(first) is services.server_guards.guard_of(second)


def test_a_price_that_nobody_knows_is_asked_for_in_the_file(new_services: MakeServices, write_file: WriteFile) -> None:
    services = new_services(teachers_file=write_file(first="confidence: none"))
    with pytest.raises(PriceUnknown, match=r"'mini' of .*teachers\.yaml.*input_usd_per_mtok"):
        teacher_of(services)


def test_an_ensemble_of_eight_threads_stays_within_the_budget(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    services = new_services(teachers_file=write_file(), max_calls=21)
    teacher = teacher_of(services)

    def ask(number: int) -> str | None:
        try:
            return teacher.label(f"text {number % 20}").label
        except BudgetExceeded:
            return None

    with ThreadPoolExecutor(8) as threads:
        labels = list(threads.map(ask, range(60)))
    spent = services.store.ledger.spending(1)
    assert spent.n_calls == one.n_requests + two.n_requests == 21
    assert one.texts_answered_twice == two.texts_answered_twice == []
    assert any(labels)


def test_dollars_are_kept_by_an_ensemble_as_well(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    free = teacher_of(new_services(teachers_file=write_file()))
    room_usd = 3.5 * free.cost_bound_usd("text 10")
    services = new_services(teachers_file=write_file(), max_cost_usd=room_usd)
    teacher = teacher_of(services)
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(teacher.label, f"text {number}") for number in range(10, 90)]
    assert any(isinstance(future.exception(), BudgetExceeded) for future in futures)
    assert services.store.ledger.spending(1).cost_usd <= room_usd


def test_a_cascade_asks_the_dear_one_only_where_the_cheap_one_is_unsure(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    path = write_file("mode: cascade\nunsure_below: 0.7", f"confidence: logprobs, {PRICED}")
    teacher = teacher_of(new_services(teachers_file=path))
    assert isinstance(teacher, CascadeTeacher)
    unsure = OddAnswer(
        logprobs=(token('{"label":"'), token("Sport", 0.6, {"Business": 0.4}), token('"}')),
        content='{"label":"Sport"}',
    )
    one.queue(None, unsure, None)
    assert [teacher.label(text).label for text in ("sure", "unsure", "sure too")] == ["s", "Business", "s"]
    assert (one.texts, two.texts) == (["sure", "unsure", "sure too"], ["unsure"])


def test_a_cascade_passes_on_what_a_server_without_probabilities_says(
    new_services: MakeServices, write_file: WriteFile, one: OpenAIServer, two: OpenAIServer
) -> None:
    one.unwelcome_parameters = {"logprobs"}
    path = write_file("mode: cascade", f"confidence: logprobs, {PRICED}")
    teacher = teacher_of(new_services(teachers_file=path))
    assert teacher.label("text").label == "Business"
    assert two.n_requests == 1
