"""Pages, report and audit of a project with several questions: each question's figures are those of its answers."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from fakes.component_tree import walk, words_of
from fakes.services import MakeClient, MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.project.audit_lines import show_audit
from mraru.quality.audit.audit_sample import AuditFrame
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.annotator_figures import read_annotators
from mraru.reporting.audit_figures import measure_audit
from mraru.reporting.report.project_report import build_report
from mraru.store.review.opinions import Opinion
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Pages

CONFIG = """<View><Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad"/></Choices>
  <Choices name="why" toName="text" visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="Bad">
    <Choice value="Late"/><Choice value="Rude"/></Choices>
  <Rating name="stars" toName="text" maxRating="5"/></View>"""
N_TEXTS = 24
# Of every four texts: what people, the LLM and the student say.
PEOPLE = (
    "mood: g | stars: 5",
    "mood: g | stars: 4",
    "mood: Bad | stars: 1 | why: Late",
    "mood: Bad | stars: 2 | why: Rude",
)
TEACHER = ("mood: g | stars: 5", "mood: Bad | stars: 2 | why: Late", PEOPLE[2], "mood: Bad | stars: 2 | why: Late")
STUDENT = ("mood: g | stars: 3", "mood: g | stars: 4", "mood: g | stars: 1", "mood: Bad | stars: 2 | why: Rude")


@pytest.fixture
def asked(new_services: MakeServices) -> Services:
    """24 texts that the LLM and two people labelled, all of them drawn for the audit."""
    services = new_services(label_studio_url="http://localhost:8080", openai_api_key="sk-test", openai_model="gpt-4.1")
    connect(services, 1, CONFIG)
    store = services.store
    texts = [f"text {number}" for number in range(N_TEXTS)]
    store.tasks.save(1, [TaskText(task_id=task, text=text) for task, text in enumerate(texts, start=1)])
    identity = TeacherIdentity(model="m", prompt_version="p")
    for number, text in enumerate(texts):
        answer = TeacherAnswer(label=TEACHER[number % 4], raw="")
        store.teacher_labels.save(
            1, text_hash=hash_text(text), answer=answer, identity=identity, round_number=1, at=1.0
        )
    said = [
        Opinion(
            text_hash=hash_text(text),
            label=STUDENT[number % 4],
            confidence=0.6,
            final_label=PEOPLE[number % 4],
            blind_label=TEACHER[number % 4],
            score=0.7,
            is_out_of_fold=True,
            least_certain="stars",
        )
        for number, text in enumerate(texts)
    ]
    store.opinions.save(1, said, 1)
    people = [
        Annotation(
            annotation_id=100 * person + task,
            task_id=task,
            label=PEOPLE[(task - 1) % 4],
            completed_by=person,
            lead_time_s=2.0,
        )
        for person in (1, 2)
        for task in range(1, N_TEXTS + 1)
    ]
    store.annotations.save(1, people, 1.0)
    hashes = [hash_text(text) for text in texts]
    store.audit_samples.add(1, AuditFrame.CORPUS, hashes, 1.0)
    return services


def draw(services: Services, page: PageName) -> str:
    drawn = Pages(services).draw(Address(project_id=1, page=page, query={}))
    assert "could not be drawn" not in words_of(drawn.live)
    assert list(walk(drawn.live))
    return words_of(drawn.live)


@pytest.mark.parametrize("page", list(PageName))
def test_every_page_is_drawn(asked: Services, page: PageName) -> None:
    draw(asked, page)


def test_agreement_about_each_question_is_that_of_its_answers(asked: Services) -> None:
    found = {each.name: each for each in read_annotators(asked, 1).by_question}
    assert {name: (each.n_gold, each.n_shared) for name, each in found.items()} == {
        "mood": (24, 24),
        "why": (12, 12),
        "stars": (24, 24),
    }
    by_teacher = {name: each.people_with_teacher for name, each in found.items()}
    assert {name: (pair.n_agreeing, pair.n_pairs) for name, pair in by_teacher.items()} == {
        "mood": (18, 24),
        "why": (6, 12),  # the texts of which both see it
        "stars": (18, 24),
    }
    by_student = {name: each.people_with_student for name, each in found.items()}
    assert {name: (pair.n_agreeing, pair.n_pairs) for name, pair in by_student.items()} == {
        "mood": (18, 24),
        "why": (6, 6),
        "stars": (18, 24),
    }
    assert by_teacher["stars"].stars_apart == pytest.approx(0.5)
    assert by_student["stars"].stars_apart == pytest.approx(0.5)
    assert all(each.krippendorff_alpha == pytest.approx(1.0) for each in found.values())


def test_the_audit_tells_of_each_question_how_often_it_is_right(asked: Services) -> None:
    audit = measure_audit(asked, 1)
    assert audit.corpus.overall.share == 1.0  # people have labelled every text
    found = {each.name: each for each in audit.by_question}
    assert {name: each.student.overall.share for name, each in found.items()} == {
        "mood": 0.75,
        "why": 0.5,
        "stars": 0.75,
    }
    assert found["why"].student.overall.n_labels == 12
    assert found["stars"].student.stars_apart == pytest.approx(0.5)


def test_pages_and_report_show_the_same(asked: Services) -> None:
    people = draw(asked, PageName.PEOPLE)
    assert "Agreement about each question" in people
    assert "mood 24 18 of 24" in people
    assert "why 12 6 of 12" in people
    assert "18 of 24, 0.50 stars apart" in people
    audit = draw(asked, PageName.AUDIT)
    assert "Each question, estimated from the audit" in audit
    report = build_report(asked, 1)
    tables = [table for section in report.sections for table in section.tables]
    (agreement,) = [table for table in tables if table.header[:2] == ["question", "settled texts"]]
    assert [row[:3] for row in agreement.rows] == [
        ["mood", "24", "18 of 24"],
        ["why", "12", "6 of 12"],
        ["stars", "24", "18 of 24, 0.50 stars apart"],
    ]
    assert any(table.header[:2] == ["question", "final labels right"] for table in tables)


def test_the_command_tells_of_each_question(asked: Services) -> None:
    console = Console(record=True, width=200)
    show_audit(asked, 1, console)
    assert "Final labels of each question, of the texts that are asked it" in console.export_text()


def test_a_downloaded_label_is_taken_apart_by_question(asked: Services, make_client: MakeClient) -> None:
    lines = make_client(asked).get("/api/projects/1/labels.jsonl").text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["answers"] for row in rows[:3]] == [
        {"mood": "g", "stars": "5"},
        {"mood": "g", "stars": "4"},
        {"mood": "Bad", "why": "Late", "stars": "1"},
    ]
    assert all(row["source"] == "people" for row in rows)
    assert '"{""mood"": ""g"", ""stars"": ""5""}"' in make_client(asked).get("/api/projects/1/labels.csv").text
