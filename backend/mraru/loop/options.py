"""What a loop can be told: filled from the settings by `bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.records import Budget

NO_LIMIT = Budget()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    budget: Budget  # of the project
    total_budget: Budget = NO_LIMIT  # of all projects together
    batch_size: int = 25
    max_rounds: int | None = None  # rounds of the sampler; None = no limit
    seeding_limit: int = 200  # texts
    seed: int = 0
    teacher_concurrency: int = 4  # calls at the same time
    retrain_after: int = 5  # corrections
    retrain_delay_s: float = 60.0
    retry_delay_s: float = 60.0  # after the teacher or Label Studio failed
    soft_labels: bool = False  # labels weigh what the teacher's confidence says
    dawid_skene_min_texts: int = 200  # texts with enough votes, before which an ensemble's majority stands
    push_limit: int = 1000  # predictions per round; the rest follow when the project is quiet
    batch_api: bool = False  # rounds are asked by batch jobs
    batch_poll_s: float = 60.0  # between two looks at a job
