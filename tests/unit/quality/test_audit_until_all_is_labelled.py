"""Small projects that go on until the teacher and people have labelled everything: what is told stays true."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, zip_longest

import numpy as np
import pytest
from numpy.typing import NDArray

from mraru.quality.audit.audit_estimates import AuditedLabels, measure_teacher, measure_teacher_on_corpus
from mraru.quality.audit.audit_sample import join_samples, next_draws, settled_sample
from mraru.quality.audit.share_estimates import Estimate

pytestmark = pytest.mark.slow

N_PROJECTS = 300
N_TEXTS, N_SEEDS, BATCH = 200, 8, 25
AUDITED, WORST_FIRST = 12, 6  # texts that people come to after each round
MOST_ROUNDS = 24
LABELS = ("x", "y", "z")

Looked = tuple[float, dict[str, tuple[Estimate, float]]]  # share of the texts that was asked about; estimate and truth


def follow(rng: np.random.Generator, begin: int) -> Iterator[Looked]:
    """One project, looked at after each round: what is hard is asked about first, what looks wrong is mended."""
    truth = rng.choice(LABELS, size=N_TEXTS, p=[0.5, 0.3, 0.2])
    difficulty = rng.random(N_TEXTS)
    is_right = rng.random(N_TEXTS) < 1 - 0.5 * difficulty * rng.uniform(0.4, 1.6)
    teacher = np.where(is_right, truth, np.where(truth == "x", "y", "x"))
    circles = rng.permutation(N_TEXTS), rng.permutation(N_TEXTS)
    asked = dict.fromkeys(rng.permutation(N_TEXTS)[:N_SEEDS].tolist(), 0.0)
    gold: set[int] = set()
    drawn: tuple[list[int], list[int]] = ([], [])
    visits_per_text: list[float] = []
    for number in range(MOST_ROUNDS):
        pool = [text for text in range(N_TEXTS) if text not in asked and text not in gold]
        if pool:
            sureness = 0.3 + 0.05 * number  # students learn
            uncertainty = np.clip(difficulty - sureness * rng.random(N_TEXTS) + 0.1, 0.02, 1.0)
            visits_per_text.append(_ask(asked, pool, uncertainty, rng) / len(pool))
        frames = circles[0].tolist(), [text for text in circles[1].tolist() if text in asked]
        for ordered, listed in zip(frames, drawn, strict=True):
            listed.extend(next_draws(ordered, set(listed), gold, AUDITED))
        waiting = [
            [text for text in ordered if text in listed and text not in gold]
            for ordered, listed in zip(frames, drawn, strict=True)
        ]
        turns = dict.fromkeys(text for text in chain.from_iterable(zip_longest(*waiting)) if text is not None)
        if number < begin:
            continue
        gold.update(list(turns)[:AUDITED])
        worst = sorted(set(range(N_TEXTS)) - gold, key=lambda text: -difficulty[text])
        gold.update(worst[: WORST_FIRST if number % 2 else 0])
        corpus, sample = (settled_sample(names, listed, gold) for names, listed in zip(frames, drawn, strict=True))
        if len(asked) == N_TEXTS:
            corpus = sample = join_samples(corpus, sample)
        audited = AuditedLabels(
            labels=LABELS,
            n_texts=N_TEXTS,
            gold={str(text): str(truth[text]) for text in gold},
            teacher={str(text): str(teacher[text]) for text in asked},
            student={},
            blind={},
            corpus_sample=tuple(map(str, corpus.members)),
            teacher_sample=tuple(map(str, sample.members)),
            n_teacher_sampled=len(asked),
            acceptance={str(text): chance for text, chance in asked.items()},
            visits_per_text=visits_per_text,
        )
        of_asked, of_all = measure_teacher(audited), measure_teacher_on_corpus(audited)
        among = np.isin(np.arange(N_TEXTS), list(asked))
        told = {
            "asked": (of_asked.overall, float(is_right[among].mean())),
            "all": (of_all.overall, float(is_right.mean())),
        }
        for label in LABELS:
            of_class = truth == label
            told[f"asked {label}"] = of_asked.by_class[label], float(is_right[among & of_class].mean())
            told[f"all {label}"] = of_all.by_class[label], float(is_right[of_class].mean())
        yield len(asked) / N_TEXTS, told


def _ask(asked: dict[int, float], pool: list[int], uncertainty: NDArray[np.float64], rng: np.random.Generator) -> int:
    """M-RARU: pass after pass in random order, until the batch is full; how many texts were looked at."""
    n_visits = n_new = 0
    left = set(pool)
    while left and n_new < BATCH:
        for text in rng.permutation(sorted(left)).tolist():
            n_visits += 1
            if rng.random() < uncertainty[text]:
                asked[text] = float(uncertainty[text])
                left.remove(text)
                n_new += 1
                if n_new == BATCH:
                    break
    return n_visits


@pytest.fixture(scope="module")
def looked() -> list[Looked]:
    rng = np.random.default_rng(2)
    return [step for run in range(N_PROJECTS) for step in follow(rng, (0, 3, 8)[run % 3])]


def coverage(looked: list[Looked], name: str, low: float, high: float) -> tuple[float, int]:
    found = [told[name] for part, told in looked if low <= part <= high and told[name][0].interval is not None]
    held = [one.interval[0] - 1e-9 <= truth <= one.interval[1] + 1e-9 for one, truth in found]  # type: ignore[index]
    return float(np.mean(held)), len(found)


@pytest.mark.parametrize("part", [(0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.999)])
@pytest.mark.parametrize("who", ["asked", "all"])
def test_intervals_hold_the_truth_however_much_is_labelled(
    looked: list[Looked], who: str, part: tuple[float, float]
) -> None:
    held, n_told = coverage(looked, who, *part)
    assert n_told > 100
    assert held >= 0.93


@pytest.mark.parametrize("who", ["asked", "all"])
@pytest.mark.parametrize("label", LABELS)
def test_so_do_those_of_each_label(looked: list[Looked], who: str, label: str) -> None:
    held, n_told = coverage(looked, f"{who} {label}", 0.0, 1.0)
    assert n_told > 1000
    assert held >= 0.93


def test_they_hold_it_no_more_often_than_promised_where_everything_is_labelled(looked: list[Looked]) -> None:
    assert 0.93 <= coverage(looked, "all", 1.0, 1.0)[0] <= 0.98


def test_where_everything_is_labelled_both_figures_are_one(looked: list[Looked]) -> None:
    found = [told for part, told in looked if part == 1.0]
    assert len(found) > 1000
    for told in found:
        assert all(told[f"all{label}"] == told[f"asked{label}"] for label in ("", *(f" {label}" for label in LABELS)))


def test_the_figure_of_all_texts_is_never_outside_of_what_the_other_leaves_possible(looked: list[Looked]) -> None:
    for part, told in looked:
        (of_asked, _), (of_all, _) = told["asked"], told["all"]
        if of_asked.share is None or of_all.share is None or of_asked.interval is None or of_all.interval is None:
            continue
        assert part * of_asked.share - 1e-9 <= of_all.share <= part * of_asked.share + (1 - part) + 1e-9
        assert part * of_asked.interval[0] - 1e-9 <= of_all.interval[0]
        assert of_all.interval[1] <= part * of_asked.interval[1] + (1 - part) + 1e-9


def test_no_more_texts_are_asked_for_than_are_left(looked: list[Looked]) -> None:
    for _, told in looked:
        for estimate, _ in told.values():
            assert estimate.n_more <= N_TEXTS - estimate.n_labels
            assert estimate.share is not None or estimate.n_labels < 10
