"""Whose label each text of a project has: people's, the LLM's, the student's, or nobody's."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError
from mraru.labelstudio.label_config import parse_label_config
from mraru.loop.label_book import LabelBook, read_label_book
from mraru.store.projects import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSources:
    """Distinct texts by whose label counts: people's beats the LLM's, and the LLM's the student's."""

    n_gold: int
    n_teacher: int
    n_student: int  # the prediction that is served
    n_none: int

    @property
    def n_texts(self) -> int:
        return self.n_gold + self.n_teacher + self.n_student + self.n_none


def count_label_sources(services: Services, project: Project) -> LabelSources:
    """Count the texts of a project by the source of their labels."""
    store, project_id = services.store, project.project_id
    book = read_book_or_none(services, project)
    labelled = {text_hash for text_hash, label in book.teacher.items() if label is not None}
    gold = store.tasks.keep_present(project_id, list(book.gold))
    known = gold | labelled
    n_student, version = 0, project.served_version
    if version is not None:
        n_predicted = store.predictions.count_texts(project_id, version)
        n_student = n_predicted - len(store.predictions.keep_predicted(project_id, version, sorted(known)))
    n_texts = store.tasks.count_texts(project_id)
    return LabelSources(
        n_gold=len(gold),
        n_teacher=len(labelled - gold),
        n_student=n_student,
        n_none=max(0, n_texts - len(known) - n_student),
    )


def read_book_or_none(services: Services, project: Project) -> LabelBook:
    """The labels of a project; empty where its label config is not supported, which its state says."""
    try:
        schema = parse_label_config(project.label_config)
    except LabelConfigError:
        return LabelBook(gold={}, teacher={})
    return read_label_book(services.store, project.project_id, schema)
