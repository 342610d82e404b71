"""Pages, report and downloads of a project in which several labels may be chosen."""

from __future__ import annotations

import json

import pytest

from fakes.component_tree import walk, words_of
from fakes.services import MakeClient, MakeServices, connect
from mraru.answers import NO_LABELS, split_answer
from mraru.bootstrap import Services
from mraru.errors import NothingToDraft
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.report.project_report import build_report
from mraru.store.review.opinions import Opinion
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Pages

CHOICES = '<Choice value="Great joy" alias="joy"/><Choice value="love"/><Choice value="fear"/>'
CONFIG = (
    '<View><Text name="text" value="$text"/>'
    f'<Choices name="label" toName="text" choice="multiple">{CHOICES}</Choices></View>'
)
N_TEXTS = 24
TEACHER = ("joy | love", "love", NO_LABELS, "fear")
STUDENT = ("joy", "love", NO_LABELS, "fear | love")


@pytest.fixture
def sets(new_services: MakeServices) -> Services:
    """24 texts of four sets, on half of which teacher and student differ; people say what the teacher says."""
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
            final_label=TEACHER[number % 4],
            score=0.7,
            is_out_of_fold=True,
        )
        for number, text in enumerate(texts)
    ]
    store.opinions.save(1, said, 1)
    people = [
        Annotation(annotation_id=task, task_id=task, label=TEACHER[(task - 1) % 4], completed_by=1, lead_time_s=2.0)
        for task in range(1, 17)
    ]
    store.annotations.save(1, people, 1.0)
    return services


def draw(services: Services, page: PageName) -> str:
    drawn = Pages(services).draw(Address(project_id=1, page=page, query={}))
    assert "could not be drawn" not in words_of(drawn.live)
    assert list(walk(drawn.live))
    return words_of(drawn.live)


@pytest.mark.parametrize("page", list(PageName))
def test_every_page_is_drawn(sets: Services, page: PageName) -> None:
    draw(sets, page)


def test_the_agreement_page_lists_pairs_of_sets_those_that_differ_first(sets: Services) -> None:
    said = draw(sets, PageName.AGREEMENT)
    assert "They say the same of 12 of 24 texts." in said
    differing = [said.index(pair) for pair in ("Great joy | love Great joy", "fear fear | love")]
    assert max(differing) < min(said.index(pair) for pair in ("love love", f"{NO_LABELS} {NO_LABELS}"))


def test_the_people_page_counts_sets_and_each_label(sets: Services) -> None:
    said = draw(sets, PageName.PEOPLE)
    assert "Same set of labels 16 of 16 texts" in said
    # by the student: joy and love of 8 each, love of 4 it leaves out, and it adds love to 4
    assert "Same set of labels 8 of 16 texts" in said
    assert "Great joy 4 0 0 1.00" in said
    assert "love 4 4 4 0.50" in said
    assert "fear 4 0 0 1.00" in said


def test_report_and_downloads_name_whole_sets(sets: Services, make_client: MakeClient) -> None:
    tables = [table for section in build_report(sets, 1).sections for table in section.tables]
    (pairs,) = [table for table in tables if "student's labels" in table.header]
    differing = [["fear", "fear | love", "6"], ["joy | love", "joy", "6"]]
    assert sorted(pairs.rows[:2]) == differing  # before those that are the same
    by_label = [table for table in tables if "F1" in table.header]
    assert [row[0] for row in by_label[0].rows] == ["joy", "love", "fear", "all: 16 of 16 texts alike"]
    rows = [json.loads(line) for line in make_client(sets).get("/api/projects/1/labels.jsonl").text.splitlines()]
    assert [row["label"] for row in rows] == [TEACHER[place % 4] for place in range(N_TEXTS)]


def test_figures_by_label_come_with_the_annotators(sets: Services, make_client: MakeClient) -> None:
    figures = make_client(sets).get("/api/projects/1/annotators").json
    assert figures["people_with_teacher"]["n_agreeing"] == 16
    love = next(count for count in figures["sets_with_student"]["labels"] if count["label"] == "love")
    gold = [TEACHER[number % 4] for number in range(16)]
    both = sum("love" in split_answer(said) and "love" in split_answer(STUDENT[n % 4]) for n, said in enumerate(gold))
    assert (love["n_both"], love["n_first_alone"], love["n_second_alone"]) == (both, 4, 4)


def test_no_definition_is_drafted_where_several_labels_may_be_chosen(sets: Services) -> None:
    with pytest.raises(NothingToDraft, match="several labels may be chosen"):
        DefinitionControls(sets, lambda project_id: None).want(1, "love")
