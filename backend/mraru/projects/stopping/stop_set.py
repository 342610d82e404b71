"""The stop set: unlabelled texts on which successive students are compared, the same ones round after round."""

from __future__ import annotations

import hashlib

from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import TextsGone
from mraru.interfaces import Student
from mraru.projects.learning.labelled_set import LabelledSet
from mraru.projects.learning.unlabelled_pool import embed_hashes
from mraru.quality.agreement.cohen_kappa import cohen_kappa
from mraru.quality.agreement.student_agreement import student_labels
from mraru.settings import Settings
from mraru.store.store import Store


class StopSet:
    """Texts of one project, drawn by the seed.

    Hashes of texts lie evenly on a circle; the set is the unlabelled ones that follow a point given by the seed. So
    it stays the same while tasks come and go elsewhere on the circle, and is found without a look at the pool. A text
    that gets a label makes room for the next one.
    """

    def __init__(self, *, store: Store, project_id: int, embedder: CachedEmbedder, size: int, seed: int) -> None:
        self._store = store
        self._project_id = project_id
        self._embedder = embedder
        self._size = size
        self._start = hashlib.blake2b(f"stop set {seed}".encode(), digest_size=16).hexdigest()

    def draw(self, labelled: LabelledSet) -> list[str]:
        """Hashes of the texts, fewer than the set's size only where no more are unlabelled."""
        known = labelled.known
        limit = self._size + len(known)
        listed = self._store.tasks.list_text_hashes_from(self._project_id, self._start, limit)
        if len(listed) < limit:  # past the end of the circle
            listed += self._store.tasks.list_text_hashes_from(self._project_id, "", limit - len(listed))
        return list(dict.fromkeys(name for name in listed if name not in known))[: self._size]

    def compare(self, before: Student, after: Student, labelled: LabelledSet) -> tuple[float | None, int]:
        """Cohen's kappa between what two students say, and on how many texts; None where it is not defined."""
        names = self.draw(labelled)
        if not names:
            return None, 0
        try:
            vectors = embed_hashes(self._store, self._project_id, self._embedder, names)
        except TextsGone:
            return None, 0  # tasks were deleted meanwhile: this round has no kappa
        said = [student_labels(student.predict_proba(vectors), student.classes_) for student in (before, after)]
        return cohen_kappa(said[0], said[1]), len(names)


def make_stop_set(store: Store, project_id: int, embedder: CachedEmbedder, config: Settings) -> StopSet | None:
    """The project's stop set; None while the rule that needs it is off, so that nothing is embedded for it."""
    if config.stop_kappa is None:
        return None
    return StopSet(
        store=store,
        project_id=project_id,
        embedder=embedder,
        size=config.stop_set_size,
        seed=config.seed,
    )
