"""A loop over fakes: Label Studio in memory, the simulated teacher, vectors that show the class."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.label_studio_views import FakeViews
from fakes.stores import open_store
from fakes.teachers import SimulatedTeacher
from mraru.batch_interfaces import BatchTeacher
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.interfaces import Embedder, Sampler, Student, Teacher, Vectors
from mraru.projects.learning.training import EVERY_SKOPS_FILE, StudentFiles, Training
from mraru.projects.project_context import ProjectContext
from mraru.projects.project_loop import ProjectLoop
from mraru.query_strategies.mraru import MRaru
from mraru.records import Annotation
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.multilabel_student import MultilabelStudent
from mraru.students.questions_student import QuestionsStudent
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher

PROJECT = 1
QUIET: dict[str, object] = {
    "seeding": "random",
    "retrain_delay_s": 60.0,
    "audit_share": 0.0,
}  # unless a test asks for more


def class_of(text: str) -> str:
    """Texts are named after their class: `sport 12`."""
    return text.split()[0]


class ClassEmbedder:
    """Vectors that lie near their class, and a list of the texts that were embedded."""

    name = "classes"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(len(texts), 4)

    def _vector(self, text: str) -> Vectors:
        rng = np.random.default_rng(sum(text.encode()))
        vector = 0.35 * rng.normal(size=4)
        if class_of(text) in LABELS:
            vector[LABELS.index(class_of(text))] += 1.0
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@dataclass(kw_only=True)
class LoopBench:
    """One project with all that its loop touches; `restart` forgets what a new process would not know."""

    store: Store
    label_studio: FakeLabelStudio
    teacher: SimulatedTeacher
    embedder: ClassEmbedder
    clock: HandClock
    folder: Path
    settings: Settings
    sampler: Sampler
    make_student: Callable[[], Student] = LogisticRegressionStudent
    student_embedder: Embedder | None = None  # `embedder` when None
    files: StudentFiles = EVERY_SKOPS_FILE
    views: FakeViews | None = None
    stops: bool = False

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        embedder = CachedEmbedder(self.embedder, self.store.vectors)
        student_embedder = CachedEmbedder(self.student_embedder or self.embedder, self.store.vectors)
        parts = ProjectContext(
            store=self.store,
            label_studio=self.label_studio,
            embedder=embedder,
            student_embedder=student_embedder,
            sampler=self.sampler,
            make_student=self._make_student,
            make_teacher=self.make_teacher,
            make_training=lambda project_id, schema: Training(
                store=self.store,
                project_id=project_id,
                embedder=student_embedder,
                make_student=partial(self._make_student, schema),
                folder=self.folder,
                files=self.files,
            ),
            config=self.settings,
            clock=self.clock,
            should_stop=lambda: self.stops,
            make_batch_teachers=self.make_batch_teachers,
            views=self.views,
        )
        self.loop = ProjectLoop(PROJECT, parts)

    def _make_student(self, schema: LabelSchema) -> Student:
        if schema.questions:
            return QuestionsStudent(schema, self._make_student)
        return MultilabelStudent(self.make_student) if schema.is_multiple else self.make_student()

    def make_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        """Who is asked at once, with the books around."""
        return self.keep_books(self.make_asked(project, schema))

    def keep_books(self, asked: Teacher) -> Teacher:
        booked = BudgetedTeacher(
            asked,
            self.store.project_ledger(PROJECT),
            project_id=PROJECT,
            budget=self.settings.budget,
            total_budget=self.settings.total_budget,
        )
        return CachedTeacher(booked, self.store.project_ledger(PROJECT))

    def make_asked(self, project: Project, schema: LabelSchema) -> Teacher:
        """Who is asked at once."""
        return self.teacher

    def make_batch_teachers(self, project: Project, schema: LabelSchema) -> Sequence[BatchTeacher]:
        """Who is asked by batch jobs."""
        return ()

    def set_options(self, **changes: object) -> None:
        self.settings = change_settings(self.settings, changes)
        self.restart()

    def start(self) -> None:
        self.store.projects.connect(
            PROJECT,
            label_config=self.label_studio.label_config,
            hostname=None,
            access_token=None,
            backend_url=None,
        )
        self.store.projects.start(PROJECT)

    def run(self, most: int = 200) -> None:
        """Advance until nothing is left to do now."""
        for _ in range(most):
            if not self.loop.advance().more:
                return
        pytest.fail(f"still at work after {most} pieces of work: {self.project}")

    @property
    def project(self) -> Project:
        project = self.store.projects.get(PROJECT)
        assert project is not None
        return project

    @property
    def served_student(self) -> str | None:
        """The student whose labels are served, as rounds call it."""
        found = self.store.rounds.get(PROJECT, self.project.served_round or 0)
        return found.model_version if found is not None else None

    def correct(self, task_id: int, label: str, annotation_id: int = 0, **changes: object) -> None:
        """A person labels a task."""
        annotation = Annotation(
            annotation_id=annotation_id or task_id,
            task_id=task_id,
            label=label,
            completed_by=1,
            lead_time_s=1.0,
            updated_at=f"2026-01-01T00:00:{int(self.clock.now) % 60:02d}Z",
        )
        annotation = replace(annotation, **changes)
        self.label_studio.annotations[annotation.annotation_id] = annotation
        self.store.annotations.save(PROJECT, [annotation], self.clock())


def change_settings(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """Also to values that nobody could set, such as a batch of few texts' stop set."""
    assert changes.keys() <= Settings.model_fields.keys(), changes
    return settings.model_copy(update=dict(changes))


def make_loop_bench(folder: Path, n_texts: int, labels: tuple[str, ...], **options: object) -> LoopBench:
    """A project of `n_texts` texts in three classes; the caller closes its store."""
    clock = HandClock()
    defaults = {**QUIET, "max_cost_usd": 1.0, "batch_size": 5, "max_rounds": 3}
    return LoopBench(
        store=open_store(folder / "mraru.sqlite3", clock),
        label_studio=FakeLabelStudio([f"{LABELS[i % 3]} {i}" for i in range(n_texts)], labels),
        teacher=SimulatedTeacher(class_of),
        embedder=ClassEmbedder(),
        clock=clock,
        folder=folder,
        settings=change_settings(Settings(), {**defaults, **options}),
        sampler=MRaru(max_passes=2000),
    )


def copy_bench(bench: LoopBench, folder: Path) -> LoopBench:
    """One that goes on alone from where `bench` is, as a process that starts now; the store of `bench` is closed."""
    shutil.copytree(bench.folder, folder)
    teacher = copy.copy(bench.teacher)
    teacher.asked = list(bench.teacher.asked)
    clock = copy.copy(bench.clock)
    copied: dict[int, object] = {}  # `views` may be `label_studio`
    return replace(
        bench,
        store=open_store(folder / "mraru.sqlite3", clock),
        label_studio=copy.deepcopy(bench.label_studio, copied),
        teacher=teacher,
        embedder=copy.deepcopy(bench.embedder),
        clock=clock,
        folder=folder,
        views=copy.deepcopy(bench.views, copied),
    )


def finish_rounds(make_bench: Callable[..., LoopBench]) -> LoopBench:
    """A project whose rounds are over and whose every task has its prediction."""
    bench = make_bench()
    bench.start()
    bench.run()
    return bench
