"""What a loop can be told: filled from the settings by `bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mraru.records import Budget

NO_LIMIT = Budget()


class SeedingMethod(StrEnum):
    """Where the first text of each class is looked for."""

    ZERO_SHOT = "zero-shot"  # half of the draws near what the class is called
    RANDOM = "random"


class GoldConsensus(StrEnum):
    """What decides where people differ."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid-skene"  # from enough texts on that three people labelled; the majority before


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityOptions:
    """When rounds end because more of them would bring little; None = that rule is off."""

    acceptance_rate: float | None = None  # least share that the paper's rule would accept
    kappa: float | None = None  # of successive students on the stop set, from which they count as stable
    stop_set_size: int = 500  # texts
    n_rounds: int = 3  # in a row over which the two above must hold
    accuracy: float | None = None  # target share of gold
    min_gold: int = 100  # texts before the target counts
    gain_per_usd: float | None = None  # percentage points
    n_gain_rounds: int = 5  # compared with as many before
    min_rounds: int = 5  # rounds of the sampler before any of these rules counts


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    budget: Budget  # of each project; what people set for one alone beats it
    total_budget: Budget = NO_LIMIT  # of all projects together
    batch_size: int = 25
    max_rounds: int | None = None  # rounds of the sampler; None = no limit
    seeding: SeedingMethod = SeedingMethod.RANDOM
    seeding_sample: int = 1000  # texts among which seeding looks for the classes
    seeding_limit: int = 200  # texts
    seed: int = 0
    teacher_concurrency: int = 4  # calls at the same time
    retrain_after: int = 5  # corrections
    retrain_delay_s: float = 60.0
    retry_delay_s: float = 60.0  # after the teacher or Label Studio failed
    soft_labels: bool = False  # labels weigh what the teacher's confidence says
    dawid_skene_min_texts: int = 200  # texts with enough votes, before which an ensemble's majority stands
    gold_consensus: GoldConsensus = GoldConsensus.MAJORITY
    gold_min_texts: int = 200  # that three people labelled, before which their majority stands
    audit_share: float = 0.0  # of what the stream serves first: tasks of the audit sample; 0: there is none
    push_limit: int = 1000  # predictions per round; the rest follow when the project is quiet
    quality: QualityOptions = QualityOptions()  # rules that end the rounds before the budget does
    batch_api: bool = False  # rounds are asked by batch jobs
    batch_poll_s: float = 60.0  # between two looks at a job
