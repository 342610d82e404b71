"""Does what people asked of drafts: has the LLM draft a definition, or tries one on texts that people labelled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from mraru.bootstrap import Services
from mraru.errors import MRaruError, WorkInterrupted
from mraru.projects.definitions.definition_drafting import make_draft, plan_draft, read_corrections
from mraru.projects.project_schema import schema_of
from mraru.schema_records import LabelSchema
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus
from mraru.store.projects.project_repository import Project

logger = logging.getLogger(__name__)

_Step = Callable[[Services, Project, LabelSchema, DefinitionDraft], DefinitionDraft]


def work_on_drafts(services: Services, project_id: int) -> None:
    """Do what is wanted of a project's drafts; only the holder of its lease may.

    What fails is written into the draft: it never keeps the rounds from going on.

    Raises:
        WorkInterrupted: the worker is shutting down; the rest is done after its restart.
    """
    store = services.store
    drafts = store.definition_drafts.list_all(project_id)
    if any(draft.status in _STEPS for draft in drafts):
        store.ledger.forfeit_lost(project_id)  # else the answer to a killed process is waited for in vain
    for draft in drafts:
        step = _STEPS.get(draft.status)
        project = store.projects.get(project_id)
        if step is None or project is None:
            continue
        try:
            done = step(services, project, schema_of(project), draft)
        except WorkInterrupted:
            raise
        except MRaruError as exc:
            done = _fail(draft, str(exc))
        except Exception as exc:  # a fault of ours: people must see it in the draft
            done = _fail(draft, f"an unexpected {type(exc).__name__}: the worker's log says where")
            logger.exception("a draft of project %d failed", project_id, extra={"event": "draft_failed"})
        store.definition_drafts.exchange(project_id, draft, done)  # unless it was dismissed meanwhile


def _draft(services: Services, project: Project, schema: LabelSchema, wanted: DefinitionDraft) -> DefinitionDraft:
    corrections = read_corrections(services.store, project.project_id, schema, services.embedder.name)
    plan = plan_draft(services.store, project, schema, wanted.label, corrections)
    with services.definitions.open_drafter(project) as drafter:
        return make_draft(plan, drafter)


def _try(services: Services, project: Project, schema: LabelSchema, draft: DefinitionDraft) -> DefinitionDraft:
    with services.definitions.open_trial(project, schema, draft) as trial:
        outcome = trial.run()
    if outcome.failure is not None:
        raise outcome.failure
    return replace(draft, status=DraftStatus.TRIED, trial=outcome.figures, reason="")


def _fail(draft: DefinitionDraft, reason: str) -> DefinitionDraft:
    if draft.status is DraftStatus.TO_BE_TRIED:
        return replace(draft, status=DraftStatus.READY, reason=f"The trial failed: {reason}")
    return replace(draft, status=DraftStatus.FAILED, reason=reason)


_STEPS: Mapping[DraftStatus, _Step] = {DraftStatus.WANTED: _draft, DraftStatus.TO_BE_TRIED: _try}
