"""The initial labelled pool: draws until every class has a label (Section 3, arXiv:2511.11574).

Where the paper draws at random, most of ours are drawn near what a class is called: with many or rare classes,
random draws alone take hundreds of calls.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.projects.learning.class_words import describe_class
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.text_sample import list_text_sample
from mraru.projects.learning.unlabelled_pool import UnlabelledPool, embed_hashes
from mraru.projects.rounds.asking import Asking
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.query_strategies.random_sampling import select_uniformly
from mraru.query_strategies.zero_shot_seeding import DRAW, NEAR, TEXTS_PER_CLASS, contrast, draw_nearest, fill_draw
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.projects.round_repository import TextVisit
from mraru.store.store import Store

SAMPLE = "seeding"  # the purpose of the texts among which classes are looked for


class Seeding:
    """Finds a label of each class in one project."""

    def __init__(
        self, store: Store, project_id: int, schema: LabelSchema, embedder: CachedEmbedder, config: Settings
    ) -> None:
        """Nothing is drawn yet."""
        self._store = store
        self._project_id = project_id
        self._schema = schema
        self._embedder = embedder
        self._is_zero_shot = SeedingMethod(config.seeding) is SeedingMethod.ZERO_SHOT
        self._sample_size = min(config.seeding_sample, TEXTS_PER_CLASS * len(schema.choices))
        self._limit = config.seeding_limit_of(len(schema.choices))
        self._seed = config.seed
        self._sample: list[str] = []  # hashes
        self._nearness: NDArray[np.float32] | None = None  # (n_sample, n_classes), columns as in the config

    def seed_classes(self, round_number: int, read_labelled_set: Callable[[], LabelledSet], asking: Asking) -> None:
        """Ask about drawn texts until each label is found, none is left, or as many as may be were asked about.

        A seeding that was interrupted goes on with the texts it had drawn and draws what it would have drawn.

        Raises:
            TeacherError: a call failed; what was answered is kept.
            TextsGone: tasks were deleted while their texts were being embedded.
            WorkInterrupted: the worker is shutting down.
        """
        asked: set[str] = set()  # by this call: what an answer leaves open is not asked about for ever
        while True:
            labelled = read_labelled_set()
            visited = [visit.text_hash for visit in self._store.rounds.list_visits(self._project_id, round_number)]
            known = labelled.known
            waiting = [text_hash for text_hash in visited if text_hash not in known and text_hash not in asked]
            if not waiting:
                n_drawn = min(DRAW, self._limit - len(visited))
                if not labelled.missing_classes(self._schema) or n_drawn <= 0:
                    return
                rng = np.random.default_rng([self._seed, self._project_id, round_number, len(visited)])
                drawn = self._draw(labelled, n_drawn, rng)
                if not drawn:
                    return
                self._store.rounds.add_visits(self._project_id, round_number, drawn)
                waiting = [visit.text_hash for visit in drawn]
            asking.ask(waiting, round_number, ProgressPhase.SEEDING)
            asked.update(waiting)
            if not self._store.tasks.load_texts(self._project_id, waiting):
                return  # the drawn tasks were deleted meanwhile: the next round draws others

    def _draw(self, labelled: LabelledSet, n_drawn: int, rng: np.random.Generator) -> list[TextVisit]:
        """Some texts near missing classes, the rest anywhere, so that the seed is not one-sided."""
        pool = UnlabelledPool(self._store, self._project_id, self._embedder, labelled.known)
        near = self._draw_near(labelled, min(NEAR, n_drawn), rng) if self._is_zero_shot else {}
        anywhere = [pool.hash_at(position) for position in select_uniformly(pool, n_drawn, rng).accepted]
        return [
            TextVisit(text_hash=text_hash, acceptance_probability=chance, accepted=True, pass_number=1)
            for text_hash, chance in fill_draw(near, anywhere, n_drawn).items()
        ]

    def _draw_near(self, labelled: LabelledSet, n_wanted: int, rng: np.random.Generator) -> dict[str, float]:
        """Texts of the sample near classes without a label, and the chance that each had to be drawn."""
        nearness = self._compare_sample()
        missing = set(labelled.missing_classes(self._schema))
        columns = [column for column, label in enumerate(self._schema.labels) if label in missing]
        known = labelled.known
        is_known = np.array([name in known for name in self._sample], dtype=np.bool_)
        drawn = draw_nearest(nearness[:, columns], is_known, n_wanted, rng)
        return {self._sample[near.row]: near.probability for near in drawn}

    def _compare_sample(self) -> NDArray[np.float32]:
        """How near each text of the sample is to each class, shape `(n_sample, n_classes)`; embeds once."""
        if self._nearness is None:
            self._sample = self._list_sample()
            vectors = embed_hashes(self._store, self._project_id, self._embedder, self._sample, self._show_embedding)
            definitions = self._store.label_definitions.list_all(self._project_id)
            descriptions = [describe_class(choice, definitions.get(choice.stored)) for choice in self._schema.choices]
            self._nearness = contrast(vectors @ self._embedder.embed(descriptions).T)
        return self._nearness

    def _list_sample(self) -> list[str]:
        """The same after a restart, labelled texts included: they show which classes their neighbours are not of."""
        return list_text_sample(self._store, self._project_id, SAMPLE, self._seed, self._sample_size)

    def _show_embedding(self, n_done: int, n_total: int) -> None:
        self._store.projects.set_progress(self._project_id, ProgressPhase.EMBEDDING, n_done, n_total)
