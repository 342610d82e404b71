"""What is made for a project is made as was set for it; what others have stays as it is."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import class_of
from fakes.services import LABEL_CONFIG, MakeServices, connect
from mraru.bootstrap import Services
from mraru.bootstrap.sampler_factory import make_sampler
from mraru.budget_records import Budget
from mraru.errors import ProjectSettingInvalid, WorkInterrupted
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.final_labels.vote_consensus import GoldConsensus
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import Annotation, TaskText
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProjectState
from mraru.use_cases.project_controls import ProjectControls


def settle(services: Services, project_id: int = 1) -> None:
    """Let the loop of a project do all that there is to do now, made anew for each piece as the worker does."""
    for _ in range(100):
        if not services.make_loop(project_id).advance().more:
            return
    pytest.fail("still at work")


@pytest.fixture
def controlled(new_services: MakeServices, clock: HandClock) -> Services:
    """A project with labels of people for each class, and the built-in teacher."""
    services = new_services(batch_size=4, max_rounds=1, tabs=False)
    studio = FakeLabelStudio([f"{LABELS[number % 3]} {number}" for number in range(40)])
    for task_id in range(1, 13):
        label = class_of(studio.tasks[task_id])
        studio.annotations[task_id] = Annotation(annotation_id=task_id, task_id=task_id, label=label, lead_time_s=1.0)
    sync_project(services.store, studio, 1, clock)
    services.store.projects.forget_corrections(1, 12)
    services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
    return services


def reason_of(services: Services) -> str:
    project = services.store.projects.get(1)
    assert project is not None
    return project.reason


def test_each_project_has_its_own_settings_and_the_others_the_servers(services: Services) -> None:
    services.store.project_settings.change(1, {"student": "svm", "sampler": "random", "max_calls": 5})
    mine, others = services.settings_for(1), services.settings_for(2)
    assert (mine.student, mine.sampler, mine.max_calls) == ("svm", "random", 5)
    assert others is services.settings
    assert (services.students.make(mine).name, services.students.make(others).name) == ("svm", "logreg")
    assert make_sampler(mine).name == "random"
    assert services.budget_of(1) == Budget(max_calls=5, max_cost_usd=5.0)
    assert services.budget_of(2) == services.settings.budget == Budget(max_calls=1000, max_cost_usd=5.0)


def test_what_another_process_sets_holds_from_the_next_look_on(new_services: MakeServices) -> None:
    worker, web = new_services(), new_services()
    assert worker.settings_for(1).batch_size == 25
    web.store.project_settings.change(1, {"batch_size": 3})
    assert worker.settings_for(1).batch_size == 3
    web.store.project_settings.change(1, {}, unset=["batch_size"])
    assert worker.settings_for(1).batch_size == 25


def test_a_stored_value_that_is_possible_no_more_is_named_with_its_remedy(services: Services) -> None:
    services.store.project_settings.change(3, {"max_calls": -1})
    with pytest.raises(ProjectSettingInvalid, match=r"^Of what was set for project 3: MRARU_MAX_CALLS: .*--unset NAME"):
        services.settings_for(3)


@pytest.mark.parametrize("name", ["student", "sampler", "acceptance_rule"])
def test_a_part_of_another_package_that_is_not_what_it_must_be_is_never_set(
    controlled: Services, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    brought = {"broken": EntryPoint("broken", "collections:Counter", "mraru.anything")}
    monkeypatch.setattr("mraru.plugins._find", lambda group: brought)
    with pytest.raises(ProjectSettingInvalid, match="'broken'"):
        ProjectControls(controlled, lambda _: None).change_settings(1, {name: "broken"})
    assert controlled.store.project_settings.load(1) == {}


def test_rounds_are_had_as_was_set_for_the_project(controlled: Services) -> None:
    woken: list[int] = []
    controls = ProjectControls(controlled, woken.append)
    wanted = {"batch_size": 2, "student": "lda", "calibration": "none", "sampler": "random", "max_rounds": 2}
    controls.change_settings(1, wanted)
    controls.start(1)
    settle(controlled)
    round_ = controlled.store.rounds.list_all(1)[-1]  # the first has no student yet, and is random in any case
    assert (round_.kind, round_.n_accepted, round_.student, round_.calibration) == ("random", 2, "lda", None)
    assert reason_of(controlled) == "2 of 2 rounds done (MRARU_MAX_ROUNDS)"
    assert woken == [1, 1]


def test_how_people_are_weighed_may_differ_from_project_to_project(controlled: Services) -> None:
    controlled.store.project_settings.change(1, {"gold_consensus": "dawid-skene", "gold_min_texts": 3})
    options = controlled.make_loop(1)._context.config
    assert (options.gold_consensus, options.gold_min_texts) == (GoldConsensus.DAWID_SKENE, 3)
    others = controlled.make_loop(2)._context.config
    assert (others.gold_consensus, others.gold_min_texts) == (GoldConsensus.MAJORITY, 200)


def test_the_loop_asks_the_teacher_that_heeds_pauses(controlled: Services) -> None:
    assert controlled.make_loop(1)._context.make_teacher == controlled.teachers.for_rounds


def test_a_changed_student_takes_over_with_the_next_round(controlled: Services) -> None:
    controls = ProjectControls(controlled, lambda project_id: None)
    controls.start(1)
    settle(controlled)
    assert controlled.predictor.served_version(1) == "mraru"
    schema = parse_label_config(FakeLabelStudio().label_config)
    task = TaskText(task_id=999, text="sport 999")
    controls.change_settings(1, {"student": "svm", "max_rounds": 2})
    assert predict_round(controlled, schema, task) == (1, "logreg")  # of the former one, from its file
    settle(controlled)
    assert predict_round(controlled, schema, task) == (2, "svm")


def predict_round(services: Services, schema: LabelSchema, task: TaskText) -> tuple[int, str | None]:
    """Predict a task, and say of which round's student the answer is."""
    version, (prediction,) = services.predictor.predict(1, schema, [task])
    assert prediction is not None
    assert version == prediction.model_version == "mraru"
    round_ = services.store.rounds.get(1, prediction.round_number)
    assert round_ is not None
    return round_.number, round_.student


def test_a_changed_budget_is_kept_and_told_by_every_count(controlled: Services) -> None:
    controls = ProjectControls(controlled, lambda project_id: None)
    controls.change_settings(1, {"max_calls": 3, "max_rounds": None})
    controls.start(1)
    settle(controlled)
    assert controlled.store.ledger.spending(1).n_calls == 3
    assert reason_of(controlled) == "budget: 3 of 3 calls made (MRARU_MAX_CALLS)"
    controls.change_settings(1, {"max_calls": 2})
    settle(controlled)
    assert reason_of(controlled) == "budget: 3 of 2 calls made (MRARU_MAX_CALLS)"
    controls.change_settings(1, {"max_calls": 7})
    settle(controlled)
    assert controlled.store.ledger.spending(1).n_calls == 7


def test_the_rounds_teacher_heeds_a_pause_and_others_do_not(services: Services) -> None:
    connect(services)
    services.store.projects.start(1)
    project = services.store.projects.get(1)
    assert project is not None
    schema = parse_label_config(LABEL_CONFIG)
    in_rounds, elsewhere = services.teachers.for_rounds(project, schema), services.teachers.for_project(project, schema)
    assert in_rounds is services.teachers.for_rounds(project, schema)
    assert in_rounds.identity == elsewhere.identity
    services.store.projects.pause(1)
    with pytest.raises(WorkInterrupted):
        in_rounds.label("a text")
    assert services.store.ledger.spending(1).n_calls == 0
    assert elsewhere.label("a text").label is not None  # somebody measures a prompt meanwhile
    services.store.projects.start(1)
    assert in_rounds.label("a text").from_ledger


def test_one_round_of_the_controls_is_one_round(controlled: Services) -> None:
    controls = ProjectControls(controlled, lambda project_id: None)
    controls.change_settings(1, {"max_rounds": None})
    for n_rounds in (1, 2):
        assert controls.run_round(1).rounds_left == 1
        settle(controlled)
        assert sum(round_.is_sampled for round_ in controlled.store.rounds.list_all(1)) == n_rounds
    project = controlled.store.projects.get(1)
    assert project is not None
    assert (project.state, project.rounds_left) == (ProjectState.PAUSED, 0)
