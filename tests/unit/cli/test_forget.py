from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.budget_records import Budget
from mraru.cli.project.forget import forget_project
from mraru.errors import LabelStudioUnreachable, ProjectBusy, ProjectUnknown, StoreError
from mraru.projects.learning.training import student_path
from mraru.records import ProjectDescription, TaskText, TeacherAnswer, TeacherIdentity
from mraru.store.projects.project_repository import ProjectState

GPT = TeacherIdentity(model="gpt", prompt_version="p1")


@pytest.fixture
def label_studio() -> FakeLabelStudio:
    return FakeLabelStudio(["one"])


@pytest.fixture
def services(new_services: MakeServices, label_studio: FakeLabelStudio, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A started project with a task, a paid answer, a warning and a student."""
    made = new_services()
    monkeypatch.setattr(made, "label_studio", lambda project_id=None: label_studio)
    connect(made)
    made.store.projects.describe(label_studio.describe_project(1))
    made.store.projects.start(1)
    made.store.tasks.save(1, [TaskText(task_id=1, text="one")])
    made.store.warnings.note(1, "labels-set-aside", "labels count no more", 1.0)
    student = student_path(made.settings.model_dir, 1, 1)
    student.parent.mkdir(parents=True)
    student.write_bytes(b"a student")
    return made


def pay_for_one(services: Services) -> None:
    ledger = services.store.ledger
    budget = Budget(max_calls=5, max_cost_usd=5.0)
    call_id = ledger.reserve(
        project_id=1, identity=GPT, text_hash="one", cost_bound_usd=0.5, tokens_bound=10, budget=budget
    )
    ledger.settle(call_id, TeacherAnswer(label="s", raw="s", cost_usd=0.25))


def forget(services: Services, answer: bool | None = True) -> str:
    """Forget project 1 and return what is printed; None: with `--yes`."""
    console = Console(record=True, width=300)

    def confirm(question: str) -> bool:
        assert answer is not None, "nobody is to be asked"
        return answer

    forget_project(services, 1, is_confirmed=answer is None, confirm=confirm, console=console)
    return console.export_text()


def is_kept(services: Services) -> bool:
    return services.store.projects.get(1) is not None


def test_a_project_that_is_gone_is_forgotten_with_its_warnings_and_students(
    services: Services, label_studio: FakeLabelStudio
) -> None:
    label_studio.is_gone = True
    said = forget(services)
    assert "Label Studio has no project 1, or hides it from the user" in said
    assert "1 task with texts" in said
    assert not is_kept(services)
    assert services.store.warnings.list_all(1) == []
    assert services.store.tasks.count(1) == 0
    assert list(Path(services.settings.model_dir / "projects").iterdir()) == []


def test_its_calls_stay_and_count(services: Services, label_studio: FakeLabelStudio) -> None:
    pay_for_one(services)
    label_studio.is_gone = True
    assert "1 call to the LLM stays in the ledger" in forget(services, answer=None)
    assert services.store.ledger.spending(1).cost_usd == 0.25
    assert services.store.ledger.total_spending().n_calls == 1


def test_one_that_is_connected_and_there_is_refused(services: Services) -> None:
    with pytest.raises(StoreError, match="run `mraru disconnect 1` before"):
        forget(services, answer=None)
    assert is_kept(services)


def test_one_that_is_disconnected_is_forgotten(services: Services) -> None:
    services.store.projects.disconnect(1)
    forget(services)
    assert not is_kept(services)


def test_without_a_yes_nothing_is_removed(services: Services, label_studio: FakeLabelStudio) -> None:
    label_studio.is_gone = True
    assert "Nothing was removed." in forget(services, answer=False)
    assert is_kept(services)


def test_while_label_studio_does_not_answer_only_what_was_seen_to_be_gone_is_forgotten(
    services: Services, label_studio: FakeLabelStudio
) -> None:
    def fail(name: str) -> None:
        raise LabelStudioUnreachable

    label_studio.before_call = fail
    with pytest.raises(LabelStudioUnreachable):
        forget(services, answer=None)
    assert is_kept(services)
    services.store.projects.set_state(1, ProjectState.GONE, "it was deleted")
    assert "Label Studio cannot be asked" in forget(services)
    assert not is_kept(services)


def test_another_project_of_its_number_does_not_keep_it(
    services: Services, label_studio: FakeLabelStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: ProjectDescription = replace(label_studio.describe_project(1), created_at="2030-01-01T00:00:00Z")
    monkeypatch.setattr(label_studio, "describe_project", lambda project_id: other)
    assert "is another one" in forget(services)
    assert not is_kept(services)


def test_answers_of_batch_jobs_that_are_paid_for_are_waited_for(
    services: Services, label_studio: FakeLabelStudio
) -> None:
    label_studio.is_gone = True
    services.store.batch_jobs.open(1, round_number=1, identity=GPT, at=1.0)
    with pytest.raises(StoreError, match="answers are paid for"):
        forget(services, answer=None)
    assert is_kept(services)


def test_nothing_is_removed_under_the_hands_of_the_worker(services: Services, label_studio: FakeLabelStudio) -> None:
    label_studio.is_gone = True
    with services.store.leases.hold(1), pytest.raises(ProjectBusy):
        forget(services, answer=None)
    assert is_kept(services)


def test_what_is_not_known_cannot_be_forgotten(services: Services) -> None:
    with pytest.raises(ProjectUnknown, match="Nothing is kept of project 2"):
        forget_project(services, 2, is_confirmed=True)
