"""Settings of the loop, the student and the embedding."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mraru.plugins import PluginGroup
from mraru.settings.registered_names import RegisteredName

LONGEST_NAMES = 1000  # characters; of a label config's tags
SENTENCE_TRANSFORMERS = "sentence-transformers"


LEAST_SEEDING_LIMIT = 200  # texts
SEEDED_PER_LABEL = 3  # texts; on BANKING77 it takes 1.5 of each until every label has one


class LoopSettings(BaseModel):
    """How texts are chosen, learned from and written into Label Studio."""

    # Loop
    auto_start: bool = Field(
        True,
        description="Begin rounds when a project connects; when false, `Start Training` in Label Studio begins them.",
    )
    only: str | None = Field(
        None,
        max_length=LONGEST_NAMES,
        description="Names of the controls of the label config that are answered, with commas between them, as "
        "`mraru connect --only NAME` sets them for a project; without, all that can be are answered together.",
    )
    texts: str | None = Field(
        None,
        max_length=LONGEST_NAMES,
        description="Names of the text tags that are read beside the one that the control is about, with commas "
        "between them, in the order in which they are read, as `mraru connect --text NAME` sets them for a project. "
        "Texts that read otherwise than before are other texts: the LLM is asked about them anew.",
    )
    student: Annotated[
        str,
        RegisteredName(
            group=PluginGroup.STUDENTS,
            own=("logreg", "svm", "lda", "rf", "hgb", "distilbert"),
            takes_scikit_learn=True,
        ),
    ] = Field(
        "logreg",
        description="The small model that learns from the labels: logistic regression, a linear support vector "
        "machine, linear discriminant analysis, a random forest, histogram gradient boosting, or DistilBERT, "
        "fine-tuned in each round (minutes without a GPU); or a classifier of scikit-learn by its class, such as "
        "sklearn.naive_bayes:GaussianNB, or one that an installed package brings.",
    )
    calibration: Literal["auto", "none", "temperature", "sigmoid", "isotonic"] = Field(
        "auto",
        description="How the student's probabilities are made to mean what they say, on texts that it was not trained "
        "on: `auto` takes what measures best in each round, `none` leaves them as the student gives them.",
    )
    sampler: Annotated[str, RegisteredName(group=PluginGroup.QUERY_STRATEGIES, own=("mraru", "random"))] = Field(
        "mraru", description="How the texts for the teacher are chosen: M-RARU, or at random as a baseline."
    )
    acceptance_rule: Annotated[
        str,
        RegisteredName(group=PluginGroup.ACCEPTANCE_RULES, own=("paper", "sharpened", "margin", "entropy", "adaptive")),
    ] = Field(
        "adaptive",
        description="With what probability M-RARU accepts a visited text: `paper`: its normalized uncertainty u; "
        "`sharpened`: u to the power of MRARU_SHARPNESS; `margin` and `entropy`: the same with 1 - margin and with "
        "the normalized entropy; `adaptive`: 1 - margin to the power that makes about MRARU_ACCEPTANCE_RATE of the "
        "visited texts accepted.",
    )
    sharpness: float = Field(
        2.0,
        gt=0,
        le=1024,
        description="Power of the rules `sharpened`, `margin` and `entropy`: the higher, the more texts are visited "
        "for each accepted one, and the more unsure the student is of those.",
    )
    acceptance_rate: float = Field(
        0.2, gt=0, lt=1, description="Share of visited texts that the rule `adaptive` accepts, on average."
    )
    batch_diversity: float | None = Field(
        None,
        gt=-1,
        le=1,
        description="Cosine similarity above which two texts are not put into one batch of M-RARU's; any when not set.",
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
    gold_consensus: Literal["majority", "dawid-skene"] = Field(
        "majority",
        description="Which label is gold where people differ on a text: the one that most of them gave, or the "
        "likelier one by Dawid-Skene, which learns from all of their labels how each of them errs.",
    )
    gold_min_texts: int = Field(
        200,
        ge=1,
        description="Texts that three people or more labelled; from so many on, MRARU_GOLD_CONSENSUS=dawid-skene is "
        "followed, before that the majority.",
    )
    batch_size: int = Field(25, ge=1, description="Texts per round.")
    max_rounds: int | None = Field(
        None, ge=0, description="Rounds after which a project stops; unlimited when not set."
    )
    seeding: Literal["zero-shot", "random"] = Field(
        "zero-shot",
        description="How the first texts of each class are looked for: near the embedding of the class's name and "
        "definition, or by random draws alone.",
    )
    seeding_sample: int = Field(
        1000,
        ge=1,
        description="Texts, drawn at random, that are embedded to look for the first of each class among them.",
    )
    seeding_limit: int | None = Field(
        None,
        ge=1,
        description="Most texts that seeding asks about to find one of each class; when not set 200 or, where that is "
        "more, three for each label.",
    )
    max_passes: int = Field(
        50, ge=1, description="Passes over the pool after which a batch that will not fill is taken as it is."
    )
    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    retrain_after: int = Field(
        5, ge=1, description="Labels of people, also those that confirm, after which the student is retrained at once."
    )
    retrain_delay_s: float = Field(
        30.0, ge=0, description="Seconds after which fewer corrections retrain the student too."
    )

    retry_delay_s: float = Field(
        60.0,
        gt=0,
        description="Seconds that a project pauses after the teacher or Label Studio did not answer; twice as many "
        "each time, up to a quarter of an hour.",
    )
    push_limit: int = Field(
        1000,
        ge=1,
        description="New predictions that a round writes at once, lowest score first; the rest of the tasks get theirs "
        "when the rounds are over and people are quiet.",
    )
    audit_share: float = Field(
        0.1,
        ge=0,
        le=0.5,
        description="Share of the tasks that people are served first which is drawn at random, to measure LLM, student "
        "and labels honestly; 0 turns the audit off.",
    )
    tabs: bool = Field(
        True,
        description="Keep tabs of our own in the project's Data Manager: disagreements, audit sample, labels by "
        "source. When false, none is made or changed.",
    )
    reconcile_every_s: float = Field(
        3600.0,
        gt=0,
        description="Seconds after which tasks and annotations are read from Label Studio again, "
        "since its webhooks are never repeated.",
    )

    # Embedding
    embedder: Annotated[str, RegisteredName(group=PluginGroup.EMBEDDERS, own=(SENTENCE_TRANSFORMERS,))] = Field(
        SENTENCE_TRANSFORMERS,
        description="What turns texts into vectors: sentence-transformers with MRARU_EMBEDDING_MODEL, or what an "
        "installed package brings. Another one embeds all texts anew.",
    )
    embedding_model: str = Field(
        "all-MiniLM-L6-v2",
        description="A sentence-transformers model; the default comes with the installed package, no download.",
    )
    embedding_batch_size: int = Field(32, ge=1, description="Texts that are embedded at once.")
    embedding_threads: int | None = Field(
        None, ge=1, description="Threads that embedding may use; all cores when not set."
    )

    # DistilBERT
    distilbert_model: str = Field(
        "distilbert-base-uncased",
        description="What the student `distilbert` begins with: an encoder on the Hugging Face hub, downloaded when "
        "the backend starts, or the folder of one, tokenizer included.",
    )
    distilbert_max_tokens: int = Field(
        128, ge=2, le=512, description="Tokens of a text that the student `distilbert` reads; the rest is cut off."
    )
    distilbert_epochs: int = Field(
        4,
        ge=1,
        description="Passes over the labels when `distilbert` is fine-tuned; more while they make fewer than 100 steps "
        "of 16 texts.",
    )

    def seeding_limit_of(self, n_labels: int) -> int:
        """Most texts that seeding asks about in a project of so many labels."""
        if self.seeding_limit is not None:
            return self.seeding_limit
        return max(LEAST_SEEDING_LIMIT, SEEDED_PER_LABEL * n_labels)
