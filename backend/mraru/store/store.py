"""All repositories over one database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mraru.store.annotations import AnnotationRepository
from mraru.store.answered_calls import AnsweredCallRepository
from mraru.store.audit_samples import AuditSampleRepository
from mraru.store.batch_jobs import BatchJobRepository
from mraru.store.capabilities import CapabilityRepository
from mraru.store.costs import CostRepository
from mraru.store.database import Database
from mraru.store.definition_drafts import DefinitionDraftRepository
from mraru.store.events import EventRepository
from mraru.store.former_prompts import FormerPromptRepository
from mraru.store.label_definitions import LabelDefinitionRepository
from mraru.store.label_renames import LabelRenameRepository
from mraru.store.leases import LeaseRepository
from mraru.store.ledger import LOST_AFTER_S, LedgerRepository
from mraru.store.ledger_lines import LedgerLineRepository
from mraru.store.open_work import OpenWorkRepository
from mraru.store.opinions import OpinionRepository
from mraru.store.predictions import PredictionRepository
from mraru.store.project_ledger import ProjectLedger
from mraru.store.project_settings import ProjectSettingRepository
from mraru.store.projects import ProjectRepository
from mraru.store.reliabilities import ReliabilityRepository
from mraru.store.review_tabs import ReviewTabRepository
from mraru.store.rounds import RoundRepository
from mraru.store.set_aside_labels import SetAsideLabelRepository
from mraru.store.settled_gold import SettledGoldRepository
from mraru.store.stop_rules import StopRuleRepository
from mraru.store.tasks import TaskRepository
from mraru.store.teacher_health import TeacherHealthRepository
from mraru.store.teacher_labels import TeacherLabelRepository
from mraru.store.vectors import VectorRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    database: Database
    projects: ProjectRepository
    project_settings: ProjectSettingRepository
    tasks: TaskRepository
    vectors: VectorRepository
    ledger: LedgerRepository
    ledger_lines: LedgerLineRepository
    costs: CostRepository
    teacher_labels: TeacherLabelRepository
    label_definitions: LabelDefinitionRepository
    definition_drafts: DefinitionDraftRepository
    label_renames: LabelRenameRepository
    set_aside_labels: SetAsideLabelRepository
    former_prompts: FormerPromptRepository
    answered_calls: AnsweredCallRepository
    annotations: AnnotationRepository
    settled_gold: SettledGoldRepository
    rounds: RoundRepository
    stop_rules: StopRuleRepository
    predictions: PredictionRepository
    opinions: OpinionRepository
    reliabilities: ReliabilityRepository
    open_work: OpenWorkRepository
    audit_samples: AuditSampleRepository
    review_tabs: ReviewTabRepository
    events: EventRepository
    leases: LeaseRepository
    teacher_health: TeacherHealthRepository
    capabilities: CapabilityRepository
    batch_jobs: BatchJobRepository

    def project_ledger(self, project_id: int) -> ProjectLedger:
        """The ledger as a project reads it, whose labels may have been renamed since an answer."""
        return ProjectLedger(self.ledger, self.former_prompts, self.label_renames, project_id)

    def close(self) -> None:
        self.database.close()


def open_store(path: Path, clock: Callable[[], float] = time.time, call_lost_after_s: float = LOST_AFTER_S) -> Store:
    """Open the store's file, made and migrated as needed.

    Args:
        call_lost_after_s: seconds after which an open call of another process counts as lost.

    Raises:
        StoreError: the file cannot be used.
    """
    database = Database(path)
    return Store(
        database=database,
        projects=ProjectRepository(database),
        project_settings=ProjectSettingRepository(database, clock),
        tasks=TaskRepository(database),
        vectors=VectorRepository(database),
        ledger=LedgerRepository(database, clock, call_lost_after_s),
        ledger_lines=LedgerLineRepository(database),
        costs=CostRepository(database),
        teacher_labels=TeacherLabelRepository(database),
        label_definitions=LabelDefinitionRepository(database, clock),
        definition_drafts=DefinitionDraftRepository(database, clock),
        label_renames=LabelRenameRepository(database, clock),
        set_aside_labels=SetAsideLabelRepository(database),
        former_prompts=FormerPromptRepository(database),
        answered_calls=AnsweredCallRepository(database),
        annotations=AnnotationRepository(database),
        settled_gold=SettledGoldRepository(database),
        rounds=RoundRepository(database),
        stop_rules=StopRuleRepository(database),
        predictions=PredictionRepository(database, clock),
        opinions=OpinionRepository(database),
        reliabilities=ReliabilityRepository(database),
        open_work=OpenWorkRepository(database),
        audit_samples=AuditSampleRepository(database),
        review_tabs=ReviewTabRepository(database),
        events=EventRepository(database, clock),
        leases=LeaseRepository(database, clock),
        teacher_health=TeacherHealthRepository(database, clock),
        capabilities=CapabilityRepository(database),
        batch_jobs=BatchJobRepository(database),
    )
