"""All repositories over one database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mraru.store.annotations import AnnotationRepository
from mraru.store.database import Database
from mraru.store.events import EventRepository
from mraru.store.leases import LeaseRepository
from mraru.store.ledger import LedgerRepository
from mraru.store.predictions import PredictionRepository
from mraru.store.projects import ProjectRepository
from mraru.store.rounds import RoundRepository
from mraru.store.tasks import TaskRepository
from mraru.store.teacher_labels import TeacherLabelRepository
from mraru.store.vectors import VectorRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    database: Database
    projects: ProjectRepository
    tasks: TaskRepository
    vectors: VectorRepository
    ledger: LedgerRepository
    teacher_labels: TeacherLabelRepository
    annotations: AnnotationRepository
    rounds: RoundRepository
    predictions: PredictionRepository
    events: EventRepository
    leases: LeaseRepository

    def close(self) -> None:
        self.database.close()


def open_store(path: Path, clock: Callable[[], float] = time.time) -> Store:
    """Open the store's file, made and migrated as needed.

    Raises:
        StoreError: the file cannot be used.
    """
    database = Database(path)
    return Store(
        database=database,
        projects=ProjectRepository(database),
        tasks=TaskRepository(database),
        vectors=VectorRepository(database),
        ledger=LedgerRepository(database, clock),
        teacher_labels=TeacherLabelRepository(database),
        annotations=AnnotationRepository(database),
        rounds=RoundRepository(database),
        predictions=PredictionRepository(database),
        events=EventRepository(database, clock),
        leases=LeaseRepository(database, clock),
    )
