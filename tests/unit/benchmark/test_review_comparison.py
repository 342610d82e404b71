"""What finds the labels that a simulated teacher got wrong, on themes that students learn in no time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import BY_CHANCE, NoiseKind, RunSpec
from mraru.benchmark.replay.review_labels import JudgedLabels, judge_labels, simulate_confidences
from mraru.benchmark.replay.review_orders import (
    LABEL_ALONE,
    REVIEW_ORDERS,
    REVIEW_SCORE,
    SELF_CONFIDENCE,
    ReviewOrder,
    normalized_margin,
    self_confidence_by_class,
)
from mraru.benchmark.studies.review_order.review_comparison import (
    DEPTHS,
    ReviewFigures,
    ReviewOutcome,
    compare_review_orders,
    measure_order,
)
from mraru.benchmark.studies.review_order.review_report import write_review_report
from mraru.errors import BenchmarkError

BASE = RunSpec(data_set="blobs", student="logreg", rule="adaptive:0.2", seed=0, batch_size=20, calibration="auto")
NOISY = replace(BASE, noise=0.2)
JUDGED = JudgedLabels(
    labels=np.array(["a", "a", "b", "b"]),
    truth=np.array(["a", "b", "b", "b"]),
    confidences=np.array([0.9, 0.6, 0.8, 0.7]),
    probabilities=np.array([[0.8, 0.2], [0.1, 0.9], [0.4, 0.6], [0.3, 0.7]]),
    classes=np.array(["a", "b"]),
)


@pytest.fixture(scope="module")
def blobs() -> DataSet:
    return make_blobs(n_pool=240)


@pytest.fixture(scope="module")
def outcomes(blobs: DataSet) -> list[ReviewOutcome]:
    return compare_review_orders(BASE, ["logreg"], [blobs], [0.2], [60, 150], range(2))


def test_labels_of_an_earlier_stage_are_the_first_of_the_later_one(blobs: DataSet) -> None:
    early, late = judge_labels(NOISY, blobs, [40, 100])
    assert (len(early.labels), len(late.labels)) == (40, 100)
    assert early.labels.tolist() == late.labels[:40].tolist()
    assert early.confidences.tolist() == late.confidences[:40].tolist()
    assert 0.1 < late.is_wrong.mean() < 0.3


def test_labels_are_judged_by_students_that_have_not_learned_them(blobs: DataSet) -> None:
    forest = replace(NOISY, student="rf", rule="random", batch_size=100, calibration="none")  # it learns by heart
    (judged,) = judge_labels(forest, blobs, [60])
    said = judged.classes[judged.probabilities.argmax(axis=1)]
    assert (said == judged.labels)[judged.is_wrong].mean() < 0.5


def test_with_noise_by_class_each_class_is_mistaken_for_one_other(blobs: DataSet) -> None:
    (judged,) = judge_labels(replace(NOISY, noise_kind=NoiseKind.CLASS), blobs, [150])
    mistaken = set(zip(judged.truth[judged.is_wrong].tolist(), judged.labels[judged.is_wrong].tolist(), strict=True))
    assert len(mistaken) == len({truth for truth, _ in mistaken})


def test_the_simulated_confidence_tells_right_from_wrong_in_seventy_of_a_hundred_pairs() -> None:
    is_right = np.arange(4000) % 2 == 0
    confidences = simulate_confidences(is_right, np.random.default_rng(0))
    pairs = confidences[is_right][:, None] > confidences[~is_right][None, :]
    assert pairs.mean() == pytest.approx(0.7, abs=0.02)


def test_too_few_texts_are_refused(blobs: DataSet) -> None:
    with pytest.raises(BenchmarkError, match="240 texts"):
        judge_labels(NOISY, blobs, [100, 1000])


def test_figures_are_those_of_the_lowest_scores() -> None:
    order = ReviewOrder(name="by hand", score=lambda judged, seed: np.array([0.9, 0.3, 0.1, 0.8]), is_probability=True)
    figures = measure_order(JUDGED, order, 0)
    assert figures.precision == (0.0,) * 3  # the first that is looked at is right
    assert figures.recall == (0.0,) * 3
    assert figures.average_precision == pytest.approx(0.5)  # the only wrong one comes second
    assert (figures.called_wrong, figures.called_rightly) == (0.5, 0.5)


def test_an_order_that_is_no_probability_calls_nothing_wrong() -> None:
    order = ReviewOrder(name="by hand", score=lambda judged, seed: np.array([2.0, -3.0, 1.0, 0.0]))
    figures = measure_order(JUDGED, order, 0)
    assert figures.average_precision == 1.0
    assert (figures.called_wrong, figures.called_rightly) == (None, None)


def test_labels_without_an_error_cannot_be_measured() -> None:
    with pytest.raises(BenchmarkError, match=r"raise --noise"):
        measure_order(replace(JUDGED, labels=JUDGED.truth), REVIEW_SCORE, 0)


def test_the_alternatives_are_what_they_are_called() -> None:
    scores = {order.name: order.score(JUDGED, 0).round(6).tolist() for order in REVIEW_ORDERS}
    assert scores["student's probability of the label"] == [0.8, 0.1, 0.6, 0.7]
    assert scores["least confident student"] == [0.8, 0.9, 0.6, 0.7]
    assert scores["teacher's confidence"] == [0.9, 0.6, 0.8, 0.7]
    assert normalized_margin(JUDGED, 0).round(6).tolist() == [0.6, -0.8, 0.2, 0.4]
    assert self_confidence_by_class(JUDGED, 0).round(6).tolist() == [0.35, -0.35, -0.05, 0.05]


def test_the_confidence_changes_the_review_score_where_it_is_known_alone() -> None:
    sure = replace(JUDGED, confidences=JUDGED.confidences[::-1])
    assert not np.allclose(REVIEW_SCORE.score(JUDGED, 0), REVIEW_SCORE.score(sure, 0))
    assert np.allclose(LABEL_ALONE.score(JUDGED, 0), LABEL_ALONE.score(sure, 0))


def test_every_order_is_measured_for_each_kind_of_error_and_stage(outcomes: list[ReviewOutcome]) -> None:
    assert {(outcome.noise_kind, outcome.n_labels, outcome.order) for outcome in outcomes} == {
        (kind, n_labels, order.name) for kind in BY_CHANCE for n_labels in (60, 150) for order in REVIEW_ORDERS
    }
    assert all(len(outcome.figures) == 2 for outcome in outcomes)


def test_the_review_score_finds_errors_long_before_chance_and_calls_few_labels_wrong(
    outcomes: list[ReviewOutcome],
) -> None:
    found = {
        outcome.order: outcome for outcome in outcomes if (outcome.noise_kind, outcome.n_labels) == ("uniform", 150)
    }
    score, before = found[REVIEW_SCORE.name], found[SELF_CONFIDENCE.name]
    assert score.average_precision.mean > 2 * found["random"].average_precision.mean
    assert score.gain_over(found["least confident student"]).mean > 0.2
    assert score.called_wrong is not None
    assert before.called_wrong is not None
    assert score.called_wrong.mean < before.called_wrong.mean


def test_the_same_seeds_give_the_same_figures(blobs: DataSet, outcomes: list[ReviewOutcome]) -> None:
    assert compare_review_orders(BASE, ["logreg"], [blobs], [0.2], [60, 150], range(2)) == outcomes


def test_the_report_holds_the_figures_the_command_and_whose_the_labels_are(tmp_path: Path) -> None:
    figures = ReviewFigures(
        average_precision=0.75, precision=(0.5,) * 3, recall=(0.25,) * 3, called_wrong=0.125, called_rightly=None
    )
    outcomes = [
        ReviewOutcome(
            student="logreg",
            data_set="trec",
            noise_kind=NoiseKind.CLASS,
            noise=0.2,
            n_labels=1000,
            order=order.name,
            figures=(replace(figures, average_precision=value), figures),
        )
        for order, value in ((REVIEW_SCORE, 0.95), (SELF_CONFIDENCE, 0.75))
    ]
    write_review_report(tmp_path, outcomes, BASE, "all-MiniLM-L6-v2", "mraru benchmark review trec")

    written = json.loads((tmp_path / "review.json").read_text())
    assert written["command"] == "mraru benchmark review trec"
    assert written["depths"] == list(DEPTHS)
    assert written["outcomes"][0]["figures"][0]["average_precision"] == 0.95
    for page in ("review.md", "review.html"):
        text = (tmp_path / page).read_text()
        for expected in (
            "mraru benchmark review trec",
            "simulated teacher",
            "nearest class",
            "1,000",
            "+0.100",
            "0.850",
        ):
            assert expected in text
