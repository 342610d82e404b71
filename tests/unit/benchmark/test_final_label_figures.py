"""Whether final labels are right as often as they say, on themes that students learn in no time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.blobs import make_blobs
from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import NoiseKind, RunSpec
from mraru.benchmark.core.simulated_teacher import zero_shot_noise
from mraru.benchmark.studies.final_labels.final_label_quality import (
    FinalLabelSpec,
    judge_before,
    judge_now,
    measure_corpus,
    measure_final_labels,
    plan_final_labels,
)
from mraru.benchmark.studies.final_labels.final_labels_report import (
    group_figures,
    name_teacher,
    summarize,
    write_final_labels_report,
)
from mraru.benchmark.studies.final_labels.judged_corpora import JudgedCorpus, judge_corpora
from mraru.errors import BenchmarkError

RUN = RunSpec(data_set="blobs", student="logreg", rule="adaptive:0.2", seed=0, batch_size=20, calibration="auto")
STAGES, AUDITS = (60, 100), (0, 30)


@pytest.fixture(scope="module")
def blobs() -> DataSet:
    """The zero-shot teacher is wrong on every fourth text."""
    made = make_blobs(n_pool=240)
    shifted = np.roll(made.y, 1)
    zero_shot = np.where(np.arange(len(made.y)) % 4 == 0, shifted, made.y)
    return replace(made, zero_shot=zero_shot)


@pytest.fixture(scope="module")
def corpora(blobs: DataSet) -> list[JudgedCorpus]:
    return judge_corpora(replace(RUN, noise=0.2), blobs, STAGES, AUDITS)


def test_each_stage_is_judged_with_each_audit(corpora: list[JudgedCorpus]) -> None:
    assert [(found.n_labels, found.n_audited) for found in corpora] == [(60, 0), (60, 30), (100, 0), (100, 30)]
    for found in corpora:
        assert found.asked.sum() == found.n_labels
        assert abs(int(found.audited.sum()) - found.n_audited) <= 3  # a text may be drawn twice


def test_half_of_the_audit_is_of_texts_that_the_teacher_labelled(corpora: list[JudgedCorpus]) -> None:
    audited = corpora[1]
    assert (audited.asked & audited.audited).sum() >= 15
    assert (~audited.asked & audited.audited).sum() >= 5


def test_people_are_right_about_what_they_audited(corpora: list[JudgedCorpus]) -> None:
    for found in corpora:
        labels, scores = judge_now(found)
        assert (labels == found.truth)[found.audited].all()
        assert ((scores >= 0) & (scores <= 1)).all()
        assert scores[found.audited].min(initial=1.0) >= 0.5


def test_scores_of_before_are_those_of_the_teachers_label(corpora: list[JudgedCorpus]) -> None:
    found = corpora[0]
    differs = found.asked & (found.teacher != found.classes[found.probabilities.argmax(axis=1)])
    assert judge_before(found)[differs].mean() < judge_before(found)[found.asked & ~differs].mean()


def test_figures_are_against_the_truth(corpora: list[JudgedCorpus]) -> None:
    found = corpora[2]
    figures = measure_corpus(found)
    labels, scores = judge_now(found)
    assert figures.now.accuracy == (labels == found.truth).mean()
    assert figures.now.mean_score == pytest.approx(scores.mean())
    assert figures.asked_teacher == pytest.approx(0.8, abs=0.12)
    assert figures.now.accuracy_after_review >= figures.now.accuracy
    right = replace(found, truth=labels)
    assert measure_corpus(right).now.accuracy == 1.0


def test_errors_as_the_zero_shot_teachers_are_where_it_is_wrong(blobs: DataSet) -> None:
    assert blobs.zero_shot is not None
    noisy = zero_shot_noise(blobs.y, 0.1, blobs.zero_shot, np.random.default_rng(0))
    wrong = noisy != blobs.y
    assert wrong.mean() == pytest.approx(0.1, abs=0.01)
    assert (noisy == blobs.zero_shot)[wrong].all()
    with pytest.raises(BenchmarkError, match="is wrong on"):
        zero_shot_noise(blobs.y, 0.9, blobs.zero_shot, np.random.default_rng(0))


def test_teachers_that_a_data_set_cannot_have_are_left_out(blobs: DataSet) -> None:
    specs = plan_final_labels(RUN, [blobs], [0.58, 0.9, 1.0], [0])
    named = [name_teacher(spec.run) for spec in specs]
    assert "90 %, zero-shot-errors" in named
    assert "58 %, zero-shot-errors" not in named
    assert named.count("100 %") == 1
    assert "zero-shot" in named


def test_without_the_zero_shot_teachers_labels_it_says_so(blobs: DataSet) -> None:
    with pytest.raises(BenchmarkError, match="embed its classes"):
        judge_corpora(replace(RUN, noise_kind=NoiseKind.ZERO_SHOT), replace(blobs, zero_shot=None), STAGES, AUDITS)


def test_the_report_counts_settings_and_gives_every_figure(blobs: DataSet, tmp_path: Path) -> None:
    specs = [
        FinalLabelSpec(run=replace(RUN, noise=noise, seed=seed), stages=(60,), audits=(0, 30))
        for noise in (0.0, 0.2)
        for seed in (0, 1)
    ]
    results = [measure_final_labels(spec, blobs) for spec in specs]
    grouped = group_figures(specs, results)
    assert {kind[1:] for kind in grouped} == {
        ("100 %", 60, 0),
        ("100 %", 60, 30),
        ("80 %, uniform", 60, 0),
        ("80 %, uniform", 60, 30),
    }
    (without, audited) = summarize(grouped)
    assert (without.n_audited, without.n_settings, audited.n_aimed) == (0, 2, None)
    settings = [seeds for kind, seeds in grouped.items() if kind[3] == 0]
    errors = [np.mean([one.now.calibration_error for one in seeds]) for seeds in settings]
    assert without.error_now.mean.mean == pytest.approx(np.mean(errors))
    assert without.error_now.worst == pytest.approx(max(errors))
    assert without.gain_over_student.worst <= without.gain_over_student.mean.mean
    write_final_labels_report(tmp_path, specs, results, [blobs], "fake", "mraru benchmark final-labels blobs")
    kept = json.loads((tmp_path / "final-labels.json").read_text())
    assert len(kept["runs"]) == 4
    assert "Final labels" in (tmp_path / "final-labels.md").read_text()
