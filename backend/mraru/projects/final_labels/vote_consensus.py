"""Lets votes decide together, of an ensemble and of people, once there are enough to judge each voter by."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from enum import StrEnum

from mraru.projects.learning.labelled_set import list_valid_annotations, read_labelled_set
from mraru.quality.consensus.dawid_skene import count_overlap, fit_dawid_skene
from mraru.quality.consensus.gold_consensus import people_overlap, settle_by_dawid_skene
from mraru.records import Annotation
from mraru.schema_records import LabelSchema
from mraru.store.store import Store

logger = logging.getLogger(__name__)


class GoldConsensus(StrEnum):
    """What decides where people differ."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid-skene"  # from enough texts on that three people labelled; the majority before


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
    labelled = read_labelled_set(store, project_id, schema)
    # a vote for a class that is gone stays one: without it, a text would go to whoever voted otherwise
    given = {vote.label for said in votes.values() for vote in said if vote.label is not None}
    labels = [*(known := schema.possible(given)), *sorted(given.difference(known))]
    n_changed = store.teacher_labels.settle_votes(
        project_id, fit_dawid_skene(votes, labelled.set_aside_gold | labelled.gold, labels)
    )
    logger.info(
        "project %d: Dawid-Skene over the votes about %d texts changed %d labels",
        project_id,
        len(votes),
        n_changed,
        extra={"event": "votes_settled"},
    )
    return True


def settle_gold_labels(
    store: Store, project_id: int, schema: LabelSchema, consensus: GoldConsensus, min_texts: int
) -> int:
    """Decide the texts on which people differ by Dawid-Skene, where that is wanted and there is enough overlap.

    Otherwise what was decided so is forgotten, and the majority stands. It reads annotations alone, so that doing it
    twice gives the same.

    Args:
        min_texts: texts that three people or more labelled; from so many on it is done.

    Returns:
        How many texts are decided otherwise than before.
    """
    settled: dict[str, str] = {}
    if consensus is GoldConsensus.DAWID_SKENE:
        by_text = list_valid_annotations(store, project_id, schema)
        if people_overlap(by_text) >= min_texts:
            settled = settle_by_dawid_skene(by_text, schema.possible(_given(by_text)))
    n_changed = store.settled_gold.replace_all(project_id, settled)
    if n_changed:
        logger.info(
            "project %d: Dawid-Skene decides %d texts on which people differ, %d otherwise than before",
            project_id,
            len(settled),
            n_changed,
            extra={"event": "gold_settled"},
        )
    return n_changed


def _given(by_text: Mapping[str, Sequence[Annotation]]) -> set[str]:
    """The answers of these annotations."""
    return {made.label for listed in by_text.values() for made in listed if made.label is not None}
