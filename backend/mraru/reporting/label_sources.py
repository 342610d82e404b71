"""Whose label each text of a project has: people's, the LLM's, the student's, or nobody's."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.store.projects.project_repository import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSources:
    """Distinct texts by who names the label that stands for them."""

    n_gold: int  # people
    n_teacher: int  # the LLM named it, and nothing speaks louder against it
    n_student: int  # the LLM was not asked, or the student is the more credible one
    n_none: int  # nobody has said anything yet

    @property
    def n_texts(self) -> int:
        return self.n_gold + self.n_teacher + self.n_student + self.n_none


def count_label_sources(services: Services, project: Project) -> LabelSources:
    """Count the texts of a project by the source of their labels."""
    store, project_id = services.store, project.project_id
    labelled = read_book_or_none(services, project)
    labels = read_answers_or_none(services, project)
    gold = store.tasks.keep_present(project_id, list(labelled.gold))
    n_final, n_of_teacher = store.opinions.count_final(project_id, labels)
    # of texts that people labelled, or that have no final label yet, each is looked at
    apart = sorted(gold.union(name for name, label in labelled.teacher.items() if label is not None))
    said = store.opinions.load(project_id, apart)
    for name in apart:
        opinion = said.get(name)
        has_final = opinion is not None and opinion.final_label in labels
        if name in gold:
            n_final -= has_final
            n_of_teacher -= has_final and opinion is not None and opinion.final_label == labelled.teacher.get(name)
        elif not has_final:
            n_final += 1
            n_of_teacher += 1
    n_texts = store.tasks.count_texts(project_id)
    return LabelSources(
        n_gold=len(gold),
        n_teacher=n_of_teacher,
        n_student=n_final - n_of_teacher,
        n_none=max(0, n_texts - len(gold) - n_final),
    )


def read_answers_or_none(services: Services, project: Project) -> tuple[str, ...]:
    """The labels of a project's label config or, where several may be chosen, the sets of them that stand for texts.

    None where the config is not supported, which the project's state says.
    """
    try:
        schema = schema_of(project)
    except LabelConfigError:
        return ()
    given = services.store.opinions.list_final_labels(project.project_id) if schema.is_multiple else ()
    return tuple(filter(schema.is_answer, schema.possible(given)))


def read_book_or_none(services: Services, project: Project) -> LabelledSet:
    """The labels of a project; empty where its label config is not supported, which its state says."""
    try:
        schema = schema_of(project)
    except LabelConfigError:
        return LabelledSet(gold={}, teacher={})
    return read_labelled_set(services.store, project.project_id, schema)
