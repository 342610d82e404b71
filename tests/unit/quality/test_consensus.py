from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mraru.quality.consensus.dawid_skene import agreeing_share, count_overlap, fit_dawid_skene
from mraru.quality.consensus.teacher_standing import judge_teachers
from mraru.records import Vote

pytestmark = pytest.mark.slow

LABELS = ("business", "sport", "tech")
# How often each simulated teacher says business, sport, tech where the truth is business, sport, tech.
CONFUSION = {
    "careless": np.array([[0.70, 0.15, 0.15], [0.15, 0.70, 0.15], [0.15, 0.15, 0.70]]),
    "takes tech for business": np.array([[0.96, 0.02, 0.02], [0.02, 0.96, 0.02], [0.65, 0.01, 0.34]]),
    "good": np.array([[0.94, 0.03, 0.03], [0.03, 0.94, 0.03], [0.03, 0.03, 0.94]]),
}


class SimulatedVotes:
    """Texts whose truth is known, and what three simulated teachers say of them."""

    def __init__(self, seed: int, n_texts: int) -> None:
        rng = np.random.default_rng(seed)
        truth = rng.integers(len(LABELS), size=n_texts)
        self.truth = {f"t{number:04d}": LABELS[label] for number, label in enumerate(truth)}
        self.votes = {
            name: [
                Vote(teacher=teacher, label=LABELS[rng.choice(3, p=confusion[LABELS.index(right)])])
                for teacher, confusion in CONFUSION.items()
            ]
            for name, right in self.truth.items()
        }

    def majority(self, name: str) -> str | None:
        """The earliest of equals, as an ensemble without confidences."""
        said = [vote.label for vote in self.votes[name]]
        return max(said, key=said.count)

    def share_right(self, labels: dict[str, str | None]) -> float:
        return float(np.mean([labels[name] == right for name, right in self.truth.items()]))


def likeliest(posteriors: dict[str, dict[str, float]]) -> dict[str, str | None]:
    return {name: max(posterior, key=posterior.__getitem__) for name, posterior in posteriors.items()}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_dawid_skene_is_right_more_often_than_the_majority_and_knows_how_good_each_teacher_is(seed: int) -> None:
    simulated = SimulatedVotes(seed, n_texts=300)
    posteriors = fit_dawid_skene(simulated.votes, {}, LABELS)
    by_majority = simulated.share_right({name: simulated.majority(name) for name in simulated.truth})
    assert simulated.share_right(likeliest(posteriors)) > by_majority + 0.02
    standings = judge_teachers(
        tuple(CONFUSION), simulated.votes, likeliest(posteriors), posteriors, gold=simulated.truth
    )
    for standing in standings:
        assert standing.estimated_accuracy == pytest.approx(
            standing.on_gold.n_right / standing.on_gold.n_checked, abs=0.05
        )
    best = max(standings, key=lambda standing: standing.estimated_accuracy or 0.0)
    assert best.name == "good"


def test_the_same_votes_give_the_same_posteriors_whatever_their_order() -> None:
    votes = SimulatedVotes(3, n_texts=40).votes
    backwards = dict(reversed(votes.items()))
    assert fit_dawid_skene(votes, {}, LABELS) == fit_dawid_skene(backwards, {}, LABELS)


def test_gold_teaches_how_teachers_err_and_does_not_decide_about_its_own_text() -> None:
    simulated = SimulatedVotes(4, n_texts=60)
    gold = dict(list(simulated.truth.items())[:40])
    with_gold = fit_dawid_skene(simulated.votes, gold, LABELS)
    assert with_gold != fit_dawid_skene(simulated.votes, {}, LABELS)
    posterior = with_gold["t0000"]
    all_wrong = {
        name: [Vote(teacher=vote.teacher, label="sport") for vote in said]
        for name, said in simulated.votes.items()
        if name == "t0000"
    }
    taken = fit_dawid_skene({**simulated.votes, **all_wrong}, {**gold, "t0000": "business"}, LABELS)["t0000"]
    assert max(taken, key=taken.__getitem__) == "sport"
    assert sum(posterior.values()) == pytest.approx(1.0)


def say(*labels: str | None) -> Sequence[Vote]:
    return [Vote(teacher=name, label=label) for name, label in zip("abc", labels, strict=False)]


def test_votes_for_labels_that_the_project_has_not_do_not_count_and_neither_does_none() -> None:
    votes = {"t1": say("sport", "sport", "golf"), "t2": say("tech", None, "tech"), "t3": say("golf", None, None)}
    posteriors = fit_dawid_skene(votes, {}, LABELS)
    assert sorted(posteriors) == ["t1", "t2"]
    assert list(posteriors["t1"]) == list(LABELS)
    assert likeliest(posteriors) == {"t1": "sport", "t2": "tech"}
    assert fit_dawid_skene({"t3": votes["t3"]}, {}, LABELS) == {}


def test_gold_of_a_label_that_no_teacher_ever_named_breaks_nothing() -> None:
    votes = {f"t{number}": say("sport", "sport", "tech") for number in range(5)}
    posteriors = fit_dawid_skene(votes, {"t0": "business", "elsewhere": "tech"}, LABELS)
    assert len(posteriors) == 5
    assert posteriors["t1"]["business"] == 0.0
    assert all(np.isfinite(list(posterior.values())).all() for posterior in posteriors.values())


def test_overlap_needs_three_teachers_that_named_a_label() -> None:
    assert count_overlap({"t1": say("sport", "tech", "tech"), "t2": say("sport", "sport", None), "t3": say("x")}) == 1


def test_the_share_that_agrees_counts_those_without_a_label_as_disagreeing() -> None:
    assert agreeing_share("sport", say("sport", "sport", None)) == pytest.approx(2 / 3)
    assert agreeing_share(None, say(None, None)) == 1.0
