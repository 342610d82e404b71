"""Lets the votes of an ensemble decide together, once there are enough to judge each teacher by."""

from __future__ import annotations

import logging

from mraru.loop.label_book import read_label_book
from mraru.records import LabelSchema
from mraru.review.consensus import count_overlap, fit_dawid_skene
from mraru.store.store import Store

logger = logging.getLogger(__name__)


def settle_votes(store: Store, project_id: int, schema: LabelSchema, min_texts: int) -> bool:
    """Give every text with votes its likeliest label by Dawid-Skene; before there is enough overlap, do nothing.

    It reads votes and people's labels alone, so that doing it twice, or again after a crash, gives the same.

    Args:
        min_texts: texts on which three teachers or more named a label; from so many on it is done.

    Returns:
        Whether there was enough.
    """
    votes = {row.text_hash: row.ensemble_votes for row in store.teacher_labels.list_all(project_id)}
    votes = {text_hash: said for text_hash, said in votes.items() if said}
    if count_overlap(votes) < min_texts:
        return False
    gold = read_label_book(store, project_id, schema).gold
    n_changed = store.teacher_labels.settle_votes(project_id, fit_dawid_skene(votes, gold, schema.labels))
    logger.info(
        "project %d: Dawid-Skene over the votes about %d texts changed %d labels",
        project_id,
        len(votes),
        n_changed,
        extra={"event": "votes_settled"},
    )
    return True
