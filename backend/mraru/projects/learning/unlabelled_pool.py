"""The unlabelled texts of a project, looked up and embedded only when the sampler looks at them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import TextsGone
from mraru.interfaces import Vectors
from mraru.store.store import Store

TEXTS_PER_BUCKET = 16  # on average
SLOTS = 64  # positions of a bucket; hashes lie so evenly that one of 10 ** 17 buckets holds more texts
N_HASHES = 16**32


class UnlabelledPool:
    """A `SparsePool` over the hashes of texts: equal texts stand in it once.

    The range of all hashes is cut into buckets of a few texts each, and a position is a bucket and a place in it. So
    positions are found through the index on hashes, and memory grows with the buckets that were looked at. A bucket is
    read once: its positions stay the same for as long as the pool lives.
    """

    def __init__(self, store: Store, project_id: int, embedder: CachedEmbedder, known: Collection[str]) -> None:
        """Count the texts; none is read.

        Args:
            known: hashes of the project's texts that teacher or people have looked at: they are not in the pool.
        """
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._known = known
        n_texts = store.tasks.count_texts(project_id)
        self._length = max(0, n_texts - len(known))
        self._n_buckets = -(-n_texts // TEXTS_PER_BUCKET)
        self._buckets: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return self._length

    @property
    def n_positions(self) -> int:
        """Positions are below this; `len(pool)` of them hold a text."""
        return self._n_buckets * SLOTS

    def holds(self, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which of these positions hold an unlabelled text, shape `(len(positions),)`."""
        found = [self._find(position) for position in positions.tolist()]
        return np.array([name is not None and name not in self._known for name in found], dtype=np.bool_)

    def hash_at(self, position: int) -> str:
        """The hash of the text at a position that holds one.

        Raises:
            IndexError: it holds none.
        """
        found = self._find(position)
        if found is None:
            raise IndexError(f"no text stands at position {position}")
        return found

    def embed(self, positions: NDArray[np.intp]) -> Vectors:
        """Vectors of the texts at these positions, shape `(len(positions), n_dimensions)`.

        Raises:
            TextsGone: no task has one of these texts any more.
        """
        hashes = [self.hash_at(position) for position in positions.tolist()]
        return embed_hashes(self._store, self._project_id, self._embedder, hashes)

    def _find(self, position: int) -> str | None:
        number, slot = divmod(position, SLOTS)
        if number not in self._buckets:
            bounds = (self._first_hash(number), self._first_hash(number + 1))
            self._buckets[number] = self._store.tasks.list_text_hashes_between(self._project_id, *bounds)
        bucket = self._buckets[number]
        return bucket[slot] if slot < len(bucket) else None

    def _first_hash(self, number: int) -> str:
        """The lowest hash that may stand in a bucket; what follows the last bucket is above every hash."""
        return f"{-(-number * N_HASHES // self._n_buckets):032x}" if number < self._n_buckets else "g"


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
