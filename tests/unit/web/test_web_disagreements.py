from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from fakes.services import SERVED, connect
from mraru.bootstrap import Services
from mraru.records import Prediction, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.predictions import RowState

IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1")


@pytest.fixture
def judged(services: Services) -> Services:
    """Five tasks of four texts: the teacher agrees on a, differs on b (twice), has no label for c, was not asked d."""
    store = services.store
    connect(services)
    store.projects.set_served(1, SERVED, 1)
    store.tasks.save(1, [TaskText(task_id=n, text=text) for n, text in enumerate("abbcd", start=1)])
    differing = TeacherAnswer(
        label="s", raw="", explanation="It names a match.", probabilities=(("s", 0.75), ("Business", 0.25))
    )
    answers = {
        "a": TeacherAnswer(label="Business", raw=""),
        "b": differing,
        "c": TeacherAnswer(label=None, raw="", no_label_reason="the LLM refused to label this text"),
    }
    for text, answer in answers.items():
        store.teacher_labels.save(
            1, text_hash=hash_text(text), answer=answer, identity=IDENTITY, round_number=1, at=1.0
        )
    scores = {1: 0.9, 2: 0.3, 3: 0.2, 4: 0.0, 5: 0.8}
    store.predictions.add(
        1,
        [
            Prediction(task_id=task_id, label="Business", score=score, model_version=SERVED)
            for task_id, score in scores.items()
        ],
    )
    return services


def test_disagreements_show_both_labels_and_the_reason_lowest_score_first(
    judged: Services, client: FlaskClient
) -> None:
    answer = client.get("/api/projects/1/disagreements").get_json()
    assert answer["model_version"] == SERVED
    assert [entry["task_id"] for entry in answer["disagreements"]] == [4, 3, 2]
    assert answer["disagreements"][1] == {
        "task_id": 3,
        "teacher_label": "s",
        "no_label_reason": None,
        "explanation": "It names a match.",
        "teacher_probabilities": {"s": 0.75, "Business": 0.25},
        "votes": [],
        "student_label": "Business",
        "score": 0.2,
    }
    assert answer["disagreements"][0]["no_label_reason"] == "the LLM refused to label this text"


def test_an_llms_own_prediction_and_one_of_a_former_text_are_not_compared(
    judged: Services, client: FlaskClient
) -> None:
    judged.store.predictions.add(1, [Prediction(task_id=1, label="s", score=0.1, model_version="mraru-gpt")])
    former = Prediction(task_id=3, label="Business", score=0.1, model_version=SERVED)
    judged.store.predictions.add(1, [former], RowState.OF_FORMER_TEXT)
    listed = client.get("/api/projects/1/disagreements").get_json()["disagreements"]
    assert [entry["task_id"] for entry in listed] == [4, 2]


def test_a_project_that_is_not_connected_has_none(client: FlaskClient) -> None:
    assert client.get("/api/projects/9/disagreements").status_code == 404
