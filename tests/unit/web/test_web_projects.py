from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from flask.testing import FlaskClient

from fakes.services import SERVED, connect
from mraru.bootstrap import Services
from mraru.budget_records import Budget
from mraru.records import Annotation, Prediction, TaskText, TeacherAnswer, TeacherIdentity, Usage, hash_text
from mraru.reporting.headline.headline import Headline
from mraru.reporting.project_summary import ProjectSummary, TeacherFigures
from mraru.reporting.round_figures import RoundFigures
from mraru.selection_records import SelectionEnd
from mraru.store.projects.project_repository import ProgressPhase, ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit

IDENTITY = TeacherIdentity(model="zero-shot", prompt_version="1", is_zero_shot=True)


@pytest.fixture
def filled(services: Services) -> Services:
    """A project after a round: five tasks of four texts, three asked about, two checked by people."""
    store = services.store
    connect(services)
    store.tasks.save(
        1, [TaskText(task_id=number, text=text) for number, text in enumerate(["a", "b", "c", "d", "d"], start=1)]
    )
    for text, label in (("a", "s"), ("b", "Business"), ("c", None)):
        call = store.ledger.reserve(
            project_id=1,
            identity=IDENTITY,
            text_hash=hash_text(text),
            cost_bound_usd=0.5,
            tokens_bound=200,
            budget=Budget(max_calls=9, max_cost_usd=9.0),
        )
        answer = TeacherAnswer(label=label, raw="", cost_usd=0.25, usage=Usage(prompt_tokens=100, completion_tokens=10))
        store.ledger.settle(call, answer)
        store.teacher_labels.save(
            1, text_hash=hash_text(text), answer=answer, identity=IDENTITY, round_number=1, at=1.0
        )
    store.annotations.save(
        1,
        [
            Annotation(annotation_id=1, task_id=1, label="s"),
            Annotation(annotation_id=2, task_id=2, label="s"),
        ],
        1.0,
    )
    store.vectors.save_vectors("counting", {hash_text("d"): np.zeros(2, dtype=np.float32)})
    store.rounds.open(
        1,
        number=1,
        kind=RoundKind.MRARU,
        step=RoundStep.DONE,
        n_pool=4,
        selected=[
            TextVisit(text_hash=hash_text("a"), acceptance_probability=0.75, accepted=True, pass_number=1),
            TextVisit(text_hash=hash_text("b"), acceptance_probability=0.5, accepted=False, pass_number=1),
        ],
        selection_end=SelectionEnd.BATCH_FULL,
        at=1.0,
    )
    store.predictions.add(1, [Prediction(task_id=4, label="s", score=0.5, model_version=SERVED)])
    store.projects.set_served(1, SERVED, 1)
    store.projects.start(1)
    store.projects.set_progress(1, ProgressPhase.ASKING, 3, 25)
    store.warnings.note(1, "unnamed", "The teacher never named Business.", 1.0)
    store.events.add(1, action="TASKS_CREATED", payload="{}", is_trusted=True)
    return services


def test_projects_are_listed(client: FlaskClient, services: Services) -> None:
    assert client.get("/api/projects").json == {"projects": [], "teachers": []}
    connect(services, 3)
    services.store.projects.start(3)
    services.store.projects.set_state(3, ProjectState.FAILED, "no key")
    assert client.get("/api/projects").json == {
        "projects": [{"id": 3, "title": "", "state": "failed", "reason": "no key"}],
        "teachers": [],
    }


def test_a_project_shows_its_figures(client: FlaskClient, filled: Services) -> None:
    shown = client.get("/api/projects/1").json
    teacher, rounds, warnings = shown.pop("teacher"), shown.pop("rounds"), shown.pop("warnings")
    assert shown.pop("batch_jobs") == []
    headline = shown.pop("headline")
    assert (headline["n_open"], headline["n_last_hour"], headline["hours_left"]) == (3, 0, None)
    assert shown == {
        "id": 1,
        "title": "",
        "state": "running",
        "reason": "",
        "controls": {
            "state": "running",
            "reason": "",
            "rounds_left": None,
            "can_start": False,
            "can_pause": True,
            "can_run_round": True,
            "is_start_next": False,
            "held_back_by": "",
        },
        "phase": "asking the teacher",
        "n_done": 3,
        "n_total": 25,
        "n_tasks": 5,
        "n_texts": 4,
        "n_gold": 2,
        "n_ties": 0,
        "set_aside": [],
        "n_corrections_waiting": 2,
        "n_events_waiting": 1,
        "served_version": SERVED,
        "served_round": 1,
        "n_predictions": 1,
        "n_embedded": 1,
        "student": "logreg",
        "sampler": "mraru",
        "n_rounds": 1,
        "stop_rules": [],
    }
    assert teacher == {
        "name": "built-in zero-shot (no LLM)",
        "n_labels": 2,
        "n_no_label": 1,
        "n_texts_paid": 3,
        "n_calls": 3,
        "max_calls": 1000,
        "cost_usd": 0.75,
        "max_cost_usd": 5.0,
        "n_tokens": 330,
        "max_tokens": None,
        "prompt_tokens": 300,
        "completion_tokens": 30,
        "n_checked": 2,
        "n_right": 1,
        "stars_apart": None,
        "attempts": {"n_attempts": 3, "n_retries": 0, "n_answered": 3, "n_not_billed": 0, "n_maybe_billed": 0},
        "health": None,
        "members": [],
        "total": {
            "n_calls": 3,
            "max_calls": None,
            "n_tokens": 330,
            "max_tokens": None,
            "cost_usd": 0.75,
            "max_cost_usd": None,
        },
    }
    (round_,) = rounds
    assert (round_["kind"], round_["acceptance_rate"], round_["selection_end"]) == ("mraru", 0.5, "batch full")
    (warning,) = warnings
    assert warning.pop("written_at") > 0
    assert warning == {
        "code": "unnamed",
        "message": "The teacher never named Business.",
        "level": "warning",
        "remedy": "",
    }


def test_a_project_shows_every_figure_there_is(client: FlaskClient, filled: Services) -> None:
    shown = client.get("/api/projects/1").json
    assert shown.keys() == {"headline", *(field.name for field in fields(ProjectSummary))}
    assert shown["headline"].keys() == {field.name for field in fields(Headline)}
    assert shown["teacher"].keys() == {field.name for field in fields(TeacherFigures)}
    assert shown["rounds"][0].keys() == {field.name for field in fields(RoundFigures)}


def test_a_round_shows_what_was_measured_of_its_student(client: FlaskClient, filled: Services) -> None:
    measured = {
        "estimated_agreement": 0.8,
        "mean_uncertainty": 0.4,
        "mean_confidence": 0.7,
        "kappa": 0.95,
        "n_compared": 500,
        "n_gold_checked": 2,
        "n_gold_right": 1,
        "n_judged": 60,
        "n_contradicted": 3,
        "calibration": "temperature",
        "calibration_error_before": 0.12,
        "calibration_error_after": 0.05,
    }
    filled.store.rounds.update(1, 1, **measured)
    (round_,) = client.get("/api/projects/1").json["rounds"]
    assert {name: round_[name] for name in measured} == measured


def test_rules_that_ended_the_rounds_and_those_that_people_overruled_are_shown(
    client: FlaskClient, filled: Services
) -> None:
    filled.store.stop_rules.note(1, {"stable predictions": "kappa is high"}, 5, 1.0)
    filled.store.stop_rules.overrule(1, 15)
    filled.store.stop_rules.note(1, {"target accuracy": "it is reached"}, 6, 2.0)
    assert client.get("/api/projects/1").json["stop_rules"] == [
        {"rule": "stable predictions", "reason": "kappa is high", "fired_at": 1.0, "overruled_until": 15},
        {"rule": "target accuracy", "reason": "it is reached", "fired_at": 2.0, "overruled_until": None},
    ]


def test_a_project_never_shows_its_token(client: FlaskClient, filled: Services) -> None:
    for path in ("/api/projects", "/api/projects/1", "/metrics"):
        assert "token-of-the-test" not in client.get(path).text


def test_a_project_whose_label_config_is_not_supported_is_shown_all_the_same(
    client: FlaskClient, services: Services
) -> None:
    connect(services, label_config="<View/>")
    services.store.projects.start(1)
    services.store.projects.set_state(1, ProjectState.FAILED, "the label config")
    answer = client.get("/api/projects/1")
    assert (answer.status_code, answer.json["state"], answer.json["n_gold"]) == (200, "failed", 0)


def test_the_visits_of_a_round_come_in_their_order(client: FlaskClient, filled: Services) -> None:
    rest = {"pass_number": 1, "near_duplicate": False}
    assert client.get("/api/projects/1/rounds/1/visits").json == {
        "visits": [
            {"text_hash": hash_text("a"), "acceptance_probability": 0.75, "accepted": True} | rest,
            {"text_hash": hash_text("b"), "acceptance_probability": 0.5, "accepted": False} | rest,
        ],
        "n_total": 2,
        "next": None,
    }


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/api/projects/9", "Project 9 is not connected to this backend."),
        ("/api/projects/1/rounds/9/visits", "Project 1 has no round 9."),
        ("/api/projects/9/rounds/1/visits", "Project 9 has no round 1."),
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, filled: Services, path: str, error: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json) == (404, {"error": error})


@pytest.mark.parametrize(
    "path",
    [f"/api/projects/{10**30}", f"/api/projects/{10**30}/rounds/1/visits", f"/api/projects/1/rounds/{10**30}/visits"],
)
def test_a_number_beyond_any_is_not_found(client: FlaskClient, filled: Services, path: str) -> None:
    assert client.get(path).status_code == 404
