"""With many labels, pairs stand in the place of matrices that nobody could read."""

from __future__ import annotations

import pytest

from fakes.component_tree import find_all, words_of
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.quality.agreement.confusion import WIDEST_MATRIX
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.report.project_report import build_report
from mraru.store.review.opinions import Opinion
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Pages

N_LABELS = 150
LABELS = [f"label {number:03d}" for number in range(N_LABELS)]


@pytest.fixture
def many(new_services: MakeServices) -> Services:
    """A text of each label; the student takes every tenth for the one before, twice for the first of these."""
    services = new_services(label_studio_url="http://localhost:8080")
    choices = "".join(f'<Choice value="{label}"/>' for label in LABELS)
    connect(services, 1, f'<View><Text name="t" value="$text"/><Choices name="c" toName="t">{choices}</Choices></View>')
    named = [*LABELS, LABELS[10]]
    store, texts = services.store, [f"text {number}" for number in range(len(named))]
    store.tasks.save(1, [TaskText(task_id=task, text=text) for task, text in enumerate(texts, start=1)])
    for text, label in zip(texts, named, strict=True):
        store.teacher_labels.save(
            1,
            text_hash=hash_text(text),
            answer=TeacherAnswer(label=label, raw=""),
            identity=TeacherIdentity(model="m", prompt_version="p"),
            round_number=1,
            at=1.0,
        )
    said = [LABELS[LABELS.index(label) - 1] if LABELS.index(label) % 10 == 0 else label for label in named]
    store.opinions.save(
        1,
        [
            Opinion(
                text_hash=hash_text(text),
                label=label,
                confidence=0.6,
                final_label=label,
                score=0.6,
                is_out_of_fold=True,
            )
            for text, label in zip(texts, said, strict=True)
        ],
        1,
    )
    people = [
        Annotation(annotation_id=task, task_id=task, label=label, completed_by=1, lead_time_s=1.0)
        for task, label in enumerate(named, start=1)
    ]
    store.annotations.save(1, people, 1.0)
    return services


@pytest.mark.parametrize("page", [PageName.AGREEMENT, PageName.PEOPLE])
def test_a_page_lists_pairs_that_differ_first(many: Services, page: PageName) -> None:
    drawn = Pages(many).draw(Address(project_id=1, page=page, query={}))
    widest = max(len(find_all(row, "Th")) + len(find_all(row, "Td")) for row in find_all(drawn.live, "Tr"))
    assert widest <= WIDEST_MATRIX
    said = words_of(drawn.live)
    places = [said.rindex(pair) for pair in ("label 010 label 009 2", "label 020 label 019 1", "label 001 label 001 1")]
    assert places == sorted(places)


def test_the_report_lists_pairs_too(many: Services) -> None:
    tables = [table for section in build_report(many, 1).sections for table in section.tables]
    assert max(len(table.header) for table in tables) <= WIDEST_MATRIX
    pairs = [table for table in tables if ["label 010", "label 009", "2"] in table.rows]
    assert len(pairs) == 2  # LLM and student, people and student
    assert all(table.rows[0] == ["label 010", "label 009", "2"] for table in pairs)
