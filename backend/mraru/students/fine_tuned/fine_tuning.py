"""A language model with a classifier on top: loaded, fine-tuned, asked. All that needs torch is here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mraru.errors import StudentError, StudentModelMissing
from mraru.interfaces import Probabilities

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

DEFAULT_MODEL = "distilbert-base-uncased"
WARM_UP_SHARE = 0.1  # of the steps, in which the learning rate rises
WEIGHT_DECAY = 0.01
MOST_GRADIENT = 1.0  # its norm: a text of a rare class weighs much
JUDGED_AT_ONCE = 64  # texts

Tokens = NDArray[np.int64]  # (n_texts, n_tokens): the number of a token + 1; 0 after the end of a text

# Torch's random numbers are those of all threads: only one may draw, or the same seed gives another student.
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """How a language model learns from labels."""

    model: str = DEFAULT_MODEL  # on the Hugging Face hub, or the folder of one
    epochs: int = 4  # passes over the labels
    least_steps: int = 100  # more passes where they would make fewer: a model hardly moves in 20 steps
    batch_size: int = 16  # texts per step
    learning_rate: float = 5e-5  # at its highest
    threads: int | None = None  # that torch may use in this process; its own choice when None
    seed: int = 0

    def count_steps(self, n_texts: int) -> int:
        """How many steps learning takes.

        >>> FineTuning().count_steps(25), FineTuning().count_steps(1000)
        (100, 252)
        """
        return max(self.epochs * -(-n_texts // self.batch_size), self.least_steps)


def load_pretrained(options: FineTuning, n_classes: int) -> PreTrainedModel:
    """The language model as it was published, with a new classifier on top.

    Raises:
        StudentModelMissing: it is not there and cannot be fetched.
    """
    # Imported here: torch takes seconds and hundreds of megabytes, which other students never need.
    try:
        import torch
        from transformers import AutoModelForSequenceClassification
        from transformers.utils import logging as transformers_logging

        # It draws a bar for the weights, and warns that the classifier is new: that is what it is for.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        model = AutoModelForSequenceClassification.from_pretrained(  # people name the model  # nosec B615
            options.model, num_labels=n_classes, ignore_mismatched_sizes=True, dtype=torch.float32
        )
    except Exception as exc:  # the library raises OSError, ValueError, hub and torch errors alike
        raise StudentModelMissing(
            f"The language model {options.model!r} of the student distilbert cannot be loaded ({type(exc).__name__}): "
            "set MRARU_DISTILBERT_MODEL to a model of the Hugging Face hub that this machine can reach, or to the "
            "folder of one (made by save_pretrained, tokenizer included)."
        ) from exc
    return cast("PreTrainedModel", model)


def fine_tune(
    options: FineTuning, tokens: Tokens, members: NDArray[np.intp], weights: NDArray[np.float64], n_classes: int
) -> PreTrainedModel:
    """Teach a new model; on one kind of processor, the same input gives the same one.

    Args:
        tokens: shape `(n_texts, n_tokens)`.
        members: the class of each text, shape `(n_texts,)`.
        weights: shape `(n_texts,)`, mean 1.

    Raises:
        StudentModelMissing: the model to begin with is not there and cannot be fetched.
        StudentError: the tokens are not this model's.
    """
    import torch

    with _drawing, torch.random.fork_rng(range(torch.cuda.device_count())), torch.enable_grad():
        torch.manual_seed(options.seed)
        model = load_pretrained(options, n_classes)
        check_tokens(model, tokens)
        device = _choose_device()
        model.to(device).train()  # type: ignore[arg-type]
        n_steps = options.count_steps(len(tokens))
        optimizer = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, n_steps))
        batches = _shuffle_for_ever(len(tokens), options.batch_size, np.random.default_rng(options.seed))
        for _, batch in zip(range(n_steps), batches, strict=False):
            logits = model(**_as_inputs(tokens[batch], device)).logits
            losses = torch.nn.functional.cross_entropy(
                logits, torch.as_tensor(members[batch], device=device), reduction="none"
            )
            loss = (losses * torch.as_tensor(weights[batch], dtype=torch.float32, device=device)).mean()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), MOST_GRADIENT)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    model.cpu().eval()  # type: ignore[no-untyped-call]
    return model


def rebuild(config: dict[str, Any], weights: dict[str, torch.Tensor]) -> PreTrainedModel:
    """A model from what was kept of it, without the hub.

    Raises:
        KeyError, ValueError, RuntimeError: the two do not fit together.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with _drawing:  # weights are drawn before they are replaced
        model = AutoModelForSequenceClassification.from_config(  # type: ignore[no-untyped-call]
            AutoConfig.for_model(**config), dtype=torch.float32
        )
    model.load_state_dict(weights)
    return cast("PreTrainedModel", model.eval())


def class_probabilities(model: PreTrainedModel, tokens: Tokens) -> Probabilities:
    """What a fine-tuned model says, shape `(n_texts, n_classes)`, rows sum to 1.

    Raises:
        StudentError: the tokens are not this model's.
    """
    import torch

    check_tokens(model, tokens)
    device = _choose_device()
    model.to(device)  # type: ignore[arg-type]
    probabilities = np.empty((len(tokens), int(model.config.num_labels or 0)), dtype=np.float64)
    by_length = np.argsort((tokens > 0).sum(axis=1), kind="stable")
    with torch.no_grad():
        for start in range(0, len(tokens), JUDGED_AT_ONCE):
            batch = by_length[start : start + JUDGED_AT_ONCE]
            logits = model(**_as_inputs(tokens[batch], device)).logits
            probabilities[batch] = torch.softmax(logits.double(), dim=1).cpu().numpy()
    return probabilities


def check_tokens(model: PreTrainedModel, tokens: Tokens) -> None:
    """See that a model knows these tokens and can read so many.

    Raises:
        StudentError: it does not.
    """
    n_tokens = _count_tokens(tokens)
    most = getattr(model.config, "max_position_embeddings", n_tokens)
    if n_tokens > most:
        raise StudentError(f"The language model reads {most} tokens at most: lower MRARU_DISTILBERT_MAX_TOKENS.")
    if tokens.size and tokens.max() > model.config.vocab_size:
        raise StudentError("X holds tokens that the language model does not know: are they of another tokenizer?")


def _as_inputs(tokens: Tokens, device: torch.device) -> dict[str, torch.Tensor]:
    import torch

    trimmed = tokens[:, : _count_tokens(tokens)]
    attended = trimmed > 0
    attended[:, 0] = True  # nothing to attend to would give NaN
    return {
        "input_ids": torch.as_tensor(np.maximum(trimmed - 1, 0), device=device),
        "attention_mask": torch.as_tensor(attended.astype(np.int64), device=device),
    }


def _count_tokens(tokens: Tokens) -> int:
    """The length of the longest text, at least 1."""
    used = np.flatnonzero((tokens > 0).any(axis=0))
    return int(used[-1]) + 1 if used.size else 1


def _rate(step: int, n_steps: int) -> float:
    """The share of the learning rate at a step: up to 1 in the warm-up, then down to 0.

    >>> [round(_rate(step, 20), 2) for step in (0, 1, 2, 11, 19)]
    [0.33, 0.67, 1.0, 0.5, 0.06]
    """
    n_warm_up = int(WARM_UP_SHARE * n_steps)
    return min((step + 1) / (n_warm_up + 1), (n_steps - step) / max(1, n_steps - n_warm_up))


def _shuffle_for_ever(n_texts: int, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    while True:
        order = rng.permutation(n_texts)
        for start in range(0, n_texts, batch_size):
            yield order[start : start + batch_size]


def _choose_device() -> torch.device:
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
