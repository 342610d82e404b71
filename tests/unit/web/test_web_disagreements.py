from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from fakes.services import SERVED, connect
from mraru.bootstrap import Services
from mraru.records import TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.review.opinions import Opinion

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
    scores = {"a": 0.9, "b": 0.6, "c": 0.3, "d": 0.8}
    store.opinions.save(
        1,
        [
            Opinion(text_hash=hash_text(text), label="Business", confidence=0.7, final_label="s", score=score)
            for text, score in scores.items()
        ],
        1,
    )
    return services


def test_disagreements_show_both_labels_and_the_reason_lowest_score_first(
    judged: Services, client: FlaskClient
) -> None:
    answer = client.get("/api/projects/1/disagreements").get_json()
    assert answer["model_version"] == SERVED
    assert [entry["task_id"] for entry in answer["disagreements"]] == [4, 2, 3]
    assert answer["disagreements"][2] == {
        "task_id": 3,
        "teacher_label": "s",
        "no_label_reason": None,
        "explanation": "It names a match.",
        "teacher_probabilities": {"s": 0.75, "Business": 0.25},
        "votes": [],
        "student_label": "Business",
        "final_label": "s",
        "score": 0.6,
    }
    assert answer["disagreements"][0]["no_label_reason"] == "the LLM refused to label this text"


def test_a_project_that_is_not_connected_has_none(client: FlaskClient) -> None:
    assert client.get("/api/projects/9/disagreements").status_code == 404
