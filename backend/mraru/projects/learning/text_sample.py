"""A random sample of a project's texts that stays the same, whatever becomes of them."""

from __future__ import annotations

import hashlib

from mraru.store.store import Store


def list_text_sample(store: Store, project_id: int, purpose: str, seed: int, size: int) -> list[str]:
    """Hashes of the texts that follow a point given by seed and purpose, `size` of them or all that there are.

    Hashes say nothing of texts, so it is a random sample, and a smaller one is the beginning of a larger one.
    """
    point = hashlib.blake2b(f"{purpose} {seed} {project_id}".encode(), digest_size=16).hexdigest()
    listed = store.tasks.list_text_hashes_from(project_id, point, size)
    if len(listed) < size:  # past the highest hash: on from the lowest
        listed += store.tasks.list_text_hashes_from(project_id, "", size - len(listed))
    return list(dict.fromkeys(listed))
