"""All repositories over one database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mraru.store.database import Database
from mraru.store.due_projects import DueProjectRepository
from mraru.store.labels.annotation_repository import AnnotationRepository
from mraru.store.labels.kept_drafts import DefinitionDraftRepository
from mraru.store.labels.label_definitions import LabelDefinitionRepository
from mraru.store.labels.label_renames import LabelRenameRepository
from mraru.store.labels.set_aside_labels import SetAsideLabelRepository
from mraru.store.labels.settled_gold import SettledGoldRepository
from mraru.store.ledger.answered_calls import AnsweredCallRepository
from mraru.store.ledger.batch_jobs import BatchJobRepository
from mraru.store.ledger.costs import CostRepository
from mraru.store.ledger.former_prompts import FormerPromptRepository
from mraru.store.ledger.ledger_lines import LedgerLineRepository
from mraru.store.ledger.ledger_repository import LOST_AFTER_S, LedgerRepository
from mraru.store.ledger.metric_counts import MetricRepository
from mraru.store.ledger.overruns import OverrunRepository
from mraru.store.ledger.project_ledger import ProjectLedger
from mraru.store.projects.applied_stop_rules import StopRuleRepository
from mraru.store.projects.event_inbox import EventRepository
from mraru.store.projects.forgotten_projects import ForgottenProjectRepository
from mraru.store.projects.leases import LeaseRepository
from mraru.store.projects.project_repository import ProjectRepository
from mraru.store.projects.project_warnings import WarningRepository
from mraru.store.projects.round_repository import RoundRepository
from mraru.store.projects.stored_settings import ProjectSettingRepository
from mraru.store.review.audit_samples import AuditSampleRepository
from mraru.store.review.disagreements import DisagreementRepository
from mraru.store.review.opinions import OpinionRepository
from mraru.store.review.reliabilities import ReliabilityRepository
from mraru.store.review.review_tabs import ReviewTabRepository
from mraru.store.tasks.open_work import OpenWorkRepository
from mraru.store.tasks.prediction_repository import PredictionRepository
from mraru.store.tasks.task_repository import TaskRepository
from mraru.store.tasks.vectors import VectorRepository
from mraru.store.teachers.kept_teacher_checks import TeacherCheckRepository
from mraru.store.teachers.known_capabilities import CapabilityRepository
from mraru.store.teachers.label_watches import LabelWatchRepository
from mraru.store.teachers.teacher_health import TeacherHealthRepository
from mraru.store.teachers.teacher_labels import TeacherLabelRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    database: Database
    projects: ProjectRepository
    forgotten_projects: ForgottenProjectRepository
    warnings: WarningRepository
    due_projects: DueProjectRepository
    project_settings: ProjectSettingRepository
    tasks: TaskRepository
    vectors: VectorRepository
    ledger: LedgerRepository
    ledger_lines: LedgerLineRepository
    costs: CostRepository
    overruns: OverrunRepository
    teacher_labels: TeacherLabelRepository
    disagreements: DisagreementRepository
    label_definitions: LabelDefinitionRepository
    definition_drafts: DefinitionDraftRepository
    label_renames: LabelRenameRepository
    label_watches: LabelWatchRepository
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
    metrics: MetricRepository
    teacher_health: TeacherHealthRepository
    teacher_checks: TeacherCheckRepository
    capabilities: CapabilityRepository
    batch_jobs: BatchJobRepository

    def project_ledger(self, project_id: int) -> ProjectLedger:
        """The ledger as a project reads it, whose labels may have been renamed since an answer."""
        return ProjectLedger(self.ledger, self.former_prompts, self.label_renames, project_id)

    @contextmanager
    def hold_to_ask(self, project_id: int) -> Iterator[None]:
        """Hold the project's lease for calls beside its rounds, and close those that a killed process left open.

        Without the lease the worker would take open calls for those of a dead process, and with such calls still open
        an answer would be waited for that never comes.

        Raises:
            ProjectBusy: somebody else holds it.
        """
        with self.leases.hold(project_id):
            self.ledger.forfeit_lost(project_id)
            yield

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
        forgotten_projects=ForgottenProjectRepository(database),
        warnings=WarningRepository(database),
        due_projects=DueProjectRepository(database),
        project_settings=ProjectSettingRepository(database, clock),
        tasks=TaskRepository(database),
        vectors=VectorRepository(database),
        ledger=LedgerRepository(database, clock, call_lost_after_s),
        ledger_lines=LedgerLineRepository(database),
        costs=CostRepository(database),
        overruns=OverrunRepository(database),
        teacher_labels=TeacherLabelRepository(database),
        disagreements=DisagreementRepository(database),
        label_definitions=LabelDefinitionRepository(database, clock),
        definition_drafts=DefinitionDraftRepository(database, clock),
        label_renames=LabelRenameRepository(database, clock),
        label_watches=LabelWatchRepository(database),
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
        metrics=MetricRepository(database),
        teacher_health=TeacherHealthRepository(database, clock),
        teacher_checks=TeacherCheckRepository(database),
        capabilities=CapabilityRepository(database),
        batch_jobs=BatchJobRepository(database),
    )
