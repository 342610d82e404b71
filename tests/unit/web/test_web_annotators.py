from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import pytest
from flask.testing import FlaskClient

from fakes.services import LABEL_CONFIG, MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.label_studio_users import People
from mraru.quality.agreement.annotator_agreement import AnnotatorStanding
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.annotator_figures import AnnotatorFigures
from mraru.store.review.opinions import Opinion

ANN, BO = 1, 2
TEXTS = ("a", "b", "c", "d", "d")  # of the tasks 1 to 5


class KnownPeople(People):
    """Names without a Label Studio."""

    def names(self, client: LabelStudioClient) -> Mapping[int, str]:
        assert client.url == "http://localhost:8080"
        return {ANN: "Ann"}


def said(task: int, person: int, label: str | None, **changes: object) -> Annotation:
    return Annotation(
        annotation_id=10 * task + person,
        task_id=task,
        label=label,
        completed_by=person,
        lead_time_s=float(task),
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture
def desk(make_client: MakeClient, filled: Services) -> FlaskClient:
    return make_client(filled)


@pytest.fixture
def filled(new_services: MakeServices) -> Services:
    """Two people, who are split on the text of the tasks 4 and 5; teacher and student differ on two texts."""
    services = new_services(label_studio_url="http://localhost:8080")
    connect(services)
    services.people = KnownPeople(services.clock)
    store = services.store
    store.tasks.save(1, [TaskText(task_id=task, text=text) for task, text in enumerate(TEXTS, start=1)])
    store.annotations.save(
        1,
        [
            said(1, ANN, "s"),
            said(1, BO, "s"),
            said(2, ANN, "Business"),
            said(2, BO, None, was_cancelled=True),
            said(4, ANN, "s"),
            said(5, BO, "Business"),
        ],
        1.0,
    )
    identity = TeacherIdentity(model="m", prompt_version="p")
    for text, label in (("a", "s"), ("b", "s"), ("c", "s")):
        store.teacher_labels.save(
            1,
            text_hash=hash_text(text),
            answer=TeacherAnswer(label=label, raw=""),
            identity=identity,
            round_number=1,
            at=1.0,
        )
    opinions = (("a", "Business", True), ("b", "Business", True), ("d", "s", False))
    store.opinions.save(
        1,
        [
            Opinion(
                text_hash=hash_text(text),
                label=label,
                confidence=0.8,
                final_label=label,
                score=0.8,
                is_out_of_fold=is_out,
            )
            for text, label, is_out in opinions
        ],
        1,
    )
    return services


def test_annotators_are_shown_by_name_with_what_they_did(desk: FlaskClient, filled: Services) -> None:
    ann, bo = desk.get("/api/projects/1/annotators").json["annotators"]
    assert ann.keys() == {field.name for field in fields(AnnotatorStanding)}
    assert (ann["name"], bo["name"]) == ("Ann", "annotator 2")
    assert (ann["n_annotations"], bo["n_annotations"], bo["n_skipped"]) == (3, 2, 1)
    assert (ann["median_time_s"], bo["median_time_s"]) == (2.0, 3.0)
    assert (ann["with_others"]["n_texts"], ann["with_others"]["n_agreeing"]) == (2, 1)
    assert (ann["with_teacher"]["n_texts"], ann["with_teacher"]["n_agreeing"]) == (2, 1)
    assert ann["against_teacher"]["counts"] == [[1, 0, 0], [1, 0, 0]]


def test_people_are_compared_with_teacher_and_student_by_their_gold(desk: FlaskClient, filled: Services) -> None:
    shown = desk.get("/api/projects/1/annotators").json
    assert shown.keys() == {field.name for field in fields(AnnotatorFigures)}
    assert (shown["labels"], shown["n_gold"], shown["n_shared"]) == (["s", "Business"], 2, 2)
    assert (shown["people_with_teacher"]["n_agreeing"], shown["people_with_teacher"]["share"]) == (1, None)
    assert shown["people_against_student"] == {
        "labels": ["s", "Business"],
        "columns": ["s", "Business", None],
        "counts": [[0, 1, 0], [0, 1, 0]],
    }
    in_all, of_sport, of_business = shown["disputes"]
    assert (in_all["n_disputes"], in_all["n_teacher_right"], in_all["n_student_right"]) == (2, 1, 1)
    assert (of_sport["label"], of_sport["n_teacher_right"]) == ("s", 1)
    assert (of_business["label"], of_business["n_student_right"]) == ("Business", 1)
    assert shown["krippendorff_alpha"] is None  # of two texts it would say nothing


def test_ties_are_listed_with_their_tasks_and_votes(desk: FlaskClient, filled: Services) -> None:
    assert desk.get("/api/projects/1/annotators").json["ties"] == [
        {"text_hash": hash_text("d"), "task_ids": [4, 5], "votes": [["Business", 1], ["s", 1]]}
    ]
    assert desk.get("/api/projects/1").json["n_ties"] == 1
    filled.store.annotations.save(1, [said(5, 3, "s")], 2.0)
    assert desk.get("/api/projects/1/annotators").json["ties"] == []


def test_a_student_that_may_have_learned_the_text_is_not_heard(desk: FlaskClient, filled: Services) -> None:
    filled.store.annotations.save(1, [said(5, 3, "s")], 2.0)  # gold now, and the student's opinion of it is older
    assert desk.get("/api/projects/1/annotators").json["people_with_student"]["n_texts"] == 2


def test_without_a_way_to_label_studio_annotators_have_numbers(client: FlaskClient, services: Services) -> None:
    services.store.projects.connect(1, label_config=LABEL_CONFIG, hostname=None, access_token=None, backend_url=None)
    services.store.tasks.save(1, [TaskText(task_id=1, text="a")])
    services.store.annotations.save(1, [said(1, BO, "s")], 1.0)
    (bo,) = client.get("/api/projects/1/annotators").json["annotators"]
    assert bo["name"] == "annotator 2"


def test_an_empty_project_and_one_whose_label_config_is_not_supported_have_empty_figures(
    client: FlaskClient, services: Services
) -> None:
    connect(services)
    connect(services, 2, label_config="<View/>")
    for project_id in (1, 2):
        answer = client.get(f"/api/projects/{project_id}/annotators")
        assert (answer.status_code, answer.json["annotators"], answer.json["n_gold"]) == (200, [], 0)
    assert answer.json["labels"] == []


def test_a_project_that_is_not_connected_is_not_found(client: FlaskClient) -> None:
    answer = client.get("/api/projects/9/annotators")
    assert (answer.status_code, answer.json) == (404, {"error": "Project 9 is not connected to this backend."})
