"""The report of `mraru benchmark final-labels`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mraru.benchmark.data_sets import DataSet
from mraru.benchmark.final_labels import AUDITS, DEPTH, FinalLabelFigures, FinalLabelSpec
from mraru.benchmark.learning_curves import estimate
from mraru.benchmark.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.run_spec import NoiseKind, RunSpec
from mraru.benchmark.tables import NONE, show_difference, show_estimate
from mraru.pages import Page, PageSection, Table

MOST_ERROR = {0: 0.1, 30: None, 100: 0.03}  # of calibration, that is aimed at; by audited texts
EXACTLY = 5e-4  # half of what the tables show

Kind = tuple[str, str, int, int]  # data set, teacher, labels, audited texts
Figures = Mapping[Kind, Sequence[FinalLabelFigures]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many of the settings keep what is aimed at, by audited texts."""

    n_audited: int
    n_settings: int
    mean_error_now: float
    mean_error_before: float
    n_aimed: int | None  # settings within `MOST_ERROR`; None: nothing is aimed at
    n_at_least_student: int  # over all texts, the final label is right as often as the student's, or more often
    n_at_least_both: int  # on the texts that the teacher labelled, as often as the better of teacher and student
    n_fewer_left: int  # after the same review fewer labels are wrong than before


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
    """One summary for each number of audited texts."""
    found = []
    for n_audited in AUDITS:
        settings = [seeds for kind, seeds in grouped.items() if kind[3] == n_audited]
        if not settings:
            continue
        aim = MOST_ERROR[n_audited]
        errors = [_mean(seeds, lambda one: one.now.calibration_error) for seeds in settings]
        before = [_mean(seeds, lambda one: one.before_in_label_studio.calibration_error) for seeds in settings]
        found.append(
            Summary(
                n_audited=n_audited,
                n_settings=len(settings),
                mean_error_now=float(np.mean(errors)),
                mean_error_before=float(np.mean(before)),
                n_aimed=None if aim is None else sum(error <= aim for error in errors),
                n_at_least_student=sum(_gain_over_student(seeds) >= -EXACTLY for seeds in settings),
                n_at_least_both=sum(_gain_over_both(seeds) >= -EXACTLY for seeds in settings),
                n_fewer_left=sum(_gain_of_order(seeds) >= -EXACTLY for seeds in settings),
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
    header = ["audited texts", "settings", "calibration error", "before", "as aimed at"]
    header += ["right as often as the student", "as the better of teacher and student", "fewer wrong after review"]
    rows = [
        [
            str(found.n_audited),
            str(found.n_settings),
            f"{found.mean_error_now:.3f}",
            f"{found.mean_error_before:.3f}",
            NONE if found.n_aimed is None else f"{found.n_aimed} (at most {MOST_ERROR[found.n_audited]:g})",
            str(found.n_at_least_student),
            str(found.n_at_least_both),
            str(found.n_fewer_left),
        ]
        for found in summaries
    ]
    return PageSection(
        title="In short",
        intro="In how many settings (data set, teacher, number of labels) the mean over the seeds is as aimed at. "
        "*Right as often as the student*: over all texts. *As the better of teacher and student*: on the texts that "
        f"the teacher labelled. *Fewer wrong after review*: once people corrected the {DEPTH:.0%} of lowest score, as "
        "few labels are wrong as with the former labels and scores, or fewer.",
        tables=[Table(header, rows)],
        charts=[],
    )


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


def _gain_of_order(seeds: Sequence[FinalLabelFigures]) -> float:
    return _mean(seeds, _left_fewer)


def _gain_over_student(seeds: Sequence[FinalLabelFigures]) -> float:
    return _mean(seeds, lambda one: one.now.accuracy - one.student_accuracy)


def _gain_over_both(seeds: Sequence[FinalLabelFigures]) -> float:
    teacher = _mean(seeds, lambda one: one.asked_teacher)
    return _mean(seeds, lambda one: one.asked_now) - max(teacher, _mean(seeds, lambda one: one.asked_student))


def _mean(seeds: Sequence[FinalLabelFigures], value: Callable[[FinalLabelFigures], float]) -> float:
    return float(np.mean([value(one) for one in seeds]))


def _show(seeds: Sequence[FinalLabelFigures], value: Callable[[FinalLabelFigures], float]) -> str:
    return show_estimate(estimate([value(one) for one in seeds]))
