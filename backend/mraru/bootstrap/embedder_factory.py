"""What turns texts into vectors, and what turns them into what the student reads."""

from __future__ import annotations

from mraru.embedding.brought_embedder import BroughtEmbedder
from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.errors import PluginInvalid
from mraru.interfaces import Embedder
from mraru.plugins import PluginGroup, make_part
from mraru.settings import Settings
from mraru.settings.loop_settings import SENTENCE_TRANSFORMERS
from mraru.students.fine_tuned.distilbert import DistilBertStudent


def make_embedder(settings: Settings) -> Embedder:
    """The model of the settings; nothing is loaded yet.

    Raises:
        PluginInvalid: no installed package brings it, or it is not what an embedder must be.
    """
    if settings.embedder != SENTENCE_TRANSFORMERS:
        made = make_part(PluginGroup.EMBEDDERS, settings.embedder, settings)
        if not callable(getattr(made, "embed", None)) or not isinstance(getattr(made, "name", None), str):
            raise PluginInvalid(f"The embedder '{settings.embedder}' must give one with a name and embed.")
        return BroughtEmbedder(made, settings.embedder)
    return SentenceTransformerEmbedder(
        settings.embedding_model,
        batch_size=settings.embedding_batch_size,
        threads=settings.embedding_threads,
    )


def make_token_embedder(settings: Settings) -> Embedder | None:
    """What the student reads in place of vectors; None where it reads these."""
    if settings.student != DistilBertStudent.name:
        return None
    return TokenIdEmbedder(settings.distilbert_model, max_tokens=settings.distilbert_max_tokens)
