"""What the commands say where several LLMs label together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.money.cost_estimate_lines import LEAST_MEASURED, estimate_costs
from mraru.cli.server.serve import check_settings
from mraru.cli.teacher.prompt_display import describe_request
from mraru.cli.teacher.teacher_accuracy import show_accuracy
from mraru.cli.teacher.teacher_eval import evaluate_teacher
from mraru.errors import NothingToMeasure, PriceUnknown
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, TeacherAnswer, Vote, hash_text
from mraru.settings import load_settings
from mraru.teachers.combined.several_teachers import SeveralTeachers

N_TEXTS = 30
FileServices = Callable[..., Services]


class Screen(Console):
    """A wide console whose output is read again."""

    def __init__(self) -> None:
        super().__init__(file=StringIO(), width=250, highlight=False, markup=False, emoji=False)

    @property
    def shown(self) -> str:
        assert isinstance(self.file, StringIO)
        return self.file.getvalue()

    def row(self, beginning: str) -> list[str]:
        lines = [line.strip().strip("│").replace("│", "  ").strip() for line in self.shown.splitlines()]
        (found,) = [line for line in lines if re.split(r"\s{2,}", line)[0] == beginning]
        return re.split(r"\s{2,}", found)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def right() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: text.split()[0]) as running:
        yield running


@pytest.fixture
def sporty() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "sport") as running:
        yield running


@pytest.fixture
def file_services(
    new_services: MakeServices, tmp_path: Path, right: OpenAIServer, sporty: OpenAIServer
) -> FileServices:
    """`file_services(mode, first, **settings)`: a synced project whose teachers are `cheap` and `dear`."""

    def make(mode: str = "mode: ensemble", first: str = "confidence: none", **settings: object) -> Services:
        path = tmp_path / "teachers.yaml"
        path.write_text(
            f"{mode}\nteachers:\n"
            f"  - {{name: cheap, model: m1, base_url: {sporty.base_url}, {first}, "
            "input_usd_per_mtok: 1.0, output_usd_per_mtok: 1.0}\n"
            f"  - {{name: dear, model: m2, base_url: {right.base_url}, input_usd_per_mtok: 100.0, "
            "output_usd_per_mtok: 100.0}\n"
        )
        services = new_services(teachers_file=path, **settings)
        studio = FakeLabelStudio([f"{('sport', 'tech', 'food')[number % 3]} {number}" for number in range(N_TEXTS)])
        for task_id in (1, 2, 3):
            text = studio.tasks[task_id]
            studio.annotations[task_id] = Annotation(annotation_id=task_id, task_id=task_id, label=text.split()[0])
        sync_project(services.store, studio, 1, services.clock)
        return services

    return make


def several_of(services: Services) -> SeveralTeachers:
    project = services.store.projects.get(1)
    assert project is not None
    teacher = services.teachers.for_project(project, parse_label_config(project.label_config))
    assert isinstance(teacher, SeveralTeachers)
    return teacher


def keep(services: Services, text: str, *votes: Vote) -> None:
    answer = TeacherAnswer(label=votes[-1].label, raw="", votes=votes)
    services.store.teacher_labels.save(
        1, text_hash=hash_text(text), answer=answer, identity=several_of(services).identity, round_number=1, at=1.0
    )


def dollars(cell: str) -> float:
    return float(cell.removeprefix("about $"))


def test_the_prompt_of_each_is_shown(file_services: FileServices) -> None:
    shown = describe_request(file_services(), 1, 1)
    assert shown.startswith("ensemble(cheap, dear): 2 requests, all are sent")
    assert shown.index("=== cheap ===") < shown.index("m1 at ") < shown.index("=== dear ===") < shown.index("m2 at ")
    bodies = json.loads(describe_request(file_services(), 1, 1, as_json=True))
    assert {name: body["model"] for name, body in bodies.items()} == {"cheap": "m1", "dear": "m2"}


def test_of_a_cascade_it_is_said_that_not_all_are_sent(file_services: FileServices) -> None:
    shown = describe_request(file_services("mode: cascade", "confidence: logprobs"), 1, 1)
    assert shown.startswith("cascade(cheap, dear): 2 requests, each only where the one before is unsure")


def test_an_ensembles_estimate_is_that_of_all_and_the_calls_of_all_count(
    file_services: FileServices, screen: Screen
) -> None:
    estimate_costs(file_services(max_calls=11), 1, 5, screen)
    assert screen.row("Planned from now on")[1] == "10"
    assert screen.row("Every text by the LLM")[1] == str(2 * N_TEXTS)
    assert "The plan ends at MRARU_MAX_CALLS: 17% of the texts" in screen.shown
    assert "a text." in screen.shown
    assert "ensemble of m1 at http" in screen.shown
    assert "cheap: Prompts:" in screen.shown


def test_a_cascades_estimate_is_a_range_until_shares_are_known(file_services: FileServices, screen: Screen) -> None:
    services = file_services("mode: cascade", "confidence: logprobs")
    estimate_costs(services, 1, 5, screen)
    least, most = (screen.row(f"Every text by the LLM, {which} passed on") for which in ("none", "all"))
    assert (least[1], most[1]) == (str(N_TEXTS), str(2 * N_TEXTS))
    assert dollars(most[4]) > 50 * dollars(least[4])
    assert "Nobody knows yet" in screen.shown


def test_a_cascades_estimate_goes_by_the_share_that_was_passed_on(file_services: FileServices) -> None:
    services = file_services("mode: cascade", "confidence: logprobs")
    for number in range(LEAST_MEASURED):
        cheap = Vote(teacher="cheap", label="sport")
        keep(services, f"told {number}", cheap, *([Vote(teacher="dear", label="tech")] if number % 4 == 0 else []))
    screen = Screen()
    estimate_costs(services, 1, 5, screen)
    assert screen.row("Every text by the LLM")[1] == str(round(1.25 * N_TEXTS))
    assert "25% to dear" in screen.shown


def test_evaluation_measures_each_teacher_and_all_together(
    file_services: FileServices, screen: Screen, right: OpenAIServer, sporty: OpenAIServer
) -> None:
    services = file_services()
    questions: list[str] = []

    def confirm(question: str) -> bool:
        questions.append(question)
        return True

    evaluate_teacher(services, 1, confirm=confirm, console=screen)
    assert "3 texts were labelled by people, and ensemble(cheap, dear) was asked about 0 of them" in questions[0]
    assert (right.n_requests, sporty.n_requests) == (3, 3)
    lines = screen.shown.splitlines()
    assert lines[0].startswith("ensemble(cheap, dear), prompt ")
    assert "(in use): 1 of 3 right" in lines[0]  # of equals the earlier
    assert [line.split(",")[0] for line in lines if "in use" in line] == ["ensemble(cheap", "cheap: m1", "dear: m2"]
    assert "3 of 3 right" in next(line for line in lines if line.startswith("dear: m2"))
    evaluate_teacher(services, 1, confirm=confirm, console=screen)
    assert (right.n_requests, sporty.n_requests, len(questions)) == (3, 3, 1)


def test_accuracy_is_a_row_for_each_teacher(file_services: FileServices, screen: Screen) -> None:
    services = file_services()
    for number in range(3):
        text = f"{('sport', 'tech', 'food')[number]} {number}"
        keep(services, text, Vote(teacher="cheap", label="sport"), Vote(teacher="dear", label=text.split()[0]))
    show_accuracy(services, 1, screen)
    assert screen.row("cheap")[1:5] == ["3", "0", "33.3 %", "not yet"]
    assert screen.row("cheap")[5].startswith("1 of 3 right")
    assert screen.row("dear")[5].startswith("3 of 3 right")
    assert "MRARU_DAWID_SKENE_MIN_TEXTS" in screen.shown


def test_accuracy_without_votes_says_what_to_do(file_services: FileServices, services: Services) -> None:
    with pytest.raises(NothingToMeasure, match="does not know project 1"):
        show_accuracy(services, 1)
    with pytest.raises(NothingToMeasure, match="set MRARU_TEACHERS_FILE"):
        show_accuracy(file_services(), 1)


def test_a_backend_does_not_start_without_the_price_of_each(file_services: FileServices, tmp_path: Path) -> None:
    file_services()
    path = tmp_path / "teachers.yaml"
    path.write_text(path.read_text().replace("input_usd_per_mtok: 100.0, ", ""))
    with pytest.raises(PriceUnknown, match="'dear'"):
        check_settings(load_settings(teachers_file=path, model_dir=tmp_path))
