"""The initial labelled pool: uniform draws until every class has a label (Section 3, arXiv:2511.11574)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mraru.loop.asking import Asking
from mraru.loop.label_book import LabelBook
from mraru.store.projects import ProgressPhase
from mraru.store.rounds import TextVisit
from mraru.store.store import Store

DRAW = 4  # texts drawn at once: few, since any may complete the classes


def seed_classes(
    *,
    store: Store,
    project_id: int,
    round_number: int,
    read_book: Callable[[], LabelBook],
    labels: tuple[str, ...],
    asking: Asking,
    limit: int,
    seed: int,
) -> None:
    """Ask about uniformly drawn texts until each label is found, `limit` texts were asked, or none is left.

    A seeding that was interrupted goes on with the texts it had drawn and draws what it would have drawn.

    Raises:
        TeacherError: a call failed; what was answered is kept.
        WorkInterrupted: the worker is shutting down.
    """
    while True:
        book = read_book()
        visited = [visit.text_hash for visit in store.rounds.list_visits(project_id, round_number)]
        known = book.teacher.keys() | book.gold.keys()
        drawn = [text_hash for text_hash in visited if text_hash not in known]
        if not drawn:
            if set(labels) <= set(book.labels.values()) or len(visited) >= limit:
                return
            pool = sorted(set(store.tasks.list_text_hashes(project_id)) - known - set(visited))
            if not pool:
                return
            rng = np.random.default_rng([seed, project_id, round_number, len(visited)])
            n_drawn = min(DRAW, limit - len(visited), len(pool))
            drawn = [pool[position] for position in rng.choice(len(pool), size=n_drawn, replace=False)]
            store.rounds.add_visits(
                project_id,
                round_number,
                [
                    TextVisit(text_hash=text_hash, acceptance_probability=1.0, accepted=True, pass_number=1)
                    for text_hash in drawn
                ],
            )
        asking.ask(drawn, round_number, ProgressPhase.SEEDING)
        if not set(drawn) & set(store.tasks.list_text_hashes(project_id)):
            return  # the drawn tasks were deleted meanwhile: the next round draws others
