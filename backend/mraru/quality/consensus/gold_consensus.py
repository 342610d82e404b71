"""What people who differ on a text come to once it is known how each of them errs: Dawid-Skene over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.quality.agreement.gold import one_vote_each, settle_gold, voter_of
from mraru.quality.consensus.dawid_skene import Votes, count_overlap, fit_dawid_skene
from mraru.records import Annotation, Vote

LEAST_PROBABILITY = 0.9  # of the likeliest label; below, the votes decide as they would without all this

ByText = Mapping[str, Sequence[Annotation]]  # by text hash


def people_overlap(by_text: ByText) -> int:
    """Texts that three people or more labelled: with fewer, nothing says which of two is right.

    >>> said = [Annotation(annotation_id=n, task_id=1, label="x", completed_by=n, lead_time_s=1.0) for n in (1, 2, 3)]
    >>> people_overlap({"t1": said, "t2": said[:2]})
    1
    """
    return count_overlap(_votes(by_text))


def settle_by_dawid_skene(by_text: ByText, labels: Sequence[str]) -> dict[str, str]:
    """The likeliest of the labels that people gave each text on which they differ.

    Texts starred as ground truth teach how each person errs and are not decided; neither is a text on which people
    agree, nor one with an annotation of which it is not known whose it is, nor one on which it stays in doubt.

    Args:
        by_text: all annotations of the project.
        labels: of the project; annotations with others do not count.

    Returns:
        By text hash.
    """
    votes = _votes(by_text)
    truth = {
        text: label
        for text, listed in by_text.items()
        if (label := settle_gold([annotation for annotation in listed if annotation.is_ground_truth]).label)
    }
    settled: dict[str, str] = {}
    for text, posterior in fit_dawid_skene(votes, truth, labels).items():
        named = {vote.label for vote in votes[text] if vote.label in posterior}
        likeliest = max(posterior, key=posterior.__getitem__)
        if len(named) > 1 and likeliest in named and text not in truth and posterior[likeliest] >= LEAST_PROBABILITY:
            settled[text] = likeliest
    return settled


def _votes(by_text: ByText) -> Votes:
    """One vote a person and text, of texts whose voters are all known."""
    votes: dict[str, list[Vote]] = {}
    for text, listed in by_text.items():
        counted = one_vote_each(listed)
        people = [voter_of(annotation) for annotation in counted]
        if counted and None not in people:
            votes[text] = [
                Vote(teacher=str(person), label=vote.label) for person, vote in zip(people, counted, strict=True)
            ]
    return votes
