"""A DistilBERT of 16 dimensions with random weights, in a folder: no hub is needed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fakes.label_studio import LABELS
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.interfaces import Labels, Vectors
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.fine_tuning import FineTuning

MAX_TOKENS = 12
TOPICS = {  # words of a class; the classes are not in sorted order
    "sport": ["goal", "match", "team", "coach", "player", "league"],
    "food": ["bread", "soup", "cheese", "apple", "salt", "oven"],
    "music": ["song", "drum", "piano", "opera", "guitar", "choir"],
    "space": ["planet", "orbit", "moon", "rocket", "star", "comet"],
    "money": ["bank", "share", "price", "profit", "loan", "tax"],
    "law": ["court", "judge", "trial", "guilty", "appeal", "verdict"],
}
NEUTRAL = ["the", "a", "was", "is", "seen", "good", "bad", "today", "new", "old"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def write_tiny_model(folder: Path) -> Path:
    """Write model and tokenizer as `save_pretrained` does, the same ones each time."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()

    words = [*SPECIAL, *NEUTRAL, *(word for topic in TOPICS.values() for word in topic), *LABELS]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = DistilBertConfig(
        vocab_size=len(words),
        dim=16,
        n_heads=2,
        n_layers=1,
        hidden_dim=32,
        max_position_embeddings=32,
        initializer_range=0.2,  # wider than usual, and little dropout: so few dimensions learn slowly otherwise
        dropout=0.05,
        attention_dropout=0.0,
        seq_classif_dropout=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        DistilBertModel(config).save_pretrained(folder)
    return folder


def tiny_options(folder: Path, **changed: object) -> FineTuning:
    """So that a model that knows nothing learns the topics in a second."""
    options = {"model": str(folder), "epochs": 3, "least_steps": 60, "learning_rate": 0.04, "threads": 1}
    return FineTuning(**{**options, **changed})  # type: ignore[arg-type]


def tiny_student(folder: Path, **changed: object) -> DistilBertStudent:
    return DistilBertStudent(tiny_options(folder, **changed))


def write_texts(n_classes: int = 3, n_each: int = 10, seed: int = 0) -> tuple[list[str], Labels]:
    """Texts of three words of their topic among neutral ones."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for topic in list(TOPICS)[:n_classes]:
        for _ in range(n_each):
            words = [*rng.choice(TOPICS[topic], size=3), *rng.choice(NEUTRAL, size=4)]
            texts.append(" ".join(rng.permutation(words)))
            labels.append(topic)
    return texts, np.array(labels, dtype=np.str_)


def tokenize(folder: Path, texts: list[str]) -> Vectors:
    return TokenIdEmbedder(str(folder), MAX_TOKENS).embed(texts)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model; whoever imports this fixture reaches no hub."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    return write_tiny_model(tmp_path_factory.mktemp("tiny-distilbert"))
