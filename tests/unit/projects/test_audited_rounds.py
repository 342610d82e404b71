"""Which of the LLM's labels the audit speaks of while rounds go on: honest whatever is chosen, and most of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mraru.projects.audits.audited_texts import LEAST_COVERED, choose_round
from mraru.quality.audit.audit_sample import next_draws, settled_sample
from mraru.quality.audit.share_estimates import Estimate, Sampled, estimate_share

N_PROJECTS = 400
N_SEEDS, BATCH, N_ROUNDS = 8, 25, 8
RIGHT_SEEDS, RIGHT = 1.0, 0.8  # seeds are near to what classes are called: easy
N_LOOKED_AT = 12  # texts that people come to in each round because they look wrong


def follow(rng: np.random.Generator) -> Iterator[tuple[Estimate, float, int, int]]:
    """One project; after each round, what is told, what is true of it, of how many texts, and of how many in all."""
    ordered: list[tuple[str, int]] = []
    is_right: dict[str, bool] = {}
    drawn: list[str] = []
    settled: set[str] = set()
    for number in range(1, N_ROUNDS + 1):
        for _ in range(N_SEEDS if number == 1 else BATCH):
            name = rng.bytes(8).hex()
            is_right[name] = bool(rng.random() < (RIGHT_SEEDS if number == 1 else RIGHT))
            ordered.append((name, number))
        ordered.sort()
        names = [name for name, _ in ordered]
        drawn += next_draws(names, set(drawn), settled, n_waiting=12)
        settled.update([name for name in drawn if name not in settled][: rng.integers(2, 13)])  # their turns
        looks_wrong = sorted(names, key=lambda name: is_right[name] + 0.5 * rng.random())
        settled.update([name for name in looks_wrong if name not in settled][:N_LOOKED_AT])
        chosen = choose_round(ordered, drawn, settled)
        assert chosen is not None
        covered = [name for name, labelled_in in ordered if labelled_in <= chosen]
        sample = settled_sample(covered, drawn, settled).members
        n_right = sum(is_right[name] for name in sample)
        told = estimate_share(Sampled(n_hits=n_right, n_labels=len(sample), n_population=len(covered)))
        yield told, float(np.mean([is_right[name] for name in covered])), len(covered), len(ordered)


@pytest.fixture(scope="module")
def told() -> list[tuple[Estimate, float, int, int]]:
    rng = np.random.default_rng(5)
    return [step for _ in range(N_PROJECTS) for step in follow(rng)]


def test_choosing_the_round_by_the_size_of_the_sample_breaks_no_interval(
    told: list[tuple[Estimate, float, int, int]],
) -> None:
    found = [(estimate, truth) for estimate, truth, _, _ in told if estimate.interval is not None]
    assert len(found) > 0.4 * len(told)
    held = [
        low - 1e-9 <= truth <= high + 1e-9 for (low, high), truth in ((one.interval, truth) for one, truth in found)
    ]  # type: ignore[misc]
    assert np.mean(held) >= 0.93  # of 400 projects, looked at eight times each
    errors = [estimate.share - truth for estimate, truth in found if estimate.share is not None]
    assert abs(np.mean(errors)) < 0.01


def test_what_is_told_of_the_llm_is_true_of_most_of_its_labels(told: list[tuple[Estimate, float, int, int]]) -> None:
    assert all(n_covered >= LEAST_COVERED * n_labels for _, _, n_covered, n_labels in told)
    assert any(n_covered < n_labels for _, _, n_covered, n_labels in told)


def test_the_seeds_alone_never_stand_for_the_llm() -> None:
    seeds = [(f"{number:02d}", 1) for number in range(0, 80, 10)]
    later = [(f"{number:02d}", 2) for number in range(5, 85, 8)]
    ordered = sorted([*seeds, *later])
    looked_at = [name for name, _ in seeds]
    assert choose_round(ordered, drawn=looked_at, settled=looked_at) == 2
