"""What is known of drafts of sharper definitions."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.reporting.corrected_class_figures import find_known_project
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftTrial


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFigures:
    """The present prompt and the one with the draft, on texts that people labelled; no label counts as wrong."""

    n_texts: int  # half of them of the two labels where there are enough: no sample of all texts
    n_right_before: int
    n_right_after: int
    n_mended: int  # wrong before and right after
    n_broken: int  # right before and wrong after
    p_value: float  # of McNemar's exact test
    is_better: bool  # right more often with the draft: else the present definition is recommended


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFigures:
    """A proposed definition of one label."""

    label: str
    definition: str  # empty until it is drafted
    present_definition: str  # empty: none
    status: str  # wanted, failed, ready, to be tried, tried
    reason: str  # why it or its trial failed
    contrast: str | None  # the label that it is most confused with
    n_corrected: int  # texts that people changed from one of the two into the other
    n_shown: int  # texts that the LLM was shown for it
    model: str  # that drafted it; empty: a person wrote it
    cost_usd: float  # of drafting
    trial: TrialFigures | None
    created_at: float  # seconds since 1970


def list_drafts(services: Services, project_id: int) -> tuple[DraftFigures, ...]:
    """The drafts of a project, by label.

    Raises:
        ProjectUnknown: this backend does not know the project.
        LabelConfigError: its label config is not supported.
    """
    find_known_project(services, project_id)
    present = services.store.label_definitions.list_all(project_id)
    return tuple(describe_draft(draft, present) for draft in services.store.definition_drafts.list_all(project_id))


def describe_draft(draft: DefinitionDraft, present: dict[str, str]) -> DraftFigures:
    return DraftFigures(
        label=draft.label,
        definition=draft.definition,
        present_definition=present.get(draft.label, ""),
        status=draft.status,
        reason=draft.reason,
        contrast=draft.contrast,
        n_corrected=draft.n_corrected,
        n_shown=len(draft.shown),
        model=draft.model,
        cost_usd=draft.cost_usd,
        trial=_describe_trial(draft.trial) if draft.trial is not None else None,
        created_at=draft.created_at,
    )


def _describe_trial(trial: DraftTrial) -> TrialFigures:
    return TrialFigures(
        n_texts=trial.n_texts,
        n_right_before=trial.n_right_before,
        n_right_after=trial.n_right_after,
        n_mended=trial.n_mended,
        n_broken=trial.n_broken,
        p_value=trial.p_value,
        is_better=trial.n_right_after > trial.n_right_before,
    )
