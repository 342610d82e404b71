"""The unlabelled texts of a project, embedded only when the sampler looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.embedding.cached import CachedEmbedder
from mraru.errors import TextsGone
from mraru.interfaces import Vectors
from mraru.store.store import Store


class UnlabelledPool:
    """A `Pool` over text hashes: equal texts stand in it once."""

    def __init__(self, store: Store, project_id: int, embedder: CachedEmbedder, text_hashes: Sequence[str]) -> None:
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self.text_hashes = tuple(text_hashes)

    def __len__(self) -> int:
        return len(self.text_hashes)

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        """Vectors of the texts at these positions, shape `(len(positions), n_dimensions)`."""
        return embed_hashes(
            self._store, self._project_id, self._embedder, [self.text_hashes[position] for position in positions]
        )


def embed_hashes(
    store: Store,
    project_id: int,
    embedder: CachedEmbedder,
    text_hashes: Sequence[str],
    on_progress: Callable[[int, int], None] | None = None,
) -> Vectors:
    """Vectors of texts of the project, in the order given.

    Raises:
        TextsGone: no task has one of these texts any more.
    """
    texts = store.tasks.load_texts(project_id, text_hashes)
    if len(texts) < len(set(text_hashes)):
        raise TextsGone()
    return embedder.embed([texts[text_hash] for text_hash in text_hashes], on_progress)
