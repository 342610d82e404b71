"""What people do with drafts of sharper definitions; the worker asks the LLM."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from mraru.bootstrap import Services
from mraru.errors import DefinitionsInvalid, DefinitionUntried, NothingToDraft, ProjectDisconnected
from mraru.projects.definitions.definition_drafting import plan_draft, read_corrections
from mraru.projects.definitions.prompt_trial import change_definition, name_definitions
from mraru.reporting.corrected_class_figures import find_known_project
from mraru.reporting.draft_figures import DraftFigures, describe_draft
from mraru.schema_records import LabelSchema
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.teachers.prompting.definition_words import find_label

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCost:
    """The most that the next step can cost; what is in the ledger is not paid again."""

    draft_usd: float
    n_trial_texts: int | None  # None: there is no draft to try yet
    n_trial_calls: int | None
    trial_usd: float | None


class DefinitionControls:
    """What people do with drafts, the same for every way in; nothing here asks an LLM."""

    def __init__(self, services: Services, wake: Callable[[int], None]) -> None:
        """`wake` has the worker look at a project; it must return at once."""
        self._services = services
        self._store = services.store
        self._wake = wake

    def bound_cost(self, project_id: int, label: str) -> DraftCost:
        """What drafting a label's definition, and trying the draft that there is, can cost.

        Raises:
            ProjectUnknown, DefinitionsInvalid: there is no such project, or no such label in it.
            NothingToDraft, NothingToMeasure: there is nothing to ask about, or nobody.
        """
        project, schema = find_known_project(self._services, project_id)
        stored = find_label(schema, label)
        corrections = read_corrections(self._store, project_id, schema, self._services.embedder.name)
        with self._services.definitions.open_drafter(project) as drafter:
            plan = plan_draft(self._store, project, schema, stored, corrections)
            is_paid = self._store.ledger.find_answer(drafter.identity, plan.question.hash) is not None
            draft_usd = 0.0 if is_paid else drafter.cost_bound_usd(plan.question)
        draft = self._store.definition_drafts.get(project_id, stored)
        if draft is None or not draft.definition:
            return DraftCost(draft_usd=draft_usd, n_trial_texts=None, n_trial_calls=None, trial_usd=None)
        with self._services.definitions.open_trial(project, schema, draft) as trial:
            cost = trial.bound_cost()
            return DraftCost(
                draft_usd=draft_usd,
                n_trial_texts=len(trial.held_out.texts),
                n_trial_calls=cost.n_questions,
                trial_usd=cost.cost_bound_usd,
            )

    def want(self, project_id: int, label: str) -> DraftFigures:
        """Have the worker draft a definition, in place of the draft that there is.

        Raises:
            ProjectUnknown, DefinitionsInvalid: there is no such project, or no such label in it.
            ProjectDisconnected: it was disconnected.
            NothingToDraft: people corrected nothing about this label, or no LLM is set.
        """
        project, schema = self._find_connected(project_id)
        stored = find_label(schema, label)
        corrections = read_corrections(self._store, project_id, schema, self._services.embedder.name)
        with self._services.definitions.open_drafter(project):
            plan_draft(self._store, project, schema, stored, corrections)
        self._store.definition_drafts.want(project_id, stored)
        self._wake(project_id)
        return self._figures(project_id, stored)

    def try_out(self, project_id: int, label: str, definition: str | None = None) -> DraftFigures:
        """Have the worker try the draft, or what a person made of it, on texts that people labelled.

        Raises:
            ProjectUnknown, DefinitionsInvalid: there is no such project, no such label in it, or the text is empty.
            ProjectDisconnected: it was disconnected.
            NothingToDraft: there is no draft, and no definition was given.
            NothingToMeasure: no LLM is set, or there are no texts to try it on.
        """
        project, schema = self._find_connected(project_id)
        draft = self.edit(project_id, find_label(schema, label), definition)
        with self._services.definitions.open_trial(project, schema, draft):
            pass  # it can be tried
        self._store.definition_drafts.save(
            project_id, replace(draft, status=DraftStatus.TO_BE_TRIED, trial=None, reason="")
        )
        self._wake(project_id)
        return self._figures(project_id, draft.label)

    def accept(
        self, project_id: int, label: str, definition: str | None = None, *, without_trial: bool = False
    ) -> None:
        """Tell the LLM this definition from the next round on, and forget the draft.

        Args:
            definition: what a person made of the draft; the draft as it stands when None.
            without_trial: whether it need not have been tried.

        Raises:
            ProjectUnknown, DefinitionsInvalid: there is no such project, no such label in it, or the text is empty.
            NothingToDraft: there is no draft, and no definition was given.
            DefinitionUntried: this very definition, beside the others that are in use, was not tried.
        """
        _, schema = find_known_project(self._services, project_id)
        draft = self.edit(project_id, find_label(schema, label), definition)
        if not (without_trial or self.is_tried(project_id, draft)):
            raise DefinitionUntried
        with self._store.database.write():
            self._store.label_definitions.define(project_id, {draft.label: draft.definition})
            self._store.definition_drafts.remove(project_id, draft.label)
        logger.info(
            "project %d has a sharper definition of a label", project_id, extra={"event": "definition_accepted"}
        )

    def dismiss(self, project_id: int, label: str) -> bool:
        """Forget a draft; False if there was none.

        Raises:
            ProjectUnknown: this backend does not know the project.
            DefinitionsInvalid: the project has no such label, and there is no draft of one.
        """
        _, schema = find_known_project(self._services, project_id)
        if self._store.definition_drafts.remove(project_id, label):
            return True  # also of a label that the project no longer has
        return self._store.definition_drafts.remove(project_id, find_label(schema, label))

    def is_tried(self, project_id: int, draft: DefinitionDraft) -> bool:
        """Whether the trial was of this very definition, beside the others that are in use now."""
        present = self._store.label_definitions.list_all(project_id)
        changed = change_definition(present, draft.label, draft.definition)
        return draft.trial is not None and draft.trial.prompt == name_definitions(changed)

    def edit(self, project_id: int, label: str, definition: str | None) -> DefinitionDraft:
        """The draft with what a person made of it, not kept yet; a trial holds for the text that was tried alone.

        Args:
            label: as stored by Label Studio.
            definition: the draft as it stands when None.

        Raises:
            NothingToDraft: there is no draft, and no definition was given.
            DefinitionsInvalid: the given one is empty.
        """
        draft = self._store.definition_drafts.get(project_id, label)
        if definition is None:
            if draft is None or not draft.definition:
                raise NothingToDraft(f"There is no draft of a definition of '{label}' yet.")
            return draft
        text = definition.strip()
        if not text:
            raise DefinitionsInvalid(f"The definition of '{label}' is empty. `mraru labels define` removes one.")
        if draft is None or not draft.definition:
            return DefinitionDraft(label=label, definition=text, status=DraftStatus.READY)
        return draft if text == draft.definition else replace(draft, definition=text, trial=None)

    def _find_connected(self, project_id: int) -> tuple[Project, LabelSchema]:
        project, schema = find_known_project(self._services, project_id)
        if project.state is ProjectState.DISCONNECTED:
            raise ProjectDisconnected.of(project_id)
        return project, schema

    def _figures(self, project_id: int, label: str) -> DraftFigures:
        draft = self._store.definition_drafts.get(project_id, label)
        if draft is None:  # dismissed meanwhile
            raise NothingToDraft(f"The draft of a definition of '{label}' was dismissed.")
        return describe_draft(draft, self._store.label_definitions.list_all(project_id))
