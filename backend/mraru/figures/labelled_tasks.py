"""Every task with the label that counts for it and whose it is: the labelled corpus, to take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mraru.bootstrap import Services
from mraru.errors import ProjectUnknown
from mraru.figures.label_sources import read_book_or_none
from mraru.store.projects import Project

PAGE = 1000  # tasks read at once


class LabelSource(StrEnum):
    PEOPLE = "people"  # gold
    TEACHER = "teacher"  # the LLM, or the built-in zero-shot teacher
    STUDENT = "student"  # the served prediction
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTask:
    """One task of Label Studio."""

    task_id: int
    label: str | None  # as stored by Label Studio
    source: LabelSource
    teacher_label: str | None
    teacher_confidence: float | None  # its probability of its label, where known
    student_label: str | None  # of the served prediction, or what the student says where people have labelled it
    student_confidence: float | None
    review_score: float | None  # 0 = look first
    text: str


def list_labelled_tasks(services: Services, project_id: int) -> Iterator[LabelledTask]:
    """Every task of a project, in the order of their numbers; read in pages, so that the corpus may be large.

    Raises:
        ProjectUnknown: this backend does not know the project.
    """
    project = services.store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    return _read(services, project)


def _read(services: Services, project: Project) -> Iterator[LabelledTask]:
    store, project_id, version = services.store, project.project_id, project.served_version
    book = read_book_or_none(services, project)
    last = 0
    while tasks := store.tasks.list_after(project_id, last, PAGE):
        hashes = sorted({task.text_hash for task in tasks})
        opinions = store.opinions.load(project_id, hashes)
        task_ids = [task.task_id for task in tasks]
        predictions = store.predictions.load(project_id, version, task_ids) if version is not None else {}
        for task in tasks:
            opinion, prediction = opinions.get(task.text_hash), predictions.get(task.task_id)
            gold, taught = book.gold.get(task.text_hash), book.teacher.get(task.text_hash)
            served = prediction.label if prediction is not None else None
            if gold is not None:
                label, source = gold, LabelSource.PEOPLE
            elif taught is not None:
                label, source = taught, LabelSource.TEACHER
            elif served is not None:
                label, source = served, LabelSource.STUDENT
            else:
                label, source = None, LabelSource.NONE
            yield LabelledTask(
                task_id=task.task_id,
                label=label,
                source=source,
                teacher_label=taught,
                teacher_confidence=book.confidence.get(task.text_hash),
                student_label=opinion.label if opinion is not None else served,
                student_confidence=opinion.confidence if opinion is not None else None,
                review_score=opinion.score if opinion is not None else None,
                text=task.text,
            )
        last = tasks[-1].task_id
