"""The first sentences of a project, read from a store whose true labels are known."""

from __future__ import annotations

import itertools
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.embedders import CountingEmbedder
from fakes.services import LABELS, SERVED, MakeServices, connect, make_services
from mraru.bootstrap import Services
from mraru.quality.audit.audit_sample import AuditFrame, order_from, start_of_sample
from mraru.records import Annotation, TaskText, TeacherAnswer, TeacherIdentity, hash_text
from mraru.reporting.headline.headline import Headline
from mraru.reporting.headline.headline_basis import measure_audit_or_none, read_headline
from mraru.reporting.headline.next_steps import NextStep
from mraru.reporting.labelled_tasks import list_labelled_tasks
from mraru.reporting.project_summary import summarize_project
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.review.opinions import Opinion
from mraru.web.flask_app import create_app

pytestmark = pytest.mark.slow

N_TEXTS, N_ASKED = 400, 120
TEXTS = [f"text {number}" for number in range(1, N_TEXTS + 1)]
HASHES = [hash_text(text) for text in TEXTS]
NUMBER_OF = {name: number for number, name in enumerate(HASHES, start=1)}


class Desk:
    """A project whose rounds are done: an LLM labelled 120 texts, a student all, and some were drawn for the audit."""

    def __init__(self, services: Services, seed: int) -> None:
        self.services = services
        self.draw = random.Random(seed)
        self.truth = {name: self.draw.choice(LABELS) for name in HASHES}
        store = services.store
        connect(services)
        store.tasks.save(1, [TaskText(task_id=n, text=text) for n, text in enumerate(TEXTS, start=1)])
        asked = HASHES[:N_ASKED]
        visits = [TextVisit(text_hash=name, acceptance_probability=0.5, accepted=True, pass_number=1) for name in asked]
        store.rounds.open(
            1,
            number=1,
            kind=RoundKind.MRARU,
            step=RoundStep.DONE,
            n_pool=N_TEXTS,
            selected=visits,
            selection_end=None,
            at=1.0,
        )
        llm = TeacherIdentity(model="simulated", prompt_version="1")
        self.answers = {name: self.say(name, 0.9) for name in asked}
        for name, label in self.answers.items():
            answer = TeacherAnswer(label=label, raw="")
            store.teacher_labels.save(1, text_hash=name, answer=answer, identity=llm, round_number=1, at=1.0)
        self.student = {name: self.say(name, 0.8) for name in HASHES}
        store.opinions.save(1, [self.opinion(name) for name in HASHES], 1)
        store.projects.set_served(1, SERVED, 1)
        store.projects.start(1)
        store.projects.begin_sync(1, 1.0)
        store.projects.set_state(1, ProjectState.STOPPED, "nothing is left to ask about")
        self.of_corpus = order_from(start_of_sample(0, 1, AuditFrame.CORPUS), HASHES)[:80]
        self.of_teacher = order_from(start_of_sample(0, 1, AuditFrame.TEACHER), asked)[:40]
        store.audit_samples.add(1, AuditFrame.CORPUS, self.of_corpus, 2.0)
        store.audit_samples.add(1, AuditFrame.TEACHER, self.of_teacher, 2.0)

    def say(self, name: str, accuracy: float) -> str:
        right = self.truth[name]
        return right if self.draw.random() < accuracy else LABELS[right == LABELS[0]]

    def annotate(self, *names: str) -> None:
        """Have a person label these texts rightly, a minute ago."""
        store, now = self.services.store, self.services.clock()
        at = datetime.fromtimestamp(now - 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        listed = [
            Annotation(
                annotation_id=NUMBER_OF[name],
                task_id=NUMBER_OF[name],
                label=self.truth[name],
                completed_by=1,
                lead_time_s=4.0,
                updated_at=at,
            )
            for name in names
        ]
        store.annotations.save(1, listed, now)
        store.opinions.save(1, [self.opinion(name, gold=self.truth[name]) for name in names], 1)

    def opinion(self, name: str, gold: str | None = None) -> Opinion:
        """What comes of student, LLM and people: the LLM is believed where it was asked."""
        likeliest = self.answers.get(name, self.student[name])
        return Opinion(
            text_hash=name,
            label=self.student[name],
            confidence=0.8,
            final_label=gold or likeliest,
            score=0.95 if NUMBER_OF[name] % 4 else 0.5,
            blind_label=likeliest if gold else None,
            is_out_of_fold=gold is not None or name in self.answers,
        )

    def share_right(self) -> float:
        """Of the labels that are downloaded."""
        rows = list(list_labelled_tasks(self.services, 1))
        return sum(row.label == self.truth[hash_text(row.text)] for row in rows) / len(rows)

    def read(self) -> Headline:
        project, summary = self.services.store.projects.get(1), summarize_project(self.services, 1)
        assert project is not None
        assert summary is not None
        return read_headline(self.services, project, summary, measure_audit_or_none(self.services, 1))


@pytest.fixture
def desk(new_services: MakeServices) -> Desk:
    return Desk(new_services(openai_base_url="http://llm.example/v1"), seed=1)


def test_the_share_that_is_told_is_that_of_the_downloaded_labels(tmp_path: Path, clock: HandClock) -> None:
    held = []
    for seed in range(12):
        services = make_services(tmp_path / f"{seed}", clock, CountingEmbedder(), openai_base_url="http://llm.example")
        desk = Desk(services, seed)
        desk.annotate(*desk.of_corpus, *desk.of_teacher)
        headline = desk.read()
        assert headline.interval is not None
        assert headline.share_right is not None
        low, high = headline.interval
        held.append(low <= desk.share_right() <= high)
        assert abs(headline.share_right - desk.share_right()) < 0.12
        assert re.match(r"(About|Between) \d+ .*% of the labels are right", headline.right)
        services.store.close()
    assert sum(held) >= 10  # of 12, 95 in 100


def test_as_many_labels_as_it_asks_for_bring_the_share(desk: Desk) -> None:
    desk.annotate(*desk.of_corpus[:3], *desk.of_teacher[:3])
    before = desk.read()
    assert before.share_right is None
    assert before.n_missing == 7
    (asked,) = re.findall(r"to know, label (\d+) tasks from the top", before.right)
    assert before.next_step is NextStep.AUDIT  # the sentences agree on what is to be done
    assert f"Next: label {asked} tasks of the tab “Audit sample”" in before.next
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(desk.of_corpus[3:], desk.of_teacher[3:]))
    top = [name for name in dict.fromkeys(in_turn) if name is not None]
    desk.annotate(*top[: int(asked)])
    assert desk.read().share_right is not None
    assert desk.read().n_missing == 0


def test_where_what_is_wanted_may_be_there_more_audited_texts_are_next(desk: Desk) -> None:
    desk.annotate(*desk.of_corpus[:40])
    share = desk.read().share_right
    assert share is not None
    desk.services.store.project_settings.change(1, {"stop_accuracy": round(share - 0.01, 2)}, set())
    headline = desk.read()
    assert "Whether they are is not known yet" in headline.to_do
    assert headline.next_step is NextStep.AUDIT


def test_what_is_open_is_what_people_have_not_labelled(desk: Desk) -> None:
    assert desk.read().n_open == N_TEXTS
    labelled = HASHES[:30]
    desk.annotate(*labelled)
    headline = desk.read()
    assert headline.n_open == N_TEXTS - 30
    n_unsure = sum(NUMBER_OF[name] % 4 == 0 for name in HASHES[30:])
    assert (headline.n_uncertain, headline.n_unlabelled) == (n_unsure, 0)
    assert f"370 of 400 tasks are open, {n_unsure} with a label that is less than 90 % sure." in headline.to_do


def test_the_pace_is_that_of_the_last_hour_and_gone_an_hour_later(new_services: MakeServices, clock: HandClock) -> None:
    desk = Desk(new_services(openai_base_url="http://llm.example/v1"), seed=1)
    desk.annotate(*HASHES[:40])
    headline = desk.read()
    assert headline.n_last_hour == 40
    assert headline.hours_left == headline.n_uncertain / 40 / 60  # in the last minute, as it says
    assert "at the pace of the last minute, in which people labelled 40." in headline.time
    clock.advance(1500.0)
    assert "at the pace of the last 26 minutes, in which people labelled 40." in desk.read().time
    clock.advance(2000.0)
    assert "at the pace of the last hour, in which people labelled 40." in desk.read().time
    clock.advance(3600.0)
    later = desk.read()
    assert (later.n_last_hour, later.hours_left, later.time) == (0, None, "")


def test_what_is_wanted_is_the_projects_setting(desk: Desk) -> None:
    desk.annotate(*desk.of_corpus, *desk.of_teacher)
    desk.services.store.project_settings.change(1, {"stop_accuracy": 0.9}, set())
    headline = desk.read()
    assert headline.share_right is not None
    n_wrong = (0.9 - headline.share_right) * N_TEXTS
    assert headline.n_to_check is not None
    assert headline.n_to_check == pytest.approx(n_wrong / 0.5, abs=1)  # half of those that are half sure are wrong
    assert "You want 90 % of the labels to be right" in headline.to_do
    desk.services.store.project_settings.change(1, {"stop_accuracy": 0.5}, set())
    assert "You want 50 % of the labels to be right, and they are." in desk.read().to_do
    assert desk.read().next_step is NextStep.TAKE_AWAY


def test_the_api_has_the_headline(desk: Desk) -> None:
    desk.annotate(*desk.of_corpus)
    shown = create_app(desk.services, lambda project_id: None).test_client().get("/api/projects/1").json
    headline = desk.read()
    assert shown["headline"]["text"] == headline.text
    assert shown["headline"]["share_right"] == headline.share_right
    assert shown["headline"]["next_step"] == headline.next_step


def test_a_disconnected_project_is_to_be_connected_first(desk: Desk) -> None:
    desk.services.store.projects.disconnect(1)
    headline = desk.read()
    assert headline.next_step is NextStep.CONNECT
    assert "`mraru connect 1`" in headline.next


def test_a_label_config_that_is_not_supported_hides_what_cannot_be_told(desk: Desk) -> None:
    desk.services.store.projects._update(1, label_config="<View/>")
    headline = desk.read()
    assert headline.right == ""
    assert headline.n_open == N_TEXTS
