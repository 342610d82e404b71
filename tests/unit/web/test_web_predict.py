from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import LABEL_CONFIG, LABELS, SERVED, MakeClient, MakeServices, ServeStudent, connect
from mraru.bootstrap import Services
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.interfaces import Vectors
from mraru.projects.final_labels.student_judge import N_STUDENTS
from mraru.projects.learning.training import student_path
from mraru.projects.predictions.predicting import TEXTS_PER_TURN
from mraru.records import Prediction, ProjectDescription, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.review.opinions import Opinion
from mraru.store.tasks.prediction_repository import RowState
from mraru.web.lanes import N_PREDICTING


def body_of(*task_ids: int, label_config: str = LABEL_CONFIG) -> dict[str, object]:
    return {
        "project": "1.1795501729",
        "label_config": label_config,
        "tasks": [{"id": task_id, "data": {"text": f"text {task_id}"}} for task_id in task_ids],
        "params": {"login": None, "password": None, "context": None},
    }


def note(services: Services, *task_ids: int, label: str = "Business") -> None:
    services.store.predictions.add(
        1,
        [
            Prediction(
                task_id=task_id,
                label=label,
                score=task_id / 10_000,
                model_version=SERVED,
                marks=(f"label: {label}",),
            )
            for task_id in task_ids
        ],
    )


@pytest.mark.parametrize("is_known", [False, True])
def test_before_the_first_round_predict_asks_to_come_back(
    client: FlaskClient, services: Services, counting: CountingEmbedder, is_known: bool
) -> None:
    if is_known:
        connect(services)
    answer = client.post("/predict", json=body_of(1))
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json.keys() == {"error"}
    assert counting.calls == []


def test_a_known_prediction_is_answered_from_the_store(
    client: FlaskClient, services: Services, counting: CountingEmbedder
) -> None:
    connect(services)
    services.store.projects.set_served(1, SERVED, 1)
    note(services, 7)
    answer = client.post("/predict", json=body_of(7))
    assert answer.status_code == 200
    assert answer.json == {
        "results": [
            {
                "result": [
                    {
                        "mraru": ["label: Business"],
                        "from_name": "label",
                        "to_name": "text",
                        "type": "choices",
                        "value": {"choices": ["Business"]},
                    }
                ],
                "score": 0.0007,
                "model_version": SERVED,
            }
        ],
        "model_version": SERVED,
    }
    assert counting.calls == []


def test_an_unknown_task_is_answered_by_the_student(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    answer = client.post("/predict", json=body_of(7))
    (entry,) = answer.json["results"]
    assert entry["result"][0]["value"]["choices"][0] in LABELS
    assert 0.0 <= entry["score"] <= 1.0
    assert entry["model_version"] == SERVED
    assert counting.embedded == ["text 7"]


def test_what_the_student_said_is_noted_and_said_again(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    first = client.post("/predict", json=body_of(7)).json
    assert services.store.predictions.load(1, SERVED, [7]).keys() == {7}
    assert client.post("/predict", json=body_of(7)).json == first
    assert counting.embedded == ["text 7"]


def test_a_forged_question_keeps_no_task_from_its_prediction(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    """Whoever asks about a task's number with words of their own is answered, and nothing is noted of the task."""
    connect(services)
    serve_student(services)
    services.store.tasks.save(1, [TaskText(task_id=7, text="text 7"), TaskText(task_id=8, text="its own text")])
    assert client.post("/predict", json=body_of(7, 8)).status_code == 200
    assert services.store.predictions.load(1, SERVED, [7, 8]).keys() == {7}


def test_what_was_written_about_a_tasks_former_text_is_no_answer_about_another(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    """It was edited a moment ago, or is another project's of that number."""
    connect(services)
    serve_student(services)
    services.store.tasks.save(1, [TaskText(task_id=7, text="its former text"), TaskText(task_id=8, text="text 8")])
    note(services, 7, 8)
    of_edited, of_other = client.post("/predict", json=body_of(7, 8)).json["results"]
    assert counting.embedded == ["text 7"]
    assert of_other["score"] == 0.0008
    assert of_edited["score"] != 0.0007


def test_another_project_of_a_known_number_gets_no_labels(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    description = ProjectDescription(
        project_id=1,
        title="News",
        instruction="",
        label_config=LABEL_CONFIG,
        created_at="2026-11-24T06:28:50Z",  # a second later than Label Studio says of its project
        model_version=None,
        sampling="",
    )
    services.store.projects.describe(description)
    answer = client.post("/predict", json=body_of(7))
    assert answer.status_code == 409
    assert "Use another MODEL_DIR" in answer.json["error"]


def test_five_thousand_tasks_get_one_entry_each_in_their_order(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    asked = [*range(5000, 4000, -1), *range(1, 4001)]
    note(services, *(task_id for task_id in asked if task_id % 500))
    answer = client.post("/predict", json=body_of(*asked))
    assert answer.status_code == 200
    results = answer.json["results"]
    assert len(results) == 5000
    said = services.store.predictions.load(1, SERVED, asked)
    assert [entry["score"] for entry in results] == [said[task_id].score for task_id in asked]
    assert {entry["model_version"] for entry in results} == {SERVED}
    assert sorted(counting.embedded) == sorted(f"text {task_id}" for task_id in range(500, 5001, 500))


@pytest.mark.parametrize(
    "data", [{"another field": "x"}, {"text": "half an emoji \ud83d"}, {"text": "a\0b"}, {"text": "x" * 1_000_001}]
)
def test_a_task_without_usable_text_keeps_its_place(
    client: FlaskClient, services: Services, serve_student: ServeStudent, data: dict[str, object]
) -> None:
    connect(services)
    serve_student(services)
    body = body_of(1, 2, 3)
    body["tasks"][1]["data"] = data  # type: ignore[index]
    results = client.post("/predict", json=body).json["results"]
    assert [bool(entry) for entry in results] == [True, False, True]


def test_the_version_is_the_one_that_setup_says(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    setup = client.post("/setup", json={"project": "1.1795501729", "schema": LABEL_CONFIG}).json
    predict = client.post("/predict", json=body_of(1)).json
    assert setup["model_version"] == predict["model_version"] == predict["results"][0]["model_version"] == SERVED


def test_what_was_answered_is_noted_with_the_round_that_it_is_from(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    client.post("/predict", json=body_of(7))
    (row,) = services.store.predictions.load_rows(1, [7])
    assert (row.state, row.prediction.round_number) == (RowState.ANSWERED, 1)


def test_a_new_student_answers_from_the_next_round_on(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    client.post("/predict", json=body_of(7))
    services.store.projects.set_served(1, SERVED, 2)  # whose student's file is not there
    assert client.post("/predict", json=body_of(7)).status_code == 200  # the last known label stands
    assert client.post("/predict", json=body_of(8)).status_code == 503


def test_embedding_that_takes_too_long_is_put_off(
    new_services: MakeServices, make_client: MakeClient, serve_student: ServeStudent
) -> None:
    services = new_services(predict_timeout_s=1e-9)
    connect(services)
    serve_student(services)
    answer = make_client(services).post("/predict", json=body_of(1))
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("damage", [b"", b"no student"])
def test_a_student_that_cannot_be_read_is_put_off(
    client: FlaskClient, services: Services, tmp_path: Path, serve_student: ServeStudent, damage: bytes
) -> None:
    connect(services)
    serve_student(services)
    student_path(tmp_path, 1, 1).write_bytes(damage)
    assert client.post("/predict", json=body_of(1)).status_code == 503


def test_a_label_config_that_is_not_supported_is_refused(client: FlaskClient, services: Services) -> None:
    connect(services)
    answer = client.post("/predict", json=body_of(1, label_config="<View/>"))
    assert answer.status_code == 400
    assert "Supported are <Choices>" in answer.json["error"]


def test_no_project_is_served_the_predictions_of_another(
    client: FlaskClient, services: Services, clock: HandClock
) -> None:
    for project_id in (1, 2):
        connect(services, project_id)
        services.store.projects.set_served(project_id, SERVED, 1)
    note(services, 7)
    assert client.post("/predict", json=body_of(7)).status_code == 200
    assert client.post("/predict", json={**body_of(7), "project": 2}).status_code == 503  # no student of its own


def test_tasks_without_numbers_are_answered_by_their_texts_and_nothing_is_kept(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    tasks = [{"data": {"text": "text 1"}}, {"data": {}}, {"data": {"text": "text 2"}}]
    answer = client.post("/predict", json={"tasks": tasks})
    assert answer.status_code == 200, answer.json
    assert [bool(entry) for entry in answer.json["results"]] == [True, False, True]
    assert services.store.predictions.load(1, SERVED, [-3, -2, -1, 1, 2]) == {}


@pytest.mark.parametrize("n_projects", [0, 2])
def test_without_a_project_it_must_be_clear_which_is_meant(
    client: FlaskClient, services: Services, n_projects: int
) -> None:
    for project_id in range(1, n_projects + 1):
        connect(services, project_id)
    answer = client.post("/predict", json={"tasks": []})
    assert answer.status_code == 400
    assert answer.json["error"].startswith("The request names no project")


def test_a_project_that_was_disconnected_is_not_the_one_that_is_meant(client: FlaskClient, services: Services) -> None:
    for project_id in (1, 2):
        connect(services, project_id)
    services.store.projects.disconnect(2)
    assert client.post("/predict", json={"tasks": []}).status_code == 503  # about project 1, which has no student


def test_what_was_last_said_of_a_text_is_answered_again(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    services.store.tasks.save(1, [TaskText(task_id=7, text="text 7")])
    kept = Opinion(
        text_hash=hash_text("text 7"), label="Business", confidence=0.6, final_label="s", score=0.7, is_out_of_fold=True
    )
    services.store.opinions.save(1, [kept], 1)
    (entry,) = client.post("/predict", json=body_of(7)).json["results"]
    assert (entry["result"][0]["value"]["choices"], entry["score"]) == (["s"], 0.7)
    assert counting.calls == []


def test_of_a_text_labelled_since_the_last_round_the_llm_is_heard_alone(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    services.store.tasks.save(1, [TaskText(task_id=number, text=f"text {number}") for number in (7, 8)])
    services.store.teacher_labels.save(
        1,
        text_hash=hash_text("text 7"),
        answer=TeacherAnswer(label="s", raw=""),
        identity=TeacherIdentity(model="simulated", prompt_version="p"),
        round_number=1,
        at=1.0,
    )
    labelled, not_asked = client.post("/predict", json=body_of(7, 8)).json["results"]
    assert labelled["result"][0]["value"]["choices"] == ["s"]
    assert labelled["score"] == pytest.approx(0.9, abs=0.05)  # as LLMs usually are, whatever the student says
    assert not_asked["score"] != labelled["score"]


def test_what_the_student_says_of_an_unknown_task_is_kept_as_its_opinion(
    client: FlaskClient, services: Services, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    services.store.tasks.save(1, [TaskText(task_id=7, text="text 7")])
    (entry,) = client.post("/predict", json=body_of(7)).json["results"]
    (opinion,) = services.store.opinions.load(1, [hash_text("text 7")]).values()
    assert ([opinion.final_label], opinion.score) == (entry["result"][0]["value"]["choices"], entry["score"])
    assert not opinion.is_out_of_fold


class HeldEmbedder(CountingEmbedder):
    """Embeds nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        assert self.may_go_on.wait(60.0)
        return super().embed(texts)


def test_beyond_a_number_of_requests_one_more_is_put_off_at_once(
    make_client: MakeClient, services: Services, serve_student: ServeStudent
) -> None:
    held = HeldEmbedder()
    services.embedder = CachedEmbedder(held, services.store.vectors)
    connect(services)
    serve_student(services)
    application = make_client(services).application
    waiting: set[int] = set()
    everybody_waits = threading.Event()

    def ask(number: int) -> int:
        def has_left() -> bool:  # looked at by all who wait for the model
            waiting.add(number)
            if len(waiting) == N_PREDICTING:
                everybody_waits.set()
            return False

        environ = {"waitress.client_disconnected": has_left}
        return application.test_client().post("/predict", json=body_of(number), environ_overrides=environ).status_code

    with ThreadPoolExecutor(N_PREDICTING) as threads:
        asked = [threads.submit(ask, number) for number in range(1, N_PREDICTING + 1)]
        assert everybody_waits.wait(60.0)
        refused = application.test_client().post("/predict", json=body_of(1000))
        is_up = application.test_client().get("/health").status_code
        held.may_go_on.set()
        answered = [one.result(60.0) for one in asked]
    assert (refused.status_code, "Retry-After" in refused.headers, is_up) == (503, True, 200)
    assert answered == [200] * N_PREDICTING
    assert len(held.calls) == N_PREDICTING  # one after the other


def test_work_for_a_caller_who_left_ends_and_what_was_done_is_kept(
    client: FlaskClient, services: Services, counting: CountingEmbedder, serve_student: ServeStudent
) -> None:
    connect(services)
    serve_student(services)
    body = body_of(*range(1, 101))
    environ = {"waitress.client_disconnected": lambda: bool(counting.calls)}  # leaves during the first texts
    assert client.post("/predict", json=body, environ_overrides=environ).status_code == 503
    assert len(counting.embedded) == TEXTS_PER_TURN
    assert client.post("/predict", json=body).status_code == 200
    assert len(counting.embedded) == 100


def test_students_of_the_projects_asked_about_last_are_held_and_no_others(
    client: FlaskClient, services: Services, serve_student: ServeStudent, tmp_path: Path
) -> None:
    for project_id in range(1, N_STUDENTS + 3):
        connect(services, project_id)
        serve_student(services, project_id)
        assert client.post("/predict", json={**body_of(1), "project": project_id}).status_code == 200
        student_path(tmp_path, project_id, 1).unlink()
    answers = [
        client.post("/predict", json={**body_of(2), "project": project_id}).status_code
        for project_id in range(1, N_STUDENTS + 3)
    ]
    assert answers == [503] * 2 + [200] * N_STUDENTS
