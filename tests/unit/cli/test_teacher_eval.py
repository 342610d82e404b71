from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.openai_faults import rate_limited
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.teacher.teacher_eval import BIAS_NOTE, evaluate_teacher
from mraru.errors import BudgetExceeded, NothingToMeasure, ProjectBusy, TeacherUnavailable
from mraru.interfaces import Teacher
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import Project
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher

N_TEXTS = 6


class Evaluated:
    """A project whose texts were labelled by people, and the simulated teacher: it takes every `tech` for sport."""

    def __init__(self, services: Services, server: OpenAIServer) -> None:
        self.services, self.server = services, server
        self.questions: list[str] = []
        self.studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(N_TEXTS)])
        for task_id, text in self.studio.tasks.items():
            said = Annotation(annotation_id=task_id, task_id=task_id, label=text.split()[0], lead_time_s=1.0)
            self.studio.annotations[task_id] = said
        sync_project(services.store, self.studio, 1, services.clock)
        self.teachers: list[object] = []
        services.teachers.for_project = self._make_teacher  # type: ignore[method-assign]

    def _make_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        services = self.services
        definitions = services.store.label_definitions.list_all(1)
        asked = services.llms.make(project, schema, definitions)
        self.teachers.append(asked)
        booked = BudgetedTeacher(asked, services.store.ledger, project_id=1, budget=services.settings.budget)
        return CachedTeacher(booked, services.store.ledger)

    def run(self, *, agrees: bool = True) -> list[str]:
        screen = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)

        def confirm(question: str) -> bool:
            self.questions.append(question)
            return agrees

        try:
            evaluate_teacher(self.services, 1, confirm=confirm, console=screen)
        finally:
            for teacher in self.teachers:
                teacher.close()  # type: ignore[attr-defined]
            assert isinstance(screen.file, StringIO)
            self.lines = screen.file.getvalue().splitlines()
        return self.lines


@pytest.fixture
def server():  # type: ignore[no-untyped-def]
    with OpenAIServer(lambda text: "food" if text.startswith("food") else "sport") as running:
        yield running


@pytest.fixture
def settings(server: OpenAIServer) -> dict[str, object]:
    return {
        "openai_base_url": server.base_url,
        "openai_model": "m",
        "input_usd_per_mtok": 1.0,
        "output_usd_per_mtok": 2.0,
        "teacher_concurrency": 1,
    }


@pytest.fixture
def evaluated(new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]) -> Evaluated:
    return Evaluated(new_services(**settings), server)


def test_the_cost_is_told_first_and_the_accuracy_after(evaluated: Evaluated) -> None:
    lines = evaluated.run()
    (question,) = evaluated.questions
    assert "6 texts were labelled by people, and m was asked about 0 of them with this prompt." in question
    assert "Asking about the other 6 costs at most $0.0" in question
    assert lines[0].startswith("m, prompt ")
    assert lines[0].endswith(" (in use): 4 of 6 right")
    assert [line.split(" (95")[0] for line in lines[1:4]] == [
        "  food: 2 of 2 right",
        "  sport: 2 of 2 right",
        "  tech: 0 of 2 right",
    ]
    assert lines[4:] == [BIAS_NOTE]


def test_nothing_is_asked_without_consent(evaluated: Evaluated) -> None:
    assert "nothing to compare yet" in evaluated.run(agrees=False)[0]
    assert evaluated.server.n_requests == 0


def test_what_a_killed_evaluation_left_open_is_asked_again_at_once_and_counts(evaluated: Evaluated) -> None:
    store, text = evaluated.services.store, evaluated.studio.tasks[1]
    project = store.projects.get(1)
    assert project is not None
    teacher = evaluated.services.teachers.for_project(project, parse_label_config(project.label_config))
    store.ledger.reserve(
        project_id=1,
        identity=teacher.identity_of(text),
        text_hash=hash_text(text),
        cost_bound_usd=0.001,
        tokens_bound=100,
        budget=evaluated.services.settings.budget,
    )
    assert evaluated.run()[0].endswith(" (in use): 4 of 6 right")
    assert evaluated.server.n_requests == N_TEXTS
    assert store.ledger.spending(1).n_calls == N_TEXTS + 1


def test_what_was_answered_is_never_paid_again(evaluated: Evaluated) -> None:
    first = evaluated.run()
    assert evaluated.run() == first
    assert evaluated.server.n_requests == N_TEXTS
    assert len(evaluated.questions) == 1


def test_another_prompt_is_measured_beside_the_earlier_one(evaluated: Evaluated) -> None:
    evaluated.run()
    evaluated.services.store.label_definitions.define(1, {"tech": "Chips."})
    evaluated.server.label_text = lambda text: text.split()[0]
    lines = evaluated.run()
    assert " (in use): 6 of 6 right" in lines[0]
    assert "in use" not in lines[4]
    assert ": 4 of 6 right" in lines[4]


def test_a_failed_call_ends_it_after_what_is_known_was_printed(evaluated: Evaluated) -> None:
    evaluated.server.queue(None, None, rate_limited())
    with pytest.raises(TeacherUnavailable):
        evaluated.run()
    assert " of 2 right" in evaluated.lines[0]
    assert evaluated.server.n_requests == 3


def test_the_budget_holds_for_it_too(
    new_services: MakeServices, server: OpenAIServer, settings: dict[str, object]
) -> None:
    evaluated = Evaluated(new_services(**settings, max_calls=2), server)
    with pytest.raises(BudgetExceeded):
        evaluated.run()
    assert server.n_requests == 2


def test_while_the_worker_is_in_a_round_nothing_is_asked(evaluated: Evaluated) -> None:
    with evaluated.services.store.leases.hold(1), pytest.raises(ProjectBusy):
        evaluated.run()
    assert evaluated.server.n_requests == 0


def test_without_gold_or_project_there_is_nothing_to_measure(services: Services) -> None:
    with pytest.raises(NothingToMeasure, match="does not know project 1"):
        evaluate_teacher(services, 1, confirm=lambda question: True)
    sync_project(services.store, FakeLabelStudio(["sport 1"]), 1, services.clock)
    with pytest.raises(NothingToMeasure, match="Nobody has labelled"):
        evaluate_teacher(services, 1, confirm=lambda question: True)
