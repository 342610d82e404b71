"""DistilBERT, fine-tuned on the labels: the one student that reads the words themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError
from mraru.interfaces import Labels, Probabilities, Vectors
from mraru.students.fine_tuned.fine_tuning import FineTuning, Tokens, class_probabilities, fine_tune
from mraru.students.student_inputs import as_inputs, as_labels, as_weights

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class DistilBertStudent:
    """DistilBERT, or another encoder of `transformers`, in which all classes weigh alike, however few labels one has.

    Its vectors are texts as tokens: the number of each token + 1, and 0 after the end. Each `fit` begins with the
    published model, so that what was taught before is forgotten.
    """

    name = "distilbert"
    # Five folds would cost four times the training of the student itself; three cost twice.
    n_folds = 3

    def __init__(self, options: FineTuning | None = None) -> None:
        """Nothing is loaded, and nothing trained yet."""
        self._options = options or FineTuning()
        self._model: PreTrainedModel | None = None
        self._classes: Labels | None = None
        self._n_dimensions = 0

    @classmethod
    def from_parts(cls, options: FineTuning, model: PreTrainedModel, classes: Labels, n_dimensions: int) -> Self:
        """Put together what was kept of a trained one.

        Raises:
            StudentError: the model is not one for these classes.
        """
        if model.config.num_labels != len(classes):
            raise StudentError(f"its model knows {model.config.num_labels} classes, not {len(classes)}")
        student = cls(options)
        student._model, student._classes, student._n_dimensions = model, classes, n_dimensions
        return student

    @property
    def options(self) -> FineTuning:
        return self._options

    @property
    def n_dimensions(self) -> int:
        """Of the vectors that it learned from: the most tokens of a text."""
        return self._n_dimensions

    @property
    def model(self) -> PreTrainedModel:
        """The fine-tuned language model.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._model is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._model

    @property
    def classes_(self) -> Labels:
        """The labels seen in `fit`, sorted, shape `(n_classes,)`.

        Raises:
            StudentError: `fit` has not been called.
        """
        if self._classes is None:
            raise StudentError(f"The {self.name} student has not been trained: call fit first.")
        return self._classes.copy()

    def fit(self, X: Vectors, y: Labels, sample_weight: NDArray[np.float64] | None = None) -> None:
        """Learn from labelled texts; a student that fails to learn keeps what it knew.

        Args:
            X: texts as tokens, shape `(n_texts, n_tokens)`.
            y: shape `(n_texts,)`.
            sample_weight: shape `(n_texts,)`, positive; every text counts alike when None.

        Raises:
            TooFewClasses: `y` holds fewer than two classes.
            StudentModelMissing: the published model is not there and cannot be fetched.
            StudentError: the shapes do not fit together, or `X` holds no tokens of this model.
        """
        tokens = _as_tokens(X)
        labels = as_labels(y, len(tokens))
        weights = np.ones(len(tokens)) if sample_weight is None else as_weights(sample_weight, len(tokens))
        classes, members = np.unique(labels, return_inverse=True)
        model = fine_tune(self._options, tokens, members, _balance(weights, members), len(classes))
        self._model, self._classes, self._n_dimensions = model, classes, tokens.shape[1]

    def predict_proba(self, X: Vectors) -> Probabilities:
        """Class probabilities, shape `(n_texts, n_classes)`, columns as in `classes_`.

        Raises:
            StudentError: not trained, or `X` holds no tokens of this model.
        """
        model = self.model
        tokens = _as_tokens(X)
        if tokens.shape[1] != self._n_dimensions:
            raise StudentError(
                f"X has {tokens.shape[1]} dimensions, but the student was trained on {self._n_dimensions}: "
                "was the embedding model changed, or MRARU_DISTILBERT_MAX_TOKENS?"
            )
        return class_probabilities(model, tokens)


def _as_tokens(X: Vectors) -> Tokens:
    inputs = as_inputs(X)
    tokens = inputs.astype(np.int64)
    if (tokens != inputs).any() or (tokens < 0).any():
        raise StudentError("X holds no tokens: the student distilbert needs its own tokenizer's, not embeddings.")
    return tokens


def _balance(weights: NDArray[np.float64], members: NDArray[np.intp]) -> NDArray[np.float64]:
    """Weights of mean 1 in which each class counts alike, as scikit-learn's `class_weight="balanced"`.

    >>> _balance(np.array([1.0, 1.0, 1.0, 3.0]), np.array([0, 0, 1, 1])).tolist()
    [1.0, 1.0, 0.5, 1.5]
    """
    of_class = np.bincount(members, weights=weights)
    balanced: NDArray[np.float64] = weights / of_class[members] * len(weights) / len(of_class)
    return balanced
