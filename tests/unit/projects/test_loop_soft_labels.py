from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.loop_bench import ClassEmbedder
from fakes.stores import open_store
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.interfaces import Labels, Vectors
from mraru.projects.final_labels.scoring import Scoring
from mraru.projects.learning.labelled_set import LEAST_WEIGHT, LabelledSet
from mraru.projects.learning.training import Training
from mraru.records import TaskText
from mraru.schema_records import Choice, LabelSchema
from mraru.store.store import Store
from mraru.students.logistic_regression import LogisticRegressionStudent

SCHEMA = LabelSchema(
    from_name="label", to_name="text", text_field="text", choices=(Choice(value="sport"), Choice(value="tech"))
)
TEXTS = [f"{name} {n}" for name in ("sport", "tech") for n in range(6)]


class WeighingStudent(LogisticRegressionStudent):
    """Keeps the weights that it was fitted with."""

    fitted: list[list[float] | None]

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        self.fitted.append(None if sample_weight is None else sample_weight.tolist())
        super().fit(X, y, sample_weight)


def fit_and_judge(
    folder: Path, *, soft_labels: bool
) -> tuple[list[float] | None, list[list[float] | None], LabelledSet]:
    """Weights of the training, and those of the out-of-fold students."""
    WeighingStudent.fitted = fitted = []
    store: Store = open_store(folder / "mraru.sqlite3")
    tasks = [TaskText(task_id=number, text=text) for number, text in enumerate(TEXTS)]
    store.tasks.save(1, tasks)
    hashes = [task.text_hash for task in tasks]
    labelled = LabelledSet(
        gold={hashes[0]: "sport"},
        teacher={name: text.split()[0] for name, text in zip(hashes, TEXTS, strict=True)},
        confidence={hashes[0]: 0.2, hashes[1]: 0.6, hashes[7]: 0.0},
    )
    embedder = CachedEmbedder(ClassEmbedder(), store.vectors)
    student = (
        Training(
            store=store,
            project_id=1,
            embedder=embedder,
            make_student=WeighingStudent,
            folder=folder,
            soft_labels=soft_labels,
        )
        .train(labelled)
        .student
    )
    Scoring(
        store=store,
        project_id=1,
        embedder=embedder,
        make_student=WeighingStudent,
        student=student,
        labelled=labelled,
        schema=SCHEMA,
        seed=0,
        soft_labels=soft_labels,
    )
    store.close()
    return fitted[0], fitted[1:], labelled


def test_soft_labels_weigh_what_the_teacher_believes_and_gold_weighs_in_full(tmp_path: Path) -> None:
    trained, _, labelled = fit_and_judge(tmp_path, soft_labels=True)
    assert trained == labelled.weights(labelled.labels).tolist()
    assert sorted(trained) == [LEAST_WEIGHT, 0.6] + [1.0] * 10


def test_out_of_fold_students_learn_with_the_same_weights(tmp_path: Path) -> None:
    trained, folds, _ = fit_and_judge(tmp_path, soft_labels=True)
    assert trained is not None
    assert len(folds) == 5
    seen = sum((sum(weights or []) for weights in folds), 0.0)
    assert seen == pytest.approx(4 * sum(trained))  # each text is in four of the five trainings


def test_without_the_setting_every_label_counts_alike(tmp_path: Path) -> None:
    trained, folds, _ = fit_and_judge(tmp_path, soft_labels=False)
    assert trained is None
    assert all(weights is None or set(weights) == {1.0} for weights in folds)
