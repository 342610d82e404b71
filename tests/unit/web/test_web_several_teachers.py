from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fakes.services import SERVED, MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.records import (
    Annotation,
    CircuitState,
    TaskText,
    TeacherAnswer,
    TeacherHealth,
    TeacherIdentity,
    TeacherMode,
    Vote,
    hash_text,
)
from mraru.store.review.opinions import Opinion

SERVER = "http://user-free:1/v1"


def health_of(model: str, circuit: CircuitState) -> TeacherHealth:
    return TeacherHealth(server=SERVER, model=model, circuit=circuit, n_failures=0)


@pytest.fixture
def voted(new_services: MakeServices, tmp_path: Path) -> Services:
    """Texts a, b, c: the three teachers agree on a, differ on b, and the student differs from all on c."""
    path = tmp_path / "teachers.yaml"
    entries = "".join(f"  - {{name: {name}, model: m-{name}, base_url: '{SERVER}'}}\n" for name in "xyz")
    path.write_text(f"mode: ensemble\nteachers:\n{entries}")
    services = new_services(teachers_file=path, dawid_skene_min_texts=3)
    store = services.store
    connect(services)
    store.projects.set_served(1, SERVED, 1)
    store.tasks.save(1, [TaskText(task_id=n, text=text) for n, text in enumerate("abc", start=1)])
    for text, labels in {"a": "sss", "b": "ssB", "c": "BBB"}.items():
        votes = tuple(
            Vote(teacher=name, label="s" if label == "s" else "Business")
            for name, label in zip("xyz", labels, strict=True)
        )
        answer = TeacherAnswer(
            label=votes[0].label, raw="", votes=votes, probabilities=(("s", 0.75), ("Business", 0.25))
        )
        store.teacher_labels.save(
            1,
            text_hash=hash_text(text),
            answer=answer,
            identity=TeacherIdentity(model=TeacherMode.ENSEMBLE, prompt_version="p1"),
            round_number=1,
            at=1.0,
        )
    scores = {1: 0.9, 2: 0.6, 3: 0.1}
    hash_of = {task.task_id: task.text_hash for task in store.tasks.list_after(1, 0, 10)}
    store.opinions.save(
        1,
        [
            Opinion(text_hash=hash_of[n], label="s", confidence=0.7, final_label="s", score=score)
            for n, score in scores.items()
        ],
        1,
    )
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=2, label="Business")], 1.0)
    return services


@pytest.fixture
def voted_client(make_client: MakeClient, voted: Services) -> FlaskClient:
    return make_client(voted)


def test_texts_on_which_teachers_differ_are_listed_with_their_votes(voted_client: FlaskClient) -> None:
    listed = voted_client.get("/api/projects/1/disagreements").json["disagreements"]
    assert [entry["task_id"] for entry in listed] == [3, 2]
    assert listed[1]["teacher_label"] == listed[1]["student_label"] == "s"
    assert listed[1]["votes"] == [
        {"teacher": "x", "label": "s", "cut_at": None},
        {"teacher": "y", "label": "s", "cut_at": None},
        {"teacher": "z", "label": "Business", "cut_at": None},
    ]


def test_each_teacher_is_shown_with_how_it_does(voted_client: FlaskClient) -> None:
    teacher = voted_client.get("/api/projects/1").json["teacher"]
    assert teacher["name"] == "ensemble(x, y, z)"
    x, y, z = teacher["members"]
    assert (x["name"], x["n_votes"], x["n_no_label"], x["n_agreeing"]) == ("x", 3, 0, 3)
    assert (x["n_checked"], x["n_right"], z["n_right"], z["n_agreeing"]) == (1, 0, 1, 2)
    assert x["estimated_accuracy"] == pytest.approx((0.75 + 0.75 + 0.25) / 3)
    assert (y["name"], y["n_checked"]) == ("y", 1)


def test_a_server_that_is_held_back_is_the_one_that_the_project_shows(
    voted: Services, voted_client: FlaskClient
) -> None:
    for model, circuit in (("m-x", CircuitState.CLOSED), ("m-y", CircuitState.OPEN), ("former", CircuitState.OPEN)):
        voted.store.teacher_health.save(health_of(model, circuit))
    assert voted_client.get("/api/projects/1").json["teacher"]["health"]["model"] == "m-y"
    assert [known["model"] for known in voted_client.get("/api/projects").json["teachers"]] == ["m-x", "m-y"]
    metrics = voted_client.get("/metrics").text
    assert 'model="m-x"' in metrics
    assert 'model="former"' not in metrics
