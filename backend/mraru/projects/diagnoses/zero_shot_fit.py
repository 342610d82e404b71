"""How well the built-in zero-shot teacher's labels would fit a project's texts, before anybody has checked one."""

from __future__ import annotations

from dataclasses import dataclass

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.projects.learning.text_sample import list_text_sample
from mraru.projects.learning.unlabelled_pool import embed_hashes
from mraru.projects.rounds.seeding import SAMPLE
from mraru.quality.neighbour_agreement import neighbour_agreement
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProgressPhase
from mraru.store.store import Store
from mraru.teachers.zero_shot.zero_shot_teacher import ZeroShotTeacher

N_TEXTS = 200  # drawn at random; with fewer, a text's nearest ones are not near
MOST_CLASSES = 20  # with more, 200 texts hold too few of a class


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShotFit:
    """Over a random sample of all texts."""

    agreement: float  # of texts with those nearest to them, beyond chance, see `neighbour_agreement`
    n_texts: int


def measure_fit(
    store: Store, project_id: int, embedder: CachedEmbedder, schema: LabelSchema, seed: int
) -> ZeroShotFit | None:
    """Label a random sample as the teacher would, and compare; None where that would say nothing.

    The texts are those that seeding looks at first, so that hardly any is embedded for this alone.

    Raises:
        TextsGone: tasks were deleted while their texts were being embedded.
    """
    if not 2 <= len(schema.choices) <= MOST_CLASSES:
        return None
    names = list_text_sample(store, project_id, SAMPLE, seed, N_TEXTS)
    if len(names) < N_TEXTS:
        return None

    def show(n_done: int, n_total: int) -> None:
        store.projects.set_progress(project_id, ProgressPhase.EMBEDDING, n_done, n_total)

    vectors = embed_hashes(store, project_id, embedder, names, show)
    said = ZeroShotTeacher(embedder, schema).label_vectors(vectors)
    return ZeroShotFit(agreement=neighbour_agreement(vectors, said), n_texts=len(names))
