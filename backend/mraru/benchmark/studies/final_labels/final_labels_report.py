"""The report of `mraru benchmark final-labels`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.core.run_spec import NoiseKind, RunSpec
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.seed_curves import Estimate, estimate
from mraru.benchmark.report.summary_tables import show_difference, show_estimate
from mraru.benchmark.studies.final_labels.final_label_quality import AUDITS, DEPTH, FinalLabelFigures, FinalLabelSpec
from mraru.pages import Page, PageSection, Table

MOST_ERROR = {0: 0.1, 30: None, 100: 0.03}  # of calibration, that is aimed at; by audited texts

Kind = tuple[str, str, int, int]  # data set, teacher, labels, audited texts
Figures = Mapping[Kind, Sequence[FinalLabelFigures]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One figure over the settings of a data set: their mean with its band over the seeds, and the worst setting."""

    mean: Estimate
    worst: float  # mean over the seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A data set with one number of audited texts, over teachers and numbers of labels."""

    data_set: str
    n_audited: int
    n_settings: int
    n_aimed: int | None  # settings whose calibration error is within `MOST_ERROR`; None: nothing is aimed at
    error_now: Spread
    error_before: Spread
    gain_over_both: Spread  # in accuracy on texts that the teacher labelled, over the better of teacher and student
    gain_over_student: Spread  # in accuracy over all texts
    gain_after_review: Spread  # in accuracy after the same review, over the better of the former ways


def group_figures(
    specs: Sequence[FinalLabelSpec], results: Sequence[Sequence[FinalLabelFigures]]
) -> dict[Kind, list[FinalLabelFigures]]:
    """Figures of all seeds, by setting."""
    grouped: dict[Kind, list[FinalLabelFigures]] = defaultdict(list)
    for spec, found in zip(specs, results, strict=True):
        for figures in found:
            grouped[spec.data_set, name_teacher(spec.run), figures.n_labels, figures.n_audited].append(figures)
    return dict(grouped)


def name_teacher(run: RunSpec) -> str:
    """
    >>> name_teacher(RunSpec(data_set="trec", student="logreg", rule="random", seed=0, noise=0.1))
    '90 %, uniform'
    """
    if run.noise_kind is NoiseKind.ZERO_SHOT:
        return "zero-shot"
    return f"{100 * (1 - run.noise):.0f} %, {run.noise_kind}" if run.noise else "100 %"


def summarize(grouped: Figures) -> list[Summary]:
    """One summary for each data set and number of audited texts, in the order of the data sets."""
    found = []
    for data_set in dict.fromkeys(kind[0] for kind in grouped):
        for n_audited in AUDITS:
            settings = [seeds for kind, seeds in grouped.items() if (kind[0], kind[3]) == (data_set, n_audited)]
            if not settings:
                continue
            aim = MOST_ERROR[n_audited]
            errors = [_mean(seeds, _error_now) for seeds in settings]
            found.append(
                Summary(
                    data_set=data_set,
                    n_audited=n_audited,
                    n_settings=len(settings),
                    n_aimed=None if aim is None else sum(error <= aim for error in errors),
                    error_now=_spread(settings, _error_now, max),
                    error_before=_spread(settings, lambda one: one.before_in_label_studio.calibration_error, max),
                    gain_over_both=_spread(settings, _gain_over_both, min),
                    gain_over_student=_spread(settings, lambda one: one.now.accuracy - one.student_accuracy, min),
                    gain_after_review=_spread(settings, _left_fewer, min),
                )
            )
    return found


def write_final_labels_report(
    folder: Path,
    specs: Sequence[FinalLabelSpec],
    results: Sequence[Sequence[FinalLabelFigures]],
    data_sets: Sequence[DataSet],
    model: str,
    command: str,
) -> None:
    """Write final-labels.json, final-labels.md and final-labels.html."""
    grouped, base = group_figures(specs, results), specs[0].run
    page = Page(
        title="Final labels: right as often as they say?",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels, made wrong so often: by any other class "
            "(uniform), by the nearest class (class), or as the built-in zero-shot teacher errs (zero-shot-errors). "
            "*Zero-shot* is that teacher itself. No LLM was asked. People are right; half of what they audited was "
            "drawn of all texts, half of those that the teacher labelled.",
            describe_data(data_sets, model),
            f"Rule *{base.rule}*, batches of {base.batch_size}, trained after every {base.retrain_every}; student "
            f"*{base.student}*, calibration *{base.calibration}*. All figures are over all texts to choose from. Means "
            "over the seeds, in brackets the 95 % band (Student's t).",
            "*Before*: the student's label, with the review score, as Label Studio showed them; downloads gave the "
            "teacher's label where there was one.",
            describe_versions(),
        ],
        sections=[_summary_section(summarize(grouped)), *(_section(grouped, found.name) for found in data_sets)],
    )
    figures = {
        "command": command,
        "embedding_model": model,
        "runs": [
            {"run": asdict(spec.run), "figures": [asdict(one) for one in found]}
            for spec, found in zip(specs, results, strict=True)
        ],
    }
    write_page(folder, "final-labels", page, figures)


def _summary_section(summaries: Sequence[Summary]) -> PageSection:
    header = ["data set", "audited texts", "calibration error", "before", "settings as aimed at"]
    header += ["over the better of teacher and student", "over the student", f"after review of {DEPTH:.0%}"]
    rows = [
        [
            found.data_set,
            str(found.n_audited),
            _show_errors(found.error_now),
            _show_errors(found.error_before),
            f"{found.n_settings}" if found.n_aimed is None else f"{found.n_aimed} of {found.n_settings}",
            *map(_show_gains, (found.gain_over_both, found.gain_over_student, found.gain_after_review)),
        ]
        for found in summaries
    ]
    return PageSection(
        title="In short",
        intro="Over the settings of a data set (teacher and number of labels): the mean with its band over the seeds, "
        "and the worst setting. Aimed at is an error of at most 0.1 without an audit and 0.03 with 100 texts. Gains "
        "are in points of accuracy: over the better of teacher and student on the texts that the teacher labelled and "
        "people did not, over the student on all texts, and over the former labels and order once people corrected as "
        "many of the lowest scores.",
        tables=[Table(header, rows)],
        charts=[],
    )


def _show_errors(found: Spread) -> str:
    return f"{show_estimate(found.mean)}, worst {found.worst:.3f}"


def _show_gains(found: Spread) -> str:
    mean, band = 100 * found.mean.mean, ""
    if found.mean.low is not None and found.mean.high is not None:
        band = f" ({100 * found.mean.low:+.1f} to {100 * found.mean.high:+.1f})"
    return f"{mean:+.1f}{band}, worst {100 * found.worst:+.1f}"


def _spread(
    settings: Sequence[Sequence[FinalLabelFigures]],
    value: Callable[[FinalLabelFigures], float],
    worst: Callable[[Sequence[float]], float],
) -> Spread:
    by_seed = [float(np.mean([value(one) for one in of_seed])) for of_seed in zip(*settings, strict=True)]
    return Spread(mean=estimate(by_seed, least=-1.0), worst=worst([_mean(seeds, value) for seeds in settings]))


def _section(grouped: Figures, data_set: str) -> PageSection:
    header = ["teacher", "labels", "audited", "score's calibration error", "before", "mean score", "labels right"]
    header += ["student's", "before in downloads", "on asked texts", "teacher's", "student's", "right after review"]
    header += ["gain over before"]
    rows = []
    for (name, teacher, n_labels, n_audited), seeds in sorted(grouped.items()):
        if name != data_set:
            continue
        rows.append(
            [
                teacher,
                f"{n_labels:,}",
                str(n_audited),
                _show(seeds, lambda one: one.now.calibration_error),
                f"{_mean(seeds, lambda one: one.before_in_label_studio.calibration_error):.3f}",
                f"{_mean(seeds, lambda one: one.now.mean_score):.3f}",
                _show(seeds, lambda one: one.now.accuracy),
                f"{_mean(seeds, lambda one: one.student_accuracy):.3f}",
                f"{_mean(seeds, lambda one: one.before_in_downloads.accuracy):.3f}",
                f"{_mean(seeds, lambda one: one.asked_now):.3f}",
                f"{_mean(seeds, lambda one: one.asked_teacher):.3f}",
                f"{_mean(seeds, lambda one: one.asked_student):.3f}",
                f"{_mean(seeds, lambda one: one.now.accuracy_after_review):.3f}",
                show_difference(estimate([_left_fewer(one) for one in seeds], least=-1.0)),
            ]
        )
    return PageSection(title=data_set, intro="", tables=[Table(header, rows)], charts=[])


def _left_fewer(one: FinalLabelFigures) -> float:
    """What the final labels and their order gain, after the same review, over the better of both former ways."""
    before = max(one.before_in_label_studio.accuracy_after_review, one.before_in_downloads.accuracy_after_review)
    return one.now.accuracy_after_review - before


def _gain_over_both(one: FinalLabelFigures) -> float:
    return one.asked_now - max(one.asked_teacher, one.asked_student)


def _error_now(one: FinalLabelFigures) -> float:
    return one.now.calibration_error


def _mean(seeds: Sequence[FinalLabelFigures], value: Callable[[FinalLabelFigures], float]) -> float:
    return float(np.mean([value(one) for one in seeds]))


def _show(seeds: Sequence[FinalLabelFigures], value: Callable[[FinalLabelFigures], float]) -> str:
    return show_estimate(estimate([value(one) for one in seeds]))
