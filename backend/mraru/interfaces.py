"""The pluggable parts: small protocols that the rooms fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mraru.budget_records import Budget
from mraru.records import (
    Annotation,
    HeldPrediction,
    Prediction,
    ProjectDescription,
    ServerCapabilities,
    TaskText,
    TeacherAnswer,
    TeacherHealth,
    TeacherIdentity,
)
from mraru.schema_records import LabelSchema
from mraru.selection_records import Selection

Vectors = NDArray[np.float32]  # (n_texts, n_dimensions)
Probabilities = NDArray[np.float64]  # (n_texts, n_classes), rows sum to 1
Labels = NDArray[np.str_]  # (n_texts,)
KnownTexts = Callable[[Sequence[str]], Mapping[str, str]]  # those that were read before, by `TaskText.source_hash`


class Student(Protocol):
    """A small classifier over embeddings, in scikit-learn's terms."""

    @property
    def name(self) -> str:
        """A short name, as in model versions: `logreg`."""
        ...

    @property
    def classes_(self) -> Labels:
        """The labels seen in `fit`, sorted: the columns of `predict_proba`."""
        ...

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from labelled vectors; the same input gives the same student.

        Raises:
            TooFewClasses: `y` holds fewer than two classes.
        """
        ...

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`."""
        ...


class Pool(Protocol):
    """Unlabelled texts that a sampler may draw from; a vector costs work, so ask for few."""

    def __len__(self) -> int: ...

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        """Vectors of the texts at these positions, shape `(len(positions), n_dimensions)`."""
        ...


@runtime_checkable
class SparsePool(Pool, Protocol):
    """A pool with positions that hold no text: labelled meanwhile, deleted, or equal to another one's."""

    @property
    def n_positions(self) -> int:
        """Positions are below this; `len(pool)` of them hold a text."""
        ...

    def holds(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of these positions hold a text, shape `(len(positions),)`."""
        ...


class Sampler(Protocol):
    """Chooses the texts that the teacher is asked about."""

    @property
    def name(self) -> str: ...

    def select_batch(self, student: Student, pool: Pool, batch_size: int, rng: np.random.Generator) -> Selection:
        """Visit texts of the pool and accept up to `batch_size` of them."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Names the model; equal names give equal vectors."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, shape `(len(texts), n_dimensions)`, in the order of `texts`."""
        ...


class VectorStore(Protocol):
    """Where vectors are kept, by text hash and model."""

    def load_vectors(self, model: str, text_hashes: Sequence[str]) -> dict[str, Vectors]:
        """Those that are kept, each of shape `(n_dimensions,)`."""
        ...

    def save_vectors(self, model: str, vectors: Mapping[str, Vectors]) -> None: ...


class Teacher(Protocol):
    """Labels one text at a time, at a price."""

    @property
    def identity(self) -> TeacherIdentity: ...

    def identity_of(self, text: str) -> TeacherIdentity:
        """Who answers about this text: its prompt is a version of its own where no example can be shown with it."""
        ...

    def cost_bound_usd(self, text: str) -> float:
        """The most that one call about this text can cost."""
        ...

    def tokens_bound(self, text: str) -> int:
        """The most tokens, prompt and answer, that one call about this text can use."""
        ...

    def label(self, text: str) -> TeacherAnswer:
        """Ask about one text.

        Raises:
            TeacherUnavailable: a later attempt may succeed.
            TeacherMisconfigured: no attempt will succeed until a setting changes.
            BudgetExceeded: the call could pass the budget, so it was not made.
        """
        ...


class Ledger(Protocol):
    """The append-only book of every call to the teacher, shared by all processes."""

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        """The answer that was paid for, in whatever project."""
        ...

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
        with_headroom: bool = False,
    ) -> int:
        """Claim a question and book its call before it is made, atomically, and return the call's number.

        Args:
            budget: of the project.
            total_budget: of all projects together; None = no limit.
            with_headroom: whether there must be room, too, for what calls under way may use beyond their bounds.

        Raises:
            AlreadyAsked: the same question is answered, or a call about it is under way.
            RoomTaken: what is left of the budget may be used by calls under way.
            BudgetExceeded: what is spent and reserved leaves no room for it.
        """
        ...

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """Whether somebody's call about this text waits for its answer and does not yet count as lost."""
        ...

    def bound_factor(self, identity: TeacherIdentity) -> float:
        """By how much `reserve` multiplies the bounds of a model's calls: the most that any used of its bound, or 1."""
        ...

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        """Write down the answer and what it really cost, also when the call was given up for lost meanwhile.

        If that is more than was reserved, the bounds of this model's calls grow from now on.
        """
        ...

    def release(self, call_id: int, error: str) -> None:
        """The call failed and was surely not billed: free its reservation."""
        ...

    def forfeit(self, call_id: int, error: str) -> None:
        """The call failed but may have been billed: its reservation stays spent."""
        ...


class HealthBook(Protocol):
    """Where the worker writes how a model's server fares, for whoever watches."""

    def save(self, health: TeacherHealth) -> None: ...


class CapabilityStore(Protocol):
    """Remembers what the servers of models do not understand, and the names they answer under, for all processes."""

    def load(self, server: str, model: str) -> ServerCapabilities | None:
        """What was found, however long ago; None if nothing was."""
        ...

    def save(self, server: str, model: str, capabilities: ServerCapabilities) -> None: ...

    def note_name(self, server: str, model: str, name: str) -> bool:
        """Remember that the model answered under another name; False if that was known, or more than are kept are."""
        ...


class LabelStudio(Protocol):
    """What the loop asks of Label Studio's API.

    Every method raises LabelStudioUnreachable when there is no answer and LabelStudioRefused when it is no.
    """

    def describe_project(self, project_id: int) -> ProjectDescription: ...

    def list_tasks(self, project_id: int, schema: LabelSchema, known: KnownTexts | None = None) -> Iterator[TaskText]:
        """All tasks by number; `known` gives texts whose files need not be fetched again."""
        ...

    def list_annotations(self, project_id: int, schema: LabelSchema) -> list[Annotation]: ...

    def count_predictions(self, project_id: int) -> dict[str, int]:
        """How many predictions of each model version the project holds."""
        ...

    def list_predictions(
        self, project_id: int, schema: LabelSchema, task_ids: Sequence[int]
    ) -> Mapping[int, Sequence[HeldPrediction]]:
        """What these tasks hold, by task; a task that was deleted is missing."""
        ...

    def list_all_predictions(
        self, project_id: int, schema: LabelSchema
    ) -> Iterator[Mapping[int, Sequence[HeldPrediction]]]:
        """What all tasks hold, page by page."""
        ...

    def list_parents(self, task_id: int) -> set[int]:
        """The predictions to which annotations of a task refer."""
        ...

    def push_predictions(self, project_id: int, schema: LabelSchema, predictions: Sequence[Prediction]) -> int:
        """Import predictions in bulk and return how many Label Studio says it made.

        Raises:
            PredictionsNotStored: fewer than were sent for tasks that exist.
        """
        ...

    def create_prediction(self, schema: LabelSchema, prediction: Prediction) -> int | None:
        """Make one prediction and return its number; None where its task was deleted."""
        ...

    def change_prediction(self, schema: LabelSchema, prediction_id: int, prediction: Prediction) -> bool:
        """Change a prediction in place; False where it is gone."""
        ...

    def delete_prediction(self, prediction_id: int) -> None: ...

    def serve_lowest_score_first(self, project_id: int, model_version: str) -> bool:
        """Make the label stream serve this version's predictions, lowest score first; False if it did already."""
        ...
