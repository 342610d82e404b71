"""What the loop of one project is made of, and what each piece of its work leaves to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mraru.batch_interfaces import BatchTeacher
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.interfaces import LabelStudio, Sampler, Student, Teacher
from mraru.projects.learning.training import Training
from mraru.projects.predictions.data_manager_tabs import LabelStudioViews
from mraru.projects.retry_pauses import Pauses
from mraru.projects.stopping.stopping_criterion import StoppingCriterion
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a piece of work leaves to do."""

    more: bool = False  # there is more to do now
    again_at: float | None = None  # nothing before this moment (seconds since 1970)


NOTHING = Advance()
MORE = Advance(more=True)


def without_batches(project: Project, schema: LabelSchema) -> Sequence[BatchTeacher]:
    """No teacher is asked by batch jobs."""
    return ()


def without_check(project: Project, schema: LabelSchema) -> None:
    """No teacher is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectContext:
    """What the loop of one project is made of."""

    store: Store
    label_studio: LabelStudio
    embedder: CachedEmbedder  # of meanings: texts near each other are about the same
    student_embedder: CachedEmbedder  # of what the student reads; most students read the meanings
    sampler: Sampler
    make_student: Callable[[LabelSchema], Student]
    make_teacher: Callable[[Project, LabelSchema], Teacher]
    make_training: Callable[[int, LabelSchema], Training]  # by project id
    config: Settings  # as in force for the project
    clock: Callable[[], float]
    should_stop: Callable[[], bool]
    make_batch_teachers: Callable[[Project, LabelSchema], Sequence[BatchTeacher]] = without_batches
    pauses: Pauses = field(default_factory=Pauses)  # of all projects of the process
    check_teacher: Callable[[Project, LabelSchema], None] = without_check  # before a round that asks; may raise
    stopping_criteria: Sequence[StoppingCriterion] = ()  # of other packages, beside our rules
    views: LabelStudioViews | None = None  # where our tabs are kept; None: nowhere
