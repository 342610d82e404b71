"""`mraru labels rename` as people see it, and what it spares them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio, label_config
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.teacher.definition_list import list_labels
from mraru.cli.teacher.prompt_display import describe_request
from mraru.cli.teacher.renamed_labels import ask_again_command, rename_command
from mraru.cli.teacher.teacher_eval import evaluate_teacher
from mraru.errors import LabelStudioUnreachable, ProjectUnknown, RenamingInvalid
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, hash_text
from mraru.reporting.labelled_tasks import list_labelled_tasks
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.web.flask_app import create_app

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text"><Choice value="sport"/>'
    '<Choice value="Eating out" alias="meal"/></Choices></View>'
)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: text.split()[0]) as running:
        yield running


class Renamed:
    """Four texts that people and the LLM labelled; then `food` has another name in the label config."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.studio = FakeLabelStudio(["sport 1", "food 2", "sport 3", "food 4"], ("sport", "food"))
        services.label_studio = lambda project_id=None: self.studio  # type: ignore[assignment,method-assign,misc]
        for task_id, text in self.studio.tasks.items():
            said = Annotation(annotation_id=task_id, task_id=task_id, label=text.split()[0], lead_time_s=1.0)
            self.studio.annotations[task_id] = said
        self.sync()
        self.evaluate()  # asks the LLM about all of them
        self._label()
        self.woken: list[int] = []

    def sync(self) -> None:
        sync_project(self.services.store, self.studio, 1, self.services.clock)

    def evaluate(self) -> str:
        console = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)
        evaluate_teacher(self.services, 1, confirm=lambda question: True, console=console)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()

    def _label(self) -> None:
        """What the rounds would have made of the LLM's answers."""
        store = self.services.store
        for call in store.answered_calls.list_about([hash_text(text) for text in self.studio.tasks.values()]):
            answer = store.ledger.find_answer(call.identity, call.text_hash)
            assert answer is not None
            store.teacher_labels.save(
                1, text_hash=call.text_hash, answer=answer, identity=call.identity, round_number=1, at=1.0
            )

    def rename(self, old: str, new: str | None, *, undo: bool = False, project_id: int = 1) -> str:
        console = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)
        rename_command(self.services, project_id, old, new, undo=undo, wake=self.woken.append, console=console)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()

    def listed(self) -> str:
        console = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)
        list_labels(self.services, 1, console)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()


@pytest.fixture
def renamed(new_services: MakeServices, server: OpenAIServer) -> Iterator[Renamed]:
    services = new_services(
        openai_base_url=server.base_url,
        openai_model="m",
        input_usd_per_mtok=1.0,
        output_usd_per_mtok=2.0,
        teacher_concurrency=1,
        retrain_after=1,
    )
    teachers: list[OpenAITeacher] = []
    make_llm_teacher = services.llms.make

    def remember(*arguments: Any) -> OpenAITeacher:
        teachers.append(make_llm_teacher(*arguments))
        return teachers[-1]

    services.llms.make = remember  # type: ignore[method-assign]
    made = Renamed(services)
    made.studio.label_config = CONFIG
    made.sync()
    yield made
    for teacher in teachers:
        teacher.close()


def test_the_download_says_what_was_set_aside_and_whose_label_stands_instead(renamed: Renamed) -> None:
    def read() -> dict[int, tuple[str | None, str | None]]:
        return {row.task_id: (row.label, row.set_aside) for row in list_labelled_tasks(renamed.services, 1)}

    renamed.studio.label_config = CONFIG
    renamed.sync()
    assert read() == {1: ("sport", None), 2: (None, "food"), 3: ("sport", None), 4: (None, "food")}
    renamed.rename("food", "meal")
    assert read() == {1: ("sport", None), 2: ("meal", None), 3: ("sport", None), 4: ("meal", None)}


def test_it_says_what_counts_again_and_wakes_the_worker(renamed: Renamed) -> None:
    said = renamed.rename("food", "Eating out")
    assert said.startswith("'food' is read as 'meal' from now on: 2 labels of people and 2 of the LLM count again, ")
    assert "nobody was asked anything" in said
    assert "To take it back: mraru labels rename 1 food --undo" in said
    assert renamed.woken == [1]
    assert renamed.rename("food", "meal") == "'food' is read as 'meal' already: nothing changed.\n"
    assert renamed.woken == [1]
    assert renamed.rename("food", None, undo=True) == (
        "'food' is not read as 'meal' any more: 2 labels of people and 2 of the LLM are set aside.\n"
    )


def test_the_list_of_labels_shows_what_is_set_aside_and_what_became_of_it(renamed: Renamed) -> None:
    assert (
        "set aside, as the label config has it no more: 'food': 2 labels of people and 2 of the LLM\n"
        "  if it has another name now: mraru labels rename 1 food meal\n"
    ) in renamed.listed()
    renamed.rename("food", "meal")
    shown = renamed.listed()
    assert "set aside" not in shown
    assert shown.endswith("'food' is read as 'meal'; to take that back: mraru labels rename 1 food --undo\n")


def test_programs_see_what_is_set_aside(renamed: Renamed) -> None:
    client = create_app(renamed.services, renamed.woken.append).test_client()
    state = json.loads(client.get("/api/projects/1").data)
    assert state["set_aside"] == [
        {"label": "food", "n_people": 2, "n_teacher": 2, "is_zero_shot": False, "likely_name": "meal"}
    ]
    assert "labels-set-aside" in {warning["code"] for warning in state["warnings"]}
    renamed.rename("food", "meal")
    state = json.loads(client.get("/api/projects/1").data)
    assert (state["set_aside"], state["n_gold"], state["teacher"]["n_labels"]) == ([], 4, 4)


def test_the_label_config_is_read_anew_or_as_it_was_read_last(renamed: Renamed) -> None:
    renamed.studio.label_config = label_config(("sport", "dish"))  # the worker has not seen it yet
    with pytest.raises(RenamingInvalid, match="'meal' is no label of this project"):
        renamed.rename("food", "meal")
    renamed.studio.before_call = lambda name: (_ for _ in ()).throw(LabelStudioUnreachable("gone"))
    assert "count again" in renamed.rename("food", "meal")


def test_what_cannot_be_is_refused(renamed: Renamed) -> None:
    with pytest.raises(ProjectUnknown, match="does not know project 7"):
        renamed.rename("food", "meal", project_id=7)
    with pytest.raises(RenamingInvalid, match="what the label is called now, or --undo"):
        renamed.rename("food", None)
    with pytest.raises(RenamingInvalid, match="what the label is called now, or --undo"):
        renamed.rename("food", "meal", undo=True)
    with pytest.raises(RenamingInvalid, match="'food' is not renamed"):
        renamed.rename("food", None, undo=True)
    assert renamed.woken == []


def test_measuring_the_llm_after_a_renaming_pays_for_nothing_again(renamed: Renamed, server: OpenAIServer) -> None:
    assert server.n_requests == 4
    renamed.rename("food", "meal")
    report = renamed.evaluate()
    assert server.n_requests == 4
    in_use = next(line for line in report.splitlines() if "(in use)" in line)
    assert "4 of 4 right" in in_use


def test_the_prompt_shows_that_it_was_answered_under_the_former_name(renamed: Renamed) -> None:
    assert "answered:       not yet" in describe_request(renamed.services, 1, 2)
    renamed.rename("food", "meal")
    shown = describe_request(renamed.services, 1, 2)
    assert "answered:       'food', which is 'meal' now, on " in shown
    assert shown.count("it would not be asked again") == 1
    assert parse_label_config(CONFIG).labels == ("sport", "meal")


def test_asking_again_is_said_to_cost_calls_and_costs_none_by_itself(renamed: Renamed, server: OpenAIServer) -> None:
    console = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)
    ask_again_command(renamed.services, 1, "food", wake=renamed.woken.append, console=console)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().startswith("2 texts that were labelled 'food' may be asked about again")
    assert (renamed.woken, server.n_requests) == ([1], 4)
    assert "set aside, as the label config has it no more: 'food': 2 labels of people\n" in renamed.listed()


def test_sets_that_are_renamed_with_a_label_are_not_listed_as_renamings_of_their_own(renamed: Renamed) -> None:
    several = CONFIG.replace('toName="text">', 'toName="text" choice="multiple">')
    renamed.studio.label_config = several
    said = Annotation(annotation_id=9, task_id=1, label="food | sport", lead_time_s=1.0)
    renamed.studio.annotations[9] = said
    renamed.sync()
    renamed.rename("food", "meal")
    assert renamed.services.store.label_renames.list_steps(1) == {"food": "meal", "food | sport": "meal | sport"}
    listed = [line for line in renamed.listed().splitlines() if "is read as" in line]
    assert listed == ["'food' is read as 'meal'; to take that back: mraru labels rename 1 food --undo"]
