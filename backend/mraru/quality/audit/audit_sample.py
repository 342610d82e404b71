"""The audit sample: which texts are in it, when their turn comes in the queue, and which of them count so far.

Hashes of texts lie evenly on a circle, whatever the texts are about. The sample is what follows a point given by the
seed: it never depends on what anybody says of a text, stays the same while tasks come and go elsewhere on the circle,
and grows at its end. Such samples are known as those of permanent random numbers: Ohlsson, "Coordination of Samples
Using Permanent Random Numbers", in Cox et al., Business Survey Methods (1995).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest

import numpy as np

TINY = 1e-6  # between scores that would be equal
MOST_NEWCOMERS = 0.1  # of a sample's size: texts that came later into its stretch and wait for their turn


class AuditFrame(StrEnum):
    """Of what a sample is drawn."""

    CORPUS = "corpus"  # all texts of the project
    TEACHER = "teacher"  # those that the teacher gave a label: few, so that the other sample holds hardly any


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledSample:
    """The texts of a sample that count: all before the first that waits for a person."""

    members: tuple[str, ...]  # text hashes
    n_newcomers: int = 0  # texts of the same stretch that came later and still wait


def start_of_sample(seed: int, project_id: int, frame: AuditFrame) -> str:
    """The point on the circle from which texts are drawn, as a text hash.

    The frames begin at points of their own, as what is drawn of one changes what the other consists of.

    >>> start_of_sample(0, 1, AuditFrame.CORPUS) == start_of_sample(0, 1, AuditFrame.TEACHER)
    False
    """
    return hashlib.blake2b(f"audit {frame} {project_id} {seed}".encode(), digest_size=16).hexdigest()


def order_from(start: str, text_hashes: Iterable[str]) -> list[str]:
    """Hashes in the order of the circle, from a point of it on.

    >>> order_from("b", ["a", "b", "c"])
    ['b', 'c', 'a']
    """
    return sorted(text_hashes, key=lambda text_hash: (text_hash < start, text_hash))


def next_draws(
    ordered: Sequence[str], drawn: Collection[str], settled: Collection[str], n_waiting: int
) -> tuple[str, ...]:
    """What to draw so that `n_waiting` drawn texts wait for a person, in the order of the circle.

    Nothing is passed over: what people have labelled already belongs to the sample as much as anything else.

    Args:
        ordered: of the frame, in the order of the circle; newcomers in the stretch drawn so far come first.
        drawn: of the same frame, before.
        settled: texts that people have dealt with.

    >>> next_draws("abcde", drawn="a", settled="b", n_waiting=3)
    ('b', 'c', 'd')
    """
    n_left = n_waiting - sum(text_hash in drawn and text_hash not in settled for text_hash in ordered)
    draws: list[str] = []
    for text_hash in ordered:
        if n_left <= 0:
            break
        if text_hash not in drawn:
            draws.append(text_hash)
            n_left -= text_hash not in settled
    return tuple(draws)


def settled_sample(ordered: Sequence[str], drawn: Sequence[str], settled: Collection[str]) -> SettledSample:
    """The drawn texts up to the first that waits for a person: a uniform sample of the frame.

    Those after it are left out even where people have labelled them: that may be because they look wrong. The first is
    that of the draws or that of the circle, whichever leaves more: texts that came later into the stretch and wait are
    late by the draws, and what was drawn of few texts is early by them. Texts that came into the stretch and are not
    drawn yet are taken to be like the rest while they are few; where they are many, only the stretch before the first
    of them counts.

    Args:
        ordered: texts of the frame as it is now, in the order of the circle, at least to the end of the stretch.
        drawn: in the order of the draws.
        settled: texts that people have dealt with.

    >>> settled_sample("abcdef", drawn="abcd", settled="abd").members
    ('a', 'b')
    >>> settled_sample("abcdef", drawn="bcda", settled="bcd").members
    ()
    >>> settled_sample("abcdef", drawn="fabc", settled="abc").members
    ('a', 'b', 'c')
    """
    place_of = {text_hash: place for place, text_hash in enumerate(ordered)}
    by_draws = [text_hash for text_hash in drawn if text_hash in place_of]
    by_circle = sorted(by_draws, key=place_of.__getitem__)
    found = [
        _in_whole_stretch(ordered, place_of, tuple(_take_settled(listed, settled)), settled)
        for listed in (by_draws, by_circle)
    ]
    return max(found, key=lambda sample: len(sample.members))


def join_samples(first: SettledSample, second: SettledSample) -> SettledSample:
    """Both samples as one, where they are of the same texts: each of them tells of all.

    In turn, as people come to them: so what was counted stays at its place while both grow.

    >>> join_samples(SettledSample(members=("a", "b")), SettledSample(members=("b", "c", "d"))).members
    ('a', 'b', 'c', 'd')
    """
    in_turn = chain.from_iterable(zip_longest(first.members, second.members))
    members = tuple(name for name in dict.fromkeys(in_turn) if name is not None)
    return SettledSample(members=members, n_newcomers=first.n_newcomers + second.n_newcomers)


def _in_whole_stretch(
    ordered: Sequence[str], place_of: Mapping[str, int], members: tuple[str, ...], settled: Collection[str]
) -> SettledSample:
    """As many of them as lie in a stretch that holds few others."""
    if not members:
        return SettledSample(members=())
    end = 1 + max(place_of[text_hash] for text_hash in members)
    n_newcomers = end - len(members)
    if n_newcomers <= MOST_NEWCOMERS * len(members):
        return SettledSample(members=members, n_newcomers=n_newcomers)
    return SettledSample(members=tuple(_take_settled(ordered[:end], settled)), n_newcomers=n_newcomers)


def _take_settled(text_hashes: Iterable[str], settled: Collection[str]) -> Iterable[str]:
    for text_hash in text_hashes:
        if text_hash not in settled:
            return
        yield text_hash


def turn_places(share: float, n_places: int, rng: np.random.Generator) -> list[int]:
    """The places of the queue, from 0, that belong to the audit: one at random in every `1 / share`.

    >>> turn_places(0.25, 12, np.random.default_rng(0))
    [2, 5, 8]
    """
    places: list[int] = []
    if share <= 0.0:
        return places
    for turn, offset in enumerate(rng.random(int(share * n_places + 1e-9))):
        places.append(max(int((turn + offset) / share), places[-1] + 1 if places else 0))
    return places


def place_turns(scores: Mapping[int, float], turns: Sequence[int], places: Sequence[int]) -> dict[int, float]:
    """Queue scores that bring audit tasks to their places among the others.

    Also where its review score would bring a task sooner: so the sample is labelled in the order in which it was drawn,
    and what waits of it does not look better than the rest. What finds no place among the others comes after them all,
    in its turn: were it left at its score, a small project's audit would be labelled by how hard its texts are.

    Args:
        scores: review scores by task id, 0 = look first.
        turns: the audit's tasks, in the order of their turns.
        places: from 0, rising; see `turn_places`.

    Returns:
        The tasks that are moved, all that are to have a turn: each to the middle between its neighbours.

    >>> place_turns({1: 0.125, 2: 0.25, 3: 0.5, 4: 0.9}, turns=[4], places=[2])
    {4: 0.375}
    >>> place_turns({1: 0.25, 2: 0.5, 3: 0.1, 4: 0.2}, turns=[4, 3], places=[1, 9])
    {4: 0.375, 3: 0.75}
    """
    audited = set(turns)
    others = sorted(score for task, score in scores.items() if task not in audited)
    waiting = [task for task in turns if task in scores]
    moved: dict[int, float] = {}
    for place, task in zip(places, waiting, strict=False):
        rank = place - len(moved)  # among the others
        if rank >= len(others):
            break
        moved[task] = ((others[rank - 1] if rank else 0.0) + others[rank]) / 2
    last, left = max(others, default=0.0), waiting[len(moved) :]
    step = (1.0 - last) / (len(left) + 1)
    moved |= {task: last + step * position for position, task in enumerate(left, start=1)}
    return _make_rising(moved)


def _make_rising(scores: Mapping[int, float]) -> dict[int, float]:
    """The same scores in the same order, none equal to the one before it: equal ones would be in no order at all.

    >>> _make_rising({7: 0.5, 3: 0.5})[7] < 0.5, _make_rising({7: 0.25, 3: 0.5})
    (True, {7: 0.25, 3: 0.5})
    """
    rising: dict[int, float] = {}
    after = math.inf
    for task, score in reversed(list(scores.items())):
        after = rising[task] = min(score, after - TINY)
    return dict(reversed(list(rising.items())))
