"""Every task with the label that stands for it and whose it is: the labelled corpus, to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectUnknown
from mraru.projects.final_labels.standing_labels import LabelSource, stand
from mraru.projects.predictions.model_versions import student_version
from mraru.projects.project_schema import schema_of
from mraru.reporting.label_sources import read_answers_or_none, read_book_or_none
from mraru.store.projects.project_repository import Project

PAGE = 1000  # tasks read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTask:
    """One task of Label Studio."""

    task_id: int
    label: str | None  # as stored by Label Studio; the same that Label Studio shows as a prediction
    source: LabelSource
    score: float | None  # how likely the label is right; None: it was not weighed against anything yet
    version: str | None  # of the student that had a part in it
    teacher_label: str | None
    teacher_confidence: float | None  # its probability of its label, where known
    student_label: str | None  # the student's own, of one that has not learned the text
    student_confidence: float | None
    set_aside: str | None  # the label that people, else the LLM, gave it, where the label config has it no longer
    text: str
    answers: dict[str, str] | None = None  # the label taken apart, by question; None: one question is asked


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
    store, project_id = services.store, project.project_id
    labelled, labels = read_book_or_none(services, project), read_answers_or_none(services, project)
    split = _read_split(project)
    students = {round_.number: round_.student for round_ in store.rounds.list_all(project_id)}
    last = 0
    while tasks := store.tasks.list_after(project_id, last, PAGE):
        opinions = store.opinions.load(project_id, sorted({task.text_hash for task in tasks}))
        for task in tasks:
            opinion = opinions.get(task.text_hash)
            standing = stand(labelled, labels, task.text_hash, opinion)
            student = students.get(standing.round_number or 0)
            yield LabelledTask(
                task_id=task.task_id,
                label=standing.label,
                source=standing.source,
                score=standing.score,
                version=student_version(student, standing.round_number) if student and standing.round_number else None,
                teacher_label=labelled.teacher.get(task.text_hash),
                teacher_confidence=labelled.confidence.get(task.text_hash),
                student_label=opinion.label if opinion is not None else None,
                student_confidence=opinion.confidence if opinion is not None else None,
                set_aside=None
                if task.text_hash in labelled.open_texts
                else labelled.set_aside_gold.get(task.text_hash, labelled.set_aside_teacher.get(task.text_hash)),
                text=task.text,
                answers=split(standing.label),
            )
        last = tasks[-1].task_id


def _read_split(project: Project) -> Callable[[str | None], dict[str, str] | None]:
    """Takes labels apart where several questions are asked."""
    try:
        schema = schema_of(project)
    except LabelConfigError:  # the project's state says what is wrong
        return lambda label: None
    return lambda label: schema.parts_of(label) if schema.questions and label is not None else None
