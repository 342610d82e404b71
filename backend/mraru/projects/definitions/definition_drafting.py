"""Drafts a sharper definition of a label from what people corrected; a person accepts it, or nobody is told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mraru.errors import NothingToDraft
from mraru.interfaces import Vectors
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.quality.agreement.class_corrections import (
    CorrectedClass,
    choose_typical,
    find_corrected_classes,
    most_confused_with,
)
from mraru.schema_records import LabelSchema
from mraru.store.labels.kept_drafts import DefinitionDraft, DraftStatus
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store

if TYPE_CHECKING:
    from mraru.teachers.side_questions.booked_drafter import BookedDrafter
    from mraru.teachers.side_questions.definition_question import DefinitionQuestion, LabelDescription

N_CORRECTED_SHOWN = 5  # texts of each direction of a confusion
N_CONFIRMED_SHOWN = 3  # texts that the LLM labelled so and people too


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPlan:
    """What will be asked for one draft."""

    label: str  # as stored by Label Studio
    contrast: str  # the label that it is most confused with
    n_corrected: int  # texts that people changed from one of the two into the other
    shown: tuple[str, ...]  # hashes of the texts in the question
    question: DefinitionQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What people corrected in a project at one moment."""

    labelled: LabelledSet
    vectors: Mapping[str, Vectors]  # of the texts that both the LLM and people labelled, where they were embedded
    classes: tuple[CorrectedClass, ...]


def read_corrections(
    store: Store, project_id: int, schema: LabelSchema, embedding_model: str, n_typical: int = 3
) -> Corrections:
    """Read the corrected classes of a project; nothing is embedded for it."""
    labelled = read_labelled_set(store, project_id, schema)
    both = sorted(name for name in labelled.gold if labelled.teacher.get(name) is not None)
    vectors = store.vectors.load_vectors(embedding_model, both)
    classes = find_corrected_classes(labelled.gold, labelled.teacher, vectors, n_typical)
    return Corrections(labelled=labelled, vectors=vectors, classes=tuple(classes))


def check_drafted(project_id: int, schema: LabelSchema) -> None:
    """See that definitions are drafted in this project at all.

    Raises:
        NothingToDraft: several labels of a text may be chosen.
    """
    if schema.is_multiple:
        raise NothingToDraft(
            f"In project {project_id} several labels may be chosen, and definitions are drafted only where one is: "
            f"write them yourself, with `mraru labels define {project_id} LABEL DEFINITION` or on the dashboard."
        )


def plan_draft(store: Store, project: Project, schema: LabelSchema, label: str, corrections: Corrections) -> DraftPlan:
    """The question about a label: what it is confused with most, and typical texts of both directions.

    Args:
        label: as stored by Label Studio.

    Raises:
        NothingToDraft: people corrected nothing into or out of this label, or the texts are gone.
    """
    from mraru.teachers.side_questions.definition_question import DecidedText, DefinitionQuestion

    check_drafted(project.project_id, schema)
    contrast = most_confused_with(label, corrections.classes)
    if contrast is None:
        raise NothingToDraft(
            f"People have corrected no text of project {project.project_id} into or out of '{label}' yet, so there is "
            "nothing to draft a sharper definition from."
        )
    names = _choose_texts(label, contrast, corrections)
    texts = store.tasks.load_texts(project.project_id, names)
    shown = tuple(name for name in names if name in texts)
    if not shown:
        raise NothingToDraft(f"The texts that people corrected into or out of '{label}' were deleted meanwhile.")
    values = {choice.stored: choice.value for choice in schema.choices}
    labelled = corrections.labelled
    definitions = store.label_definitions.list_all(project.project_id)
    question = DefinitionQuestion(
        title=project.title,
        instruction=project.instruction,
        label=_describe(schema, label, definitions),
        contrast=_describe(schema, contrast, definitions),
        texts=tuple(
            DecidedText(text=texts[name], said=values[labelled.teacher[name] or ""], right=values[labelled.gold[name]])
            for name in shown
        ),
    )
    return DraftPlan(
        label=label,
        contrast=contrast,
        n_corrected=sum(
            pair.n_corrected
            for pair in corrections.classes
            if {pair.teacher_label, pair.gold_label} == {label, contrast}
        ),
        shown=shown,
        question=question,
    )


def make_draft(plan: DraftPlan, drafter: BookedDrafter) -> DefinitionDraft:
    """Ask for the definition, or take it from the ledger where it was paid for.

    Raises:
        TeacherError: it could not be asked for, or the answer holds none.
    """
    from mraru.teachers.side_questions.definition_drafter import (
        read_draft,  # late: it brings OpenAI's client, and figures read no draft
    )

    answer = drafter.draft(plan.question)
    return DefinitionDraft(
        label=plan.label,
        definition=read_draft(answer),
        status=DraftStatus.READY,
        contrast=plan.contrast,
        n_corrected=plan.n_corrected,
        shown=plan.shown,
        model=drafter.identity.model,
        cost_usd=answer.cost_usd,
    )


def _choose_texts(label: str, contrast: str, corrections: Corrections) -> list[str]:
    """Typical texts of each direction, then of those that the LLM got right."""
    labelled, vectors = corrections.labelled, corrections.vectors
    chosen: list[str] = []
    for said, right, n_texts in (
        (label, contrast, N_CORRECTED_SHOWN),
        (contrast, label, N_CORRECTED_SHOWN),
        (label, label, N_CONFIRMED_SHOWN),
    ):
        named = [name for name, given in labelled.gold.items() if given == right and labelled.teacher.get(name) == said]
        chosen += choose_typical(named, vectors, n_texts)
    return chosen


def _describe(schema: LabelSchema, label: str, definitions: Mapping[str, str]) -> LabelDescription:
    from mraru.teachers.side_questions.definition_question import LabelDescription

    choice = next(choice for choice in schema.choices if choice.stored == label)
    return LabelDescription(value=choice.value, hint=choice.hint or "", definition=definitions.get(label, ""))
