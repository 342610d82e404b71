"""How each of several teachers does: by what all of them say together, and by what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraru.quality.agreement.teacher_accuracy_on_gold import Accuracy, measure_accuracy
from mraru.records import Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherStanding:
    """One of several teachers, over the texts that it was asked about."""

    name: str
    n_votes: int  # texts on which it named a label
    n_no_label: int
    n_agreeing: int  # its votes for what became the label
    estimated_accuracy: float | None  # by Dawid-Skene, without people; None before there is enough overlap
    on_gold: Accuracy  # of the texts that people labelled too


def judge_teachers(
    names: Sequence[str],
    votes: Mapping[str, Sequence[Vote]],
    labels: Mapping[str, str | None],
    posteriors: Mapping[str, Mapping[str, float]],
    gold: Mapping[str, str],
) -> list[TeacherStanding]:
    """Add up the votes of each teacher, those of `names` first.

    The estimated accuracy is the average posterior probability of what the teacher named: the share of its labels
    that are right, if the posteriors are.

    Args:
        votes: by text hash.
        labels: what became the label of each text.
        posteriors: of texts whose votes Dawid-Skene has settled: probability by label.
        gold: people's labels by text hash.

    >>> votes = {"t1": [Vote(teacher="a", label="x")], "t2": [Vote(teacher="a", label="y")]}
    >>> (standing,) = judge_teachers(["a"], votes, {"t1": "x", "t2": "x"}, {"t1": {"x": 0.9}, "t2": {"y": 0.5}}, {})
    >>> standing.n_votes, standing.n_agreeing, round(standing.estimated_accuracy, 2)
    (2, 1, 0.7)
    """
    said_by: dict[str, dict[str, str | None]] = {name: {} for name in names}
    for text_hash, said in votes.items():
        for vote in said:
            said_by.setdefault(vote.teacher, {})[text_hash] = vote.label
    return [_judge(name, said, labels, posteriors, gold) for name, said in said_by.items()]


def _judge(
    name: str,
    said: Mapping[str, str | None],
    labels: Mapping[str, str | None],
    posteriors: Mapping[str, Mapping[str, float]],
    gold: Mapping[str, str],
) -> TeacherStanding:
    named = {text_hash: label for text_hash, label in said.items() if label is not None}
    believed = [posteriors[text_hash].get(label, 0.0) for text_hash, label in named.items() if text_hash in posteriors]
    return TeacherStanding(
        name=name,
        n_votes=len(named),
        n_no_label=len(said) - len(named),
        n_agreeing=sum(label == labels.get(text_hash) for text_hash, label in named.items()),
        estimated_accuracy=sum(believed) / len(believed) if believed else None,
        on_gold=measure_accuracy(gold, said),
    )
