from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.teacher.definition_list import define_label, list_labels, load_labels
from mraru.cli.teacher.prompt_display import describe_request
from mraru.errors import DefinitionsInvalid, LabelStudioRefused
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation
from mraru.teachers.guards.budgeted import BudgetedTeacher

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sport" alias="s" hint="games"/><Choice value="Tech"/></Choices></View>'
)
SCHEMA = parse_label_config(CONFIG)
LLM = {
    "openai_base_url": "http://127.0.0.1:9/v1",
    "openai_model": "m",
    "input_usd_per_mtok": 1,
    "output_usd_per_mtok": 2,
}


class Screen(Console):
    """A console whose output is read again."""

    def __init__(self) -> None:
        super().__init__(file=StringIO(), width=80, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def shown(self) -> str:
        assert isinstance(self.file, StringIO)
        return self.file.getvalue()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def label_studio() -> FakeLabelStudio:
    studio = FakeLabelStudio(["A match.", "A chip.\x1b[2J\tdone"])
    studio.label_config = CONFIG
    return studio


def over(services: Services, label_studio: FakeLabelStudio, *, is_synced: bool = True) -> Services:
    """The services with this Label Studio behind them."""
    services.label_studio = lambda project_id=None: label_studio  # type: ignore[assignment,method-assign,misc]
    if is_synced:
        sync_project(services.store, label_studio, 1, services.clock)
    return services


def test_a_defined_label_is_told_to_the_llm(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(**LLM), label_studio)
    define_label(services, 1, "Sport", "Matches, no chess.", screen)
    assert screen.shown.startswith("'Sport' is defined. The LLM is told from the next round on")
    shown = describe_request(services, 1, 1)
    assert '- "Sport" (also known as "s"): games\n  Definition: Matches, no chess.\n- "Tech"\n' in shown


def test_without_an_llm_it_says_that_the_definition_reaches_nobody(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(), label_studio)
    define_label(services, 1, "Sport", "Matches, no chess.", screen)
    assert screen.shown.startswith("'Sport' is defined. No LLM is set")


def test_a_changed_definition_makes_another_teacher_with_another_prompt_version(
    new_services: MakeServices, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    services = over(new_services(**LLM), label_studio)
    project = services.store.projects.get(1)
    assert project is not None
    before = services.teachers.for_project(project, SCHEMA)
    define_label(services, 1, "Tech", "Chips.", screen)
    after = services.teachers.for_project(project, SCHEMA)
    assert after.identity.prompt_version != before.identity.prompt_version
    define_label(services, 1, "Tech", "", screen)
    assert services.teachers.for_project(project, SCHEMA) is before


def test_a_label_that_the_project_does_not_have_is_refused_with_those_that_it_has(
    services: Services, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    over(services, label_studio)
    with pytest.raises(
        DefinitionsInvalid, match=r"'Sprot' is no label of this project\. Its labels are 'Sport', 'Tech'\."
    ):
        define_label(services, 1, "Sprot", "x", screen)


def test_a_file_is_taken_whole_or_not_at_all(
    services: Services, label_studio: FakeLabelStudio, screen: Screen, tmp_path: Path
) -> None:
    over(services, label_studio)
    file = tmp_path / "labels.yaml"
    file.write_text("\ufeffSport: Games\nTech: Chips\n", encoding="utf-8")
    load_labels(services, 1, file, screen)
    assert services.store.label_definitions.list_all(1) == {"Tech": "Chips", "s": "Games"}
    file.write_text("Sport:\nNone: x\n")
    with pytest.raises(DefinitionsInvalid, match="'None' is no label"):
        load_labels(services, 1, file, screen)
    assert services.store.label_definitions.list_all(1) == {"Tech": "Chips", "s": "Games"}
    file.write_text("Sport:\n")
    load_labels(services, 1, file, screen)
    assert services.store.label_definitions.list_all(1) == {"Tech": "Chips"}


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(
    services: Services, label_studio: FakeLabelStudio, tmp_path: Path, content: bytes | None
) -> None:
    over(services, label_studio)
    file = tmp_path / "labels.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DefinitionsInvalid, match=r"labels.yaml cannot be read"):
        load_labels(services, 1, file)


def test_the_list_shows_every_label_and_definitions_of_labels_that_are_gone(
    services: Services, label_studio: FakeLabelStudio, screen: Screen
) -> None:
    over(services, label_studio)
    services.store.label_definitions.define(1, {"s": "Games.", "Old": "Was here."})
    list_labels(services, 1, screen)
    assert screen.shown.splitlines() == [
        "Sport (alias s)",
        "  hint: games",
        "  definition: Games.",
        "Tech",
        "  no definition",
        "Old",
        "  defined, but no label of this project any more: the LLM is not told",
    ]
    define_label(services, 1, "Old", "", screen)
    assert services.store.label_definitions.list_all(1) == {"s": "Games."}


def test_what_is_shown_is_what_is_sent_and_nothing_is_sent_meanwhile(
    new_services: MakeServices, label_studio: FakeLabelStudio
) -> None:
    with OpenAIServer(lambda text: "Sport") as server:
        services = over(new_services(**{**LLM, "openai_base_url": server.base_url}), label_studio)
        body = json.loads(describe_request(services, 1, 1, as_json=True))
        describe_request(services, 1, 1)
        assert server.n_requests == 0
        project = services.store.projects.get(1)
        assert project is not None
        teacher = services.llms.make(project, SCHEMA, {})
        BudgetedTeacher(teacher, services.store.ledger, project_id=1, budget=services.settings.budget).label("A match.")
        teacher.close()
        assert body == server.requests[0].body
        after = describe_request(services, 1, 1)
    assert "answered:       's', on " in after
    assert "for project 1: it would not be asked again" in after


def test_the_prompt_is_shown_with_model_version_parameters_and_size(
    new_services: MakeServices, label_studio: FakeLabelStudio
) -> None:
    services = over(new_services(**LLM), label_studio)
    shown = describe_request(services, 1, 1)
    for part in ("'A project', task 1", "m at ", "prompt version: ", "max_tokens=200", "temperature=0.0", " tokens"):
        assert part in shown
    assert "answered:       not yet" in shown
    assert "--- user ---\n<text>\nA match.\n</text>\n" in shown
    assert '"enum": [\n' in shown


def test_a_text_cannot_steer_the_terminal(new_services: MakeServices, label_studio: FakeLabelStudio) -> None:
    shown = describe_request(over(new_services(**LLM), label_studio), 1, 2)
    assert "A chip.\\x1b[2J\tdone" in shown
    assert "\x1b" not in shown


def test_a_project_that_the_store_does_not_know_is_read_from_label_studio_and_not_kept(
    new_services: MakeServices, label_studio: FakeLabelStudio
) -> None:
    services = over(new_services(**LLM), label_studio, is_synced=False)
    shown = describe_request(services, 1, 1)
    assert "A match." in shown
    assert services.store.projects.get(1) is None


def test_a_task_that_nobody_has_is_said_to_be_missing(
    new_services: MakeServices, label_studio: FakeLabelStudio
) -> None:
    with pytest.raises(LabelStudioRefused, match="Project 1 has no task 99 with a text in 'text'"):
        describe_request(over(new_services(**LLM), label_studio), 1, 99)


def test_without_an_llm_the_built_in_teacher_says_what_it_compares(
    services: Services, label_studio: FakeLabelStudio
) -> None:
    shown = describe_request(over(services, label_studio), 1, 1)
    assert "built-in zero-shot teacher" in shown
    assert "- This text is about Sport." in shown


def test_examples_are_shown_as_they_would_be_sent(new_services: MakeServices, label_studio: FakeLabelStudio) -> None:
    label_studio.annotations[1] = Annotation(annotation_id=1, task_id=2, label="Tech", lead_time_s=1.0)
    services = over(new_services(**LLM, few_shot=2), label_studio)
    shown = describe_request(services, 1, 1)
    assert '--- assistant ---\n{"label": "Tech"}\n' in shown
