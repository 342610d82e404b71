"""The LLM here is a simulated teacher: it takes tech for sport until it is told a definition that has "chips" in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fakes.corrected_project import fill, llm_settings, say_right, say_sport_for_tech
from fakes.openai_faults import rate_limited
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.errors import WorkInterrupted
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.definitions.definition_drafting import plan_draft, read_corrections
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.draft_jobs import work_on_drafts
from mraru.worker.jobs import Jobs


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
def services(new_services: MakeServices, server: OpenAIServer) -> Services:
    services = new_services(**llm_settings(server), teacher_max_attempts=1)
    fill(services)
    return services


def draft_of(services: Services, label: str = "sport") -> DefinitionDraft:
    draft = services.store.definition_drafts.get(1, label)
    assert draft is not None
    return draft


def test_what_is_wanted_is_drafted_and_what_is_to_be_tried_is_tried(services: Services, server: OpenAIServer) -> None:
    services.store.definition_drafts.want(1, "sport")
    work_on_drafts(services, 1)
    ready = draft_of(services)
    assert (ready.status, ready.definition, ready.model) == (DraftStatus.READY, server.definition, "m")
    work_on_drafts(services, 1)
    assert server.n_requests == 1

    services.store.definition_drafts.save(1, replace(ready, status=DraftStatus.TO_BE_TRIED))
    work_on_drafts(services, 1)
    tried = draft_of(services)
    assert tried.status is DraftStatus.TRIED
    assert tried.trial is not None
    assert (tried.trial.n_texts, tried.trial.n_right_before, tried.trial.n_right_after) == (16, 13, 16)
    assert services.store.label_definitions.list_all(1) == {}


def test_what_fails_is_written_into_the_draft_and_the_next_one_is_made(
    services: Services, server: OpenAIServer
) -> None:
    for label in ("food", "sport", "tech"):  # nobody corrected food
        services.store.definition_drafts.want(1, label)
    server.queue(rate_limited())
    work_on_drafts(services, 1)
    assert [(draft.label, draft.status) for draft in services.store.definition_drafts.list_all(1)] == [
        ("food", DraftStatus.FAILED),
        ("sport", DraftStatus.FAILED),
        ("tech", DraftStatus.READY),
    ]
    assert "nothing to draft" in draft_of(services, "food").reason
    assert "Rate limit reached" in draft_of(services, "sport").reason
    work_on_drafts(services, 1)
    assert server.n_requests == 2  # a failure is not tried again by itself


def test_a_trial_that_fails_leaves_the_draft_to_be_tried_again(services: Services, server: OpenAIServer) -> None:
    services.store.definition_drafts.save(
        1, DefinitionDraft(label="sport", definition="No chips.", status=DraftStatus.TO_BE_TRIED)
    )
    server.queue(None, rate_limited())
    work_on_drafts(services, 1)
    draft = draft_of(services)
    assert (draft.status, draft.trial) == (DraftStatus.READY, None)
    assert draft.reason.startswith("The trial failed: The teacher's server is busy")


def test_the_budget_holds_and_is_named(new_services: MakeServices, server: OpenAIServer) -> None:
    services = new_services(**llm_settings(server), max_calls=3)
    fill(services)
    services.store.definition_drafts.want(1, "sport")
    work_on_drafts(services, 1)
    services.store.definition_drafts.save(1, replace(draft_of(services), status=DraftStatus.TO_BE_TRIED))
    work_on_drafts(services, 1)
    assert "made 3 of 3 calls" in draft_of(services).reason
    services.store.definition_drafts.want(1, "tech")
    work_on_drafts(services, 1)
    assert draft_of(services, "tech").status is DraftStatus.FAILED
    assert server.n_requests == 3
    assert services.store.ledger.spending(1).n_calls == 3


def test_what_a_person_dismisses_while_it_is_drafted_does_not_come_back(
    services: Services, server: OpenAIServer
) -> None:
    services.store.definition_drafts.want(1, "sport")
    server.before_answer = lambda: services.store.definition_drafts.remove(1, "sport")
    work_on_drafts(services, 1)
    assert server.n_requests == 1
    assert services.store.definition_drafts.list_all(1) == []


def test_a_worker_that_shuts_down_leaves_the_rest_for_its_next_start(services: Services, server: OpenAIServer) -> None:
    to_be_tried = DefinitionDraft(label="sport", definition="No chips.", status=DraftStatus.TO_BE_TRIED)
    services.store.definition_drafts.save(1, to_be_tried)
    services.stopping.set()
    with pytest.raises(WorkInterrupted):
        work_on_drafts(services, 1)
    assert draft_of(services).status is DraftStatus.TO_BE_TRIED
    services.stopping.clear()
    work_on_drafts(services, 1)
    assert draft_of(services).status is DraftStatus.TRIED


def test_the_workers_job_makes_drafts_also_where_no_rounds_were_started(
    new_services: MakeServices, server: OpenAIServer
) -> None:
    services = new_services(**llm_settings(server))
    studio = fill(services)
    services.label_studio = lambda project_id=None: studio  # type: ignore[method-assign,assignment,return-value]
    services.store.definition_drafts.want(1, "sport")
    jobs = Jobs(services)
    jobs.work(1)
    jobs.huey.storage.close()
    assert draft_of(services).status is DraftStatus.READY
    project = services.store.projects.get(1)
    assert project is not None
    assert project.state is ProjectState.CONNECTED
    assert server.n_requests == 1


def test_a_draft_whose_call_a_killed_worker_left_open_is_made(services: Services, server: OpenAIServer) -> None:
    store = services.store
    project = store.projects.get(1)
    assert project is not None
    schema = parse_label_config(project.label_config)
    corrections = read_corrections(store, 1, schema, services.embedder.name)
    plan = plan_draft(store, project, schema, "sport", corrections)
    with services.definitions.open_drafter(project) as drafter:
        store.ledger.reserve(
            project_id=1,
            identity=drafter.identity,
            text_hash=plan.question.hash,
            cost_bound_usd=0.001,
            tokens_bound=100,
            budget=services.settings.budget,
        )
    store.definition_drafts.want(1, "sport")
    work_on_drafts(services, 1)
    assert (draft_of(services).status, draft_of(services).reason) == (DraftStatus.READY, "")
    assert server.n_requests == 1
    assert store.ledger.spending(1).n_calls == 2  # the lost one counts
