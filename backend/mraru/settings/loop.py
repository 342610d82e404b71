"""Settings of the loop, the student and the embedding."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class LoopSettings(BaseModel):
    """How texts are chosen, learned from and written into Label Studio."""

    # Loop
    auto_start: bool = Field(
        True,
        description="Begin rounds when a project connects; when false, `Start Training` in Label Studio begins them.",
    )
    student: Literal["logreg", "svm"] = Field("logreg", description="The small model that learns from the labels.")
    sampler: Literal["mraru", "random"] = Field(
        "mraru", description="How the texts for the teacher are chosen: M-RARU, or at random as a baseline."
    )
    soft_labels: bool = Field(
        False,
        description="Have the student learn less from labels that the teacher is unsure of, where "
        "MRARU_CONFIDENCE tells it.",
    )
    dawid_skene_min_texts: int = Field(
        200,
        ge=1,
        description="Texts on which three teachers or more named a label; from so many on, the labels of an ensemble "
        "are Dawid-Skene's, before by majority.",
    )
    batch_size: int = Field(25, ge=1, description="Texts per round.")
    max_rounds: int | None = Field(
        None, ge=0, description="Rounds after which a project stops; unlimited when not set."
    )
    seeding_limit: int = Field(200, ge=1, description="Most texts that seeding asks about to find one of each class.")
    max_passes: int = Field(
        50, ge=1, description="Passes over the pool after which a batch that will not fill is taken as it is."
    )
    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    retrain_after: int = Field(5, ge=1, description="Corrections after which the student is retrained at once.")
    retrain_delay_s: float = Field(
        30.0, ge=0, description="Seconds after which fewer corrections retrain the student too."
    )

    retry_delay_s: float = Field(
        60.0, gt=0, description="Seconds that a project pauses after the teacher or Label Studio did not answer."
    )
    push_limit: int = Field(
        1000,
        ge=1,
        description="Predictions of the student that a round writes at once, lowest agreement first; "
        "the rest of the tasks get theirs when the rounds are over and people are quiet.",
    )
    reconcile_every_s: float = Field(
        3600.0,
        gt=0,
        description="Seconds after which tasks and annotations are read from Label Studio again, "
        "since its webhooks are never repeated.",
    )

    # Embedding
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="A sentence-transformers model; the default comes with the installed package, no download.",
    )
    embedding_batch_size: int = Field(32, ge=1, description="Texts that are embedded at once.")
    embedding_threads: int | None = Field(
        None, ge=1, description="Threads that embedding may use; all cores when not set."
    )
