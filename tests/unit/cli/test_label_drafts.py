"""The LLM here is a simulated teacher: it takes tech for sport until it is told a definition that has "chips" in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.corrected_project import TEXTS, fill, llm_settings, say_right, say_sport_for_tech
from fakes.label_studio import FakeLabelStudio
from fakes.openai_faults import OddAnswer, rate_limited, server_error
from fakes.openai_server import OpenAIServer, RecordedRequest
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli import commands as command_line
from mraru.cli.teacher.definition_list import list_labels
from mraru.cli.teacher.label_drafts import accept_definition, dismiss_draft, suggest_definitions
from mraru.errors import (
    BudgetExceeded,
    NothingToDraft,
    NothingToMeasure,
    ProjectBusy,
    ProjectUnknown,
    TeacherError,
    TeacherUnavailable,
)
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import hash_text
from mraru.store.labels.kept_drafts import DraftStatus
from mraru.store.store import Store

N_SHOWN = 8  # five corrected texts and three that the teacher got right


class Desk:
    """One person at the command line; `agrees` answers about costs, `decides` about using a definition."""

    def __init__(self, services: Services, server: OpenAIServer) -> None:
        self.services, self.server = services, server
        self.agrees = True
        self.decides: bool | None = None  # None: what is recommended
        self.questions: list[str] = []
        self.screen = Console(file=StringIO(), width=80, highlight=False, markup=False, soft_wrap=True)

    @property
    def store(self) -> Store:
        return self.services.store

    @property
    def shown(self) -> str:
        assert isinstance(self.screen.file, StringIO)
        return self.screen.file.getvalue()

    @property
    def definitions(self) -> dict[str, str]:
        return self.store.label_definitions.list_all(1)

    @property
    def labelled(self) -> list[RecordedRequest]:
        """Requests for labels."""
        return [request for request in self.server.requests if not request.is_for_definition]

    def suggest(self, label: str | None = None) -> None:
        suggest_definitions(self.services, 1, label, confirm=self._confirm, console=self.screen)

    def accept(self, label: str = "sport", **options: object) -> bool:
        return accept_definition(
            self.services,
            1,
            label,
            confirm=self._confirm,
            decide=self._decide,
            console=self.screen,
            **options,  # type: ignore[arg-type]
        )

    def _confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees

    def _decide(self, question: str, recommended: bool) -> bool:
        self.questions.append(question)
        return recommended if self.decides is None else self.decides


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(say_sport_for_tech) as running:
        running.definition = "Games that people play; no chips."

        def label_text(text: str) -> str:
            told = running.requests[-1].system
            return say_right(text) if "chips" in told else say_sport_for_tech(text)

        running.label_text = label_text
        yield running


@pytest.fixture
def make_desk(new_services: MakeServices, server: OpenAIServer):  # type: ignore[no-untyped-def]
    def make(**settings: object) -> Desk:
        services = new_services(**llm_settings(server), teacher_max_attempts=1, **settings)
        fill(services)
        return Desk(services, server)

    return make


@pytest.fixture
def desk(make_desk) -> Desk:  # type: ignore[no-untyped-def]
    made: Desk = make_desk()
    return made


def test_what_people_correct_is_listed_and_the_cost_told_before_anything_is_asked(desk: Desk) -> None:
    desk.agrees = False
    desk.suggest()
    assert "The LLM's 'sport' became 'tech' on 8 of 16 texts that people checked" in desk.shown
    (question,) = desk.questions
    assert question.startswith("m drafts a definition of 'sport': 1 of 1 call is not paid yet and costs at most $0.0")
    assert desk.server.n_requests == 0
    assert desk.store.definition_drafts.list_all(1) == []


def test_a_draft_is_kept_booked_and_told_to_no_llm(desk: Desk) -> None:
    desk.suggest()
    (draft,) = desk.store.definition_drafts.list_all(1)
    assert (draft.label, draft.definition, draft.contrast) == ("sport", desk.server.definition, "tech")
    assert (draft.status, draft.model, draft.n_corrected, len(draft.shown)) == (DraftStatus.READY, "m", 8, N_SHOWN)
    spent = desk.store.ledger.spending(1)
    assert spent.n_calls == 1
    assert spent.cost_usd == pytest.approx(draft.cost_usd)
    assert draft.cost_usd > 0
    assert desk.store.costs.count_asked(1) == 0  # about texts
    assert desk.definitions == {}
    list_labels(desk.services, 1, desk.screen)
    assert f"draft (ready): {desk.server.definition}" in desk.shown


def test_the_same_question_is_not_paid_twice(desk: Desk) -> None:
    desk.suggest()
    desk.suggest()
    assert desk.server.n_requests == 1
    assert len(desk.questions) == 1
    (draft,) = desk.store.definition_drafts.list_all(1)
    assert (draft.definition, draft.cost_usd) == (desk.server.definition, 0.0)


@pytest.mark.parametrize("cap", [{"max_calls": 0}, {"max_cost_usd": 0.0001}, {"max_tokens": 100}])
@pytest.mark.parametrize("whose", ["", "total_"])
def test_beyond_the_budget_no_draft_is_asked_for_and_nothing_spent(  # type: ignore[no-untyped-def]
    make_desk, cap: dict[str, float], whose: str
) -> None:
    desk: Desk = make_desk(**{whose + name: value for name, value in cap.items()})
    with pytest.raises(BudgetExceeded):
        desk.suggest()
    assert desk.server.n_requests == 0
    spent = desk.store.ledger.spending(1)
    assert (spent.n_calls, spent.cost_usd, spent.n_tokens) == (0, 0.0, 0)
    assert desk.store.definition_drafts.list_all(1) == []


def test_a_draft_counts_against_the_budget_of_labels(make_desk) -> None:  # type: ignore[no-untyped-def]
    desk: Desk = make_desk(max_calls=1)
    desk.suggest()
    with pytest.raises(BudgetExceeded, match="made 1 of 1 calls"):
        desk.accept()
    assert desk.server.n_requests == 1


def test_a_call_that_may_have_been_billed_stays_spent_and_one_that_was_not_does_not(desk: Desk) -> None:
    desk.server.queue(rate_limited())
    with pytest.raises(TeacherUnavailable):
        desk.suggest()
    assert desk.store.ledger.spending(1).cost_usd == 0
    desk.server.queue(server_error(504))
    with pytest.raises(TeacherUnavailable):
        desk.suggest()
    assert desk.store.ledger.spending(1).cost_usd > 0
    assert desk.store.definition_drafts.list_all(1) == []


def test_an_empty_draft_is_paid_once_and_never_kept(desk: Desk) -> None:
    desk.server.queue(OddAnswer(content=" "))
    for _ in range(2):
        with pytest.raises(TeacherError, match="draft is empty"):
            desk.suggest()
    assert desk.server.n_requests == 1
    assert desk.store.definition_drafts.list_all(1) == []


def test_a_label_that_is_seldom_corrected_is_drafted_if_it_is_named(  # type: ignore[no-untyped-def]
    new_services: MakeServices, server: OpenAIServer
) -> None:
    services = new_services(**llm_settings(server))
    fill(services, ["tech 1", "sport 2", "food 3"])
    desk = Desk(services, server)
    with pytest.raises(NothingToDraft, match="at least 3 times yet: name a label"):
        desk.suggest()
    desk.suggest("tech")
    assert [draft.label for draft in services.store.definition_drafts.list_all(1)] == ["tech"]


def test_without_an_llm_it_says_what_to_set(new_services: MakeServices) -> None:
    services = new_services()
    fill(services)
    with pytest.raises(NothingToDraft, match="OPENAI_API_KEY"):
        suggest_definitions(services, 1, None, confirm=lambda question: True)
    with pytest.raises(NothingToMeasure, match="not told definitions"):
        accept_definition(
            services, 1, "sport", definition="Games.", confirm=lambda _: True, decide=lambda _, recommended: recommended
        )


def test_an_unknown_project_is_named(services: Services) -> None:
    with pytest.raises(ProjectUnknown, match="Project 1"):
        suggest_definitions(services, 1, None, confirm=lambda question: True)


def test_while_the_worker_is_in_a_round_nothing_is_asked(desk: Desk) -> None:
    with desk.store.leases.hold(1), pytest.raises(ProjectBusy):
        desk.suggest()
    assert desk.server.n_requests == 0


def test_a_draft_is_tried_on_held_out_texts_before_it_is_used(desk: Desk) -> None:
    desk.suggest()
    shown = set(desk.store.definition_drafts.list_all(1)[0].shown)
    assert desk.accept()
    assert desk.definitions == {"sport": desk.server.definition}
    asked = [request.text for request in desk.labelled]
    held_out = {text for text in TEXTS if hash_text(text) not in shown}
    assert set(asked) == held_out
    assert len(asked) == 2 * len(held_out) == 32
    assert "tried on 16 texts that people labelled" in desk.questions[1]
    assert "32 calls are not paid yet and cost at most $0.1" in desk.questions[1]
    assert "as it is:           13 of 16 right" in desk.shown
    assert "with the new one:   16 of 16 right" in desk.shown
    assert "3 corrected, 0 broken: which may well be chance (McNemar's exact test, p = 0.250)" in desk.shown
    assert desk.questions[2] == "Recommended: use the new definition. Use the new one?"
    assert desk.store.definition_drafts.list_all(1) == []


def test_a_draft_that_is_no_better_is_not_used_as_recommended_and_kept(desk: Desk) -> None:
    desk.server.definition = "Anything."
    desk.suggest()
    assert not desk.accept()
    assert "Recommended: keep what is in use" in desk.questions[-1]
    assert desk.definitions == {}
    (draft,) = desk.store.definition_drafts.list_all(1)
    assert draft.status is DraftStatus.TRIED
    assert draft.trial is not None
    assert (draft.trial.n_right_before, draft.trial.n_right_after, draft.trial.p_value) == (13, 13, 1.0)


def test_people_may_decide_against_what_is_recommended(desk: Desk) -> None:
    desk.suggest()
    desk.decides = False
    assert not desk.accept()
    assert desk.definitions == {}
    n_requests = desk.server.n_requests
    desk.decides = True
    assert desk.accept()  # the trial of this very definition is known
    assert desk.server.n_requests == n_requests
    assert desk.definitions == {"sport": desk.server.definition}


def test_answers_that_are_in_the_ledger_are_not_paid_again(desk: Desk) -> None:
    desk.suggest()
    desk.decides = False
    desk.accept()
    n_requests = desk.server.n_requests
    desk.accept(definition="Games alone: chips are none.")
    assert desk.server.n_requests == n_requests + 16  # the prompt in use was asked before
    assert "16 calls are not paid yet" in desk.questions[-2]
    assert desk.server.texts_answered_twice  # by two prompts
    calls = [(line.prompt_version, line.text_hash) for line in desk.store.ledger_lines.list_all(1)]
    assert len(calls) == len(set(calls))


def test_what_a_person_made_of_the_draft_is_tried_and_used(desk: Desk) -> None:
    desk.suggest()
    assert desk.accept(definition=" No chips. ")
    assert desk.definitions == {"sport": "No chips."}
    assert any("No chips." in request.system for request in desk.labelled)
    assert not any(desk.server.definition in request.system for request in desk.labelled)


def test_a_trial_of_another_prompt_does_not_count(desk: Desk) -> None:
    desk.suggest()
    desk.decides = False
    desk.accept()
    desk.store.label_definitions.define(1, {"food": "What is eaten."})
    n_requests = desk.server.n_requests
    desk.accept()
    assert desk.server.n_requests == n_requests + 32


def test_a_trial_can_be_smaller_or_left_out(desk: Desk) -> None:
    desk.suggest()
    desk.decides = False
    desk.accept(n_texts=4)
    assert len(desk.labelled) == 8
    assert desk.accept(without_trial=True)
    assert len(desk.labelled) == 8
    assert desk.definitions == {"sport": desk.server.definition}


def test_without_consent_to_the_cost_nothing_is_asked_and_nothing_used(desk: Desk) -> None:
    desk.suggest()
    desk.agrees = False
    assert not desk.accept()
    assert desk.labelled == []
    assert desk.definitions == {}


def test_a_trial_that_fails_half_way_shows_what_is_known_and_changes_nothing(desk: Desk) -> None:
    desk.suggest()
    desk.server.queue(None, None, None, None, rate_limited())
    with pytest.raises(TeacherUnavailable):
        desk.accept()
    assert "of 2 right" in desk.shown
    assert desk.definitions == {}
    assert desk.store.definition_drafts.list_all(1)[0].status is DraftStatus.READY
    n_requests = desk.server.n_requests
    assert desk.accept()
    assert desk.server.n_requests == n_requests + 28  # four answers were paid


def test_the_budget_ends_a_trial_and_is_not_passed(make_desk) -> None:  # type: ignore[no-untyped-def]
    desk: Desk = make_desk(max_calls=6)
    desk.suggest()
    with pytest.raises(BudgetExceeded):
        desk.accept()
    assert desk.server.n_requests == 6
    assert desk.store.ledger.spending(1).n_calls == 6
    assert desk.definitions == {}


def test_examples_of_a_trial_are_never_held_out_texts(make_desk) -> None:  # type: ignore[no-untyped-def]
    desk: Desk = make_desk(few_shot=3)
    desk.suggest()
    shown_to_draft = set(desk.store.definition_drafts.list_all(1)[0].shown)
    desk.accept()
    examples = set()
    for request in desk.labelled:
        users = [message["content"] for message in request.body["messages"] if message["role"] == "user"]
        examples |= {hash_text(text.removeprefix("<text>\n").removesuffix("\n</text>")) for text in users[:-1]}
    assert examples
    assert examples <= shown_to_draft


def test_a_draft_that_is_not_there_cannot_be_accepted_and_one_that_is_can_be_dismissed(desk: Desk) -> None:
    with pytest.raises(NothingToDraft, match="no draft of a definition of 'sport'"):
        desk.accept()
    desk.suggest()
    dismiss_draft(desk.services, 1, "sport", desk.screen)
    assert desk.store.definition_drafts.list_all(1) == []
    dismiss_draft(desk.services, 1, "sport", desk.screen)
    assert desk.shown.endswith("The draft is dismissed.\nThere is no draft of 'sport'.\n")


def test_the_commands_do_it_all_without_a_question(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {**llm_settings(desk.server), "model_dir": tmp_path}
    for name, value in settings.items():
        is_own = name.startswith(("openai", "model"))
        monkeypatch.setenv(name.upper() if is_own else f"MRARU_{name.upper()}", str(value))
    for arguments in ("suggest 1 --yes", "accept 1 sport --yes", "suggest 1 --yes", "dismiss 1 sport"):
        monkeypatch.setattr(sys, "argv", ["mraru", "labels", *arguments.split()])
        with pytest.raises(SystemExit) as ended:
            command_line.run()
        assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "m drafts a definition of 'sport': 1 of 1 call" in shown
    assert "It is tried on 16 texts" in shown
    assert "Recommended: use the new definition." in shown
    assert "'sport' is defined. The LLM is told from the next round on" in shown
    assert shown.endswith("The draft is dismissed.\n")
    assert desk.definitions == {"sport": desk.server.definition}


def test_where_several_labels_may_be_chosen_nobody_is_led_to_drafts(desk: Desk) -> None:
    studio = FakeLabelStudio(TEXTS)
    studio.label_config = studio.label_config.replace('toName="text">', 'toName="text" choice="multiple">')
    sync_project(desk.store, studio, 1, desk.services.clock)
    for label in (None, "sport"):
        with pytest.raises(NothingToDraft, match=r"several labels may be chosen.*`mraru labels define 1 LABEL"):
            desk.suggest(label)
    assert desk.server.requests == []
