"""What the audit of a project comes to, read from its store, by every way in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from fakes.services import LABELS, MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.project.audit_lines import show_audit
from mraru.errors import ProjectUnknown
from mraru.projects.audits.audited_texts import AuditFrames
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.quality.audit.audit_sample import AuditFrame, order_from, start_of_sample
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.audit_figures import AuditFigures, measure_audit, say_corrections, say_early
from mraru.reporting.report.project_report import build_report
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.review.opinions import Opinion
from mraru.web.flask_app import create_app

N_TEXTS = 400
N_TEACHER = 100
HASHES = [hash_text(f"text {number}") for number in range(N_TEXTS)]
NUMBER_OF = {name: number for number, name in enumerate(HASHES)}


def truth(name: str) -> str:
    return LABELS[NUMBER_OF[name] % 4 == 0]


def wrong(name: str) -> str:
    return LABELS[NUMBER_OF[name] % 4 != 0]


def annotate(services: Services, name: str, **changes: object) -> None:
    number = NUMBER_OF[name]
    values = {"annotation_id": number, "task_id": number, "label": truth(name), "completed_by": 1, "lead_time_s": 1.0}
    services.store.annotations.save(1, [Annotation(**{**values, **changes})], 5.0)  # type: ignore[arg-type]


def final(name: str, is_asked: bool) -> str:
    """The LLM's label where it was asked, else the student's."""
    is_wrong = NUMBER_OF[name] % 10 == 3 if is_asked else NUMBER_OF[name] % 5 == 0
    return wrong(name) if is_wrong else truth(name)


@pytest.fixture
def audited(new_services: MakeServices) -> Services:
    """400 texts, of which an LLM labelled 100; 60 of all and 40 of these are audited, some were corrected besides."""
    services = new_services(audit_share=0.2)
    connect(services)
    store = services.store
    store.tasks.save(1, [TaskText(task_id=number, text=f"text {number}") for number in range(N_TEXTS)])
    asked = HASHES[:N_TEACHER]
    store.rounds.open(
        1,
        number=1,
        kind=RoundKind.MRARU,
        step=RoundStep.DONE,
        n_pool=N_TEXTS,
        selected=[
            TextVisit(text_hash=name, acceptance_probability=0.25 + 0.5 * (place % 2), accepted=True, pass_number=1)
            for place, name in enumerate(asked)
        ],
        selection_end=None,
        at=1.0,
    )
    llm = TeacherIdentity(model="gpt", prompt_version="1")
    for place, name in enumerate(asked):
        answer = TeacherAnswer(label=wrong(name) if place % 10 == 3 else truth(name), raw="")
        store.teacher_labels.save(1, text_hash=name, answer=answer, identity=llm, round_number=1, at=1.0)
    of_corpus = order_from(start_of_sample(0, 1, AuditFrame.CORPUS), HASHES)[:60]
    of_teacher = order_from(start_of_sample(0, 1, AuditFrame.TEACHER), asked)[:40]
    store.audit_samples.add(1, AuditFrame.CORPUS, of_corpus, 2.0)
    store.audit_samples.add(1, AuditFrame.TEACHER, of_teacher, 2.0)
    corrected = [name for name in HASHES if NUMBER_OF[name] % 5 == 0][:20]  # the student is wrong about all of them
    labelled = {*of_corpus, *of_teacher, *corrected}
    for name in labelled:
        annotate(services, name)
    store.opinions.save(
        1,
        [
            Opinion(
                text_hash=name,
                label=wrong(name) if NUMBER_OF[name] % 5 == 0 else truth(name),
                confidence=0.9,
                final_label=final(name, name in asked),
                score=0.9,
                is_out_of_fold=name in labelled or name in asked,
            )
            for name in HASHES
        ],
        1,
    )
    return services


def test_the_sample_is_described(audited: Services) -> None:
    figures = measure_audit(audited, 1)
    assert (figures.n_texts, figures.n_corpus, figures.n_teacher) == (400, 60, 40)
    assert (figures.n_waiting, figures.n_set_aside, figures.last_round, figures.audit_share) == (0, 0, 1, 0.2)
    assert (figures.n_teacher_labels, figures.teacher.overall.n_population) == (100, 100)
    assert figures.teacher_on_corpus.overall.n_population == figures.corpus.overall.n_population == 400


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (lambda figures: figures.teacher.overall, 0.9),
        (lambda figures: figures.student.overall, 0.8),
        (lambda figures: figures.student.by_class["Business"], 0.8),
        (lambda figures: figures.class_shares["Business"], 0.25),
    ],
)
def test_each_estimate_is_near_the_truth(
    audited: Services, measure: Callable[[AuditFigures], object], expected: float
) -> None:
    estimate = measure(measure_audit(audited, 1))
    assert estimate.share == pytest.approx(expected, abs=0.12)  # type: ignore[attr-defined]
    low, high = estimate.interval  # type: ignore[attr-defined]
    assert low < expected < high


def test_the_final_labels_are_better_than_student_and_llm_as_people_corrected_some(audited: Services) -> None:
    figures = measure_audit(audited, 1)
    store = audited.store
    gold = store.annotations.list_by_text(1)
    n_wrong = sum(
        (NUMBER_OF[name] % 10 == 3 if NUMBER_OF[name] < N_TEACHER else NUMBER_OF[name] % 5 == 0)
        for name in HASHES
        if name not in gold
    )
    low, high = figures.corpus.overall.interval or (1.0, 0.0)
    assert low < 1 - n_wrong / N_TEXTS < high
    assert figures.student.overall.share is not None
    assert figures.corpus.overall.share is not None
    assert figures.corpus.overall.share > figures.student.overall.share


def test_the_llm_on_all_texts_is_what_it_labelled_and_the_rest_by_the_chances_of_the_sampler(audited: Services) -> None:
    figures = measure_audit(audited, 1)
    found, of_asked = figures.teacher_on_corpus.overall, figures.teacher.overall
    sample = [name for name in HASHES[:N_TEACHER] if name in audited.store.audit_samples.list_drawn(1, "teacher")]
    # no visit but those that were accepted is known here: as many as a quarter of the texts
    weights = [1 / (0.25 * (0.25 + 0.5 * (NUMBER_OF[name] % 2))) - 1 for name in sample]
    right = [NUMBER_OF[name] % 10 != 3 for name in sample]
    of_rest = np.average(right, weights=weights)
    assert of_asked.share is not None
    assert found.share == pytest.approx(0.25 * of_asked.share + 0.75 * of_rest)


def test_labels_of_a_later_round_count_once_people_have_come_to_them(audited: Services) -> None:
    store, gold = audited.store, audited.store.annotations.list_by_text(1)
    later = [name for name in HASHES[N_TEACHER : N_TEACHER + 80] if name not in gold]
    for name in later:
        store.teacher_labels.save(
            1,
            text_hash=name,
            answer=TeacherAnswer(label=truth(name), raw=""),
            identity=TeacherIdentity(model="gpt", prompt_version="1"),
            round_number=2,
            at=6.0,
        )
    waiting = measure_audit(audited, 1)
    assert (waiting.last_round, waiting.n_teacher) == (1, 40)
    assert waiting.teacher.overall.share is not None
    for name in later:
        annotate(audited, name)
    looked_at = measure_audit(audited, 1)
    assert looked_at.last_round == 2
    assert looked_at.n_teacher > 40


def test_labels_that_come_before_their_turn_are_told_with_what_makes_them_count(audited: Services) -> None:
    """Somebody labels drawn texts in another order than that of the tab: they wait for those before them."""
    before = measure_audit(audited, 1)
    assert (before.n_early, say_early(before)) == (0, "")
    of_corpus = order_from(start_of_sample(0, 1, AuditFrame.CORPUS), HASHES)
    gold = audited.store.annotations.list_by_text(1)
    waiting = [name for name in of_corpus[60:] if name not in gold][:6]
    audited.store.audit_samples.add(1, AuditFrame.CORPUS, of_corpus[60 : of_corpus.index(waiting[-1]) + 1], 9.0)
    drawn = measure_audit(audited, 1)
    assert drawn.n_waiting == 6
    for name in waiting[2:5]:
        annotate(audited, name)
    early = measure_audit(audited, 1)
    assert (early.n_corpus, early.n_early) == (drawn.n_corpus, drawn.n_early + 3)
    assert say_early(early).startswith(f"{early.n_early} more are labelled already, and will count once those drawn")
    for name in waiting:
        annotate(audited, name)
    after = measure_audit(audited, 1)
    assert after.n_corpus >= drawn.n_corpus + 6
    assert after.n_early == 0


def test_a_skipped_text_is_told_and_counts_for_nothing(audited: Services) -> None:
    first = audited.store.audit_samples.list_drawn(1, AuditFrame.CORPUS)[0]
    annotate(audited, first, was_cancelled=True, label=None, updated_at="2027")
    figures = measure_audit(audited, 1)
    assert figures.n_set_aside == 1
    assert figures.n_corpus == 59
    assert figures.student.overall.n_labels == 59


def test_a_student_that_only_repeats_what_it_learned_is_not_measured(audited: Services) -> None:
    opinions = audited.store.opinions.load(1, HASHES).values()
    repeating = [replace(one, is_out_of_fold=False) for one in opinions]
    audited.store.opinions.save(1, repeating, 2)
    figures = measure_audit(audited, 1)
    assert figures.student.overall.share is None
    assert figures.teacher.overall.share is not None


def test_shares_go_without_the_student_until_it_has_looked_at_every_text(audited: Services) -> None:
    with_student = measure_audit(audited, 1).class_shares["Business"]
    audited.store.tasks.save(1, [TaskText(task_id=9999, text="new")])
    alone = measure_audit(audited, 1).class_shares["Business"]
    assert alone.share is not None
    assert alone.share * 60 == pytest.approx(round(alone.share * 60))
    assert with_student.share != alone.share


def test_a_project_without_an_audit_says_what_it_would_take(new_services: MakeServices) -> None:
    services = new_services()
    connect(services)
    figures = measure_audit(services, 1)
    for measured in (figures.teacher, figures.teacher_on_corpus, figures.student, figures.corpus):
        for estimate in (measured.overall, *measured.by_class.values()):
            assert estimate.share is None
            assert estimate.reason
            assert estimate.n_missing == 10
            assert estimate.n_more == 0  # the project has no texts
    assert set(figures.class_shares) == set(LABELS)


def test_an_unknown_project_is_named(services: Services) -> None:
    with pytest.raises(ProjectUnknown, match="project 7"):
        measure_audit(services, 7)


def test_the_order_goes_round_the_circle(audited: Services) -> None:
    frames = AuditFrames(audited.store, 1, 0)
    assert frames.order_corpus(10_000) == order_from(start_of_sample(0, 1, AuditFrame.CORPUS), HASHES)
    labelled = LabelledSet(gold={}, teacher={"b": "s", "a": None})
    assert frames.order_teacher(labelled) == ["b"]


def test_the_api_gives_the_same_figures(audited: Services) -> None:
    client = create_app(audited, lambda project_id: None).test_client()
    shown = client.get("/api/projects/1/audit").get_json()
    figures = measure_audit(audited, 1)
    assert shown["student"]["overall"]["share"] == figures.student.overall.share
    assert shown["class_shares"].keys() == {*LABELS}
    assert json.dumps(shown)
    assert client.get("/api/projects/9/audit").status_code == 404


def test_the_command_prints_every_table_and_warns_of_the_plain_average(audited: Services) -> None:
    console = Console(record=True, width=120)
    show_audit(audited, 1, console)
    shown = console.export_text()
    for title in (
        "Built-in teacher, of the 100 texts that it labelled",
        "Student, of all 400 texts",
        "Final labels, of all 400 texts",
        "Share of each label, of all 400 texts",
    ):
        assert title in shown
    assert "60 audited texts speak for all texts, 40 for those that the built-in teacher labelled" in shown
    n_chosen = measure_audit(audited, 1).n_chosen
    assert n_chosen > 0
    assert f"{n_chosen} of them were not drawn at random, as people come to doubtful ones first: no estimate." in shown


def test_labels_that_were_all_drawn_for_the_audit_are_not_called_doubtful_ones(audited: Services) -> None:
    figures = measure_audit(audited, 1)
    said = say_corrections(replace(figures, n_chosen=0), "LLM")
    assert "All of them were drawn for the audit at random" in said
    assert "doubtful" not in said


def test_a_teacher_that_labelled_every_text_has_one_figure(audited: Services) -> None:
    console = Console(record=True, width=120)
    show_audit(audited, 1, console)
    assert "if it labelled every text" in console.export_text()
    store, llm = audited.store, TeacherIdentity(model="gpt", prompt_version="1")
    for name in HASHES[N_TEACHER:]:
        answer = TeacherAnswer(label=truth(name), raw="")
        store.teacher_labels.save(1, text_hash=name, answer=answer, identity=llm, round_number=2, at=6.0)
        annotate(audited, name)
    figures = measure_audit(audited, 1)
    assert figures.teacher == figures.teacher_on_corpus
    assert figures.n_teacher == figures.n_corpus  # each audited text tells of both
    show_audit(audited, 1, console)
    assert "if it labelled every text" not in console.export_text()


def test_the_report_tells_of_as_many_asked_texts_as_its_matrix_holds(audited: Services) -> None:
    """The built-in teacher is no LLM, and was asked about texts all the same."""
    tables = [table for section in build_report(audited, 1).sections for table in section.tables]
    told = {row[0]: row[1] for table in tables if table.header[0] == "money" for row in table.rows}
    matrix = next(table for table in tables if table.header[0] == "built-in teacher's label")  # the first of them
    assert told["texts that the built-in teacher was asked about"] == "100 of 400"
    assert sum(int(count) for row in matrix.rows for count in row[1:]) == 100


def test_the_command_says_why_there_is_nothing_yet(new_services: MakeServices) -> None:
    services = new_services(audit_share=0)
    connect(services)
    console = Console(record=True, width=120)
    show_audit(services, 1, console)
    shown = console.export_text()
    assert "0 audited texts so far: 10 more are needed." in shown
    assert "MRARU_AUDIT_SHARE is 0" in shown
