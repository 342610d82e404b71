"""The report of `mraru benchmark calibration`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, median

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.seed_curves import estimate
from mraru.benchmark.report.summary_tables import NONE, show_estimate
from mraru.benchmark.studies.calibration.calibration_effect import CalibrationEffect
from mraru.pages import Page, PageSection, Table

REFERENCE = "logreg"  # whose training time the others' are multiples of


def write_calibration_report(
    folder: Path, effects: Sequence[CalibrationEffect], data_sets: Sequence[DataSet], model: str, command: str
) -> None:
    """Write calibration.json, calibration.md and calibration.html.

    Args:
        effects: of every data set and student, all seeds.
        model: that embedded the texts.
    """
    groups: dict[tuple[str, str], list[CalibrationEffect]] = {}
    for effect in effects:
        groups.setdefault((effect.spec.data_set, effect.spec.student), []).append(effect)
    page = Page(
        title="Calibration and training times",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels. No LLM was asked.",
            describe_data(data_sets, model),
            f"Labels are drawn at random; means over {max(map(len, groups.values()))} draws, in brackets the 95 % band "
            "(Student's t). All is measured on the texts of the pool that were not labelled.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="Before and after calibration",
                intro="*Error*: expected calibration error. *Accepts*: mean normalized uncertainty, which is the share "
                "of visited texts that the paper's rule would accept.",
                tables=[_effects(groups)],
                charts=[],
            ),
            PageSection(
                title="Training",
                intro="Median seconds of one core for one training, and for all trainings of a round: one, and those "
                "of the folds that calibrate it and judge the labelled texts.",
                tables=[_times(groups)],
                charts=[],
            ),
        ],
    )
    figures = {"command": command, "embedding_model": model, "effects": [asdict(effect) for effect in effects]}
    write_page(folder, "calibration", page, figures)


Groups = dict[tuple[str, str], list[CalibrationEffect]]


def _effects(groups: Groups) -> Table:
    def row(names: tuple[str, str], found: list[CalibrationEffect]) -> list[str]:
        chosen = Counter(effect.method for effect in found).most_common()
        return [
            *names,
            f"{found[0].n_labels:,}",
            ", ".join(method if len(chosen) == 1 else f"{method} ({times})" for method, times in chosen),
            show_estimate(estimate([effect.raw.calibration_error for effect in found])),
            show_estimate(estimate([effect.calibrated.calibration_error for effect in found])),
            f"{fmean(effect.raw.paper_acceptance for effect in found):.1%}",
            f"{fmean(effect.calibrated.paper_acceptance for effect in found):.1%}",
            f"{fmean(effect.raw.accuracy for effect in found):.3f}",
            f"{fmean(effect.calibrated.accuracy for effect in found):.3f}",
        ]

    header = ["data set", "student", "labels", "chosen", "error", "error, calibrated", "accepts"]
    header += ["accepts, calibrated", "accuracy", "accuracy, calibrated"]
    return Table(header, [row(names, found) for names, found in groups.items()])


def _times(groups: Groups) -> Table:
    def row(data_set: str, student: str, found: list[CalibrationEffect]) -> list[str]:
        train_s = median(effect.train_s for effect in found)
        reference = groups.get((data_set, REFERENCE))
        times = train_s / median(effect.train_s for effect in reference) if reference else None
        return [
            data_set,
            student,
            f"{found[0].n_labels:,}",
            f"{train_s:.3f}",
            NONE if times is None else f"{times:.1f}",
            f"{median(effect.round_s for effect in found):.3f}",
        ]

    header = ["data set", "student", "labels", "s a training", f"times {REFERENCE}'s", "s a round"]
    return Table(header, [row(*names, found) for names, found in groups.items()])
