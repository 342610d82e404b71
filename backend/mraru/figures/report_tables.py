"""The tables of a report, each from figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.figures.audit import AuditFigures
from mraru.figures.corrected_classes import CorrectedClassFigures
from mraru.figures.label_sources import LabelSources
from mraru.figures.money import MoneyFigures
from mraru.figures.summary import RoundFigures, TeacherFigures
from mraru.pages import Table
from mraru.review.annotators import AnnotatorStanding
from mraru.review.confusion import ConfusionMatrix
from mraru.review.disputes import DisputeOutcome
from mraru.review.estimates import Estimate
from mraru.review.pair_agreement import PairAgreement
from mraru.store.opinions import ConfusionCell
from mraru.store.projects import ProjectWarning

Interval = tuple[float, float]

UNKNOWN = ""
NO_LABEL = "no label"
SHOWN_CORRECTIONS = 20  # pairs of labels, the most frequent


def share(value: float | None, interval: Interval | None = None) -> str:
    """A share in percent, with its interval.

    >>> share(0.5, (0.25, 0.75)), share(0.123), share(None)
    ('50.0 % (25.0–75.0 %)', '12.3 %', '')
    """
    if value is None:
        return UNKNOWN
    around = f" ({100 * interval[0]:.1f}–{100 * interval[1]:.1f} %)" if interval else ""
    return f"{100 * value:.1f} %{around}"


def ratio(n: int, of: int, interval: Interval | None = None) -> str:
    """A share of counted things.

    >>> ratio(3, 4), ratio(0, 0)
    ('75.0 %', '')
    """
    return share(n / of, interval) if of else UNKNOWN


def dollars(value: float | None) -> str:
    """
    >>> dollars(1.5), dollars(0.00123), dollars(None)
    ('$1.50', '$0.0012', '')
    """
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 0.1 or value == 0 else f"${value:.4f}"


def audit_table(audit: AuditFigures) -> Table:
    """How good LLM, student and final labels are."""
    rows = [
        ("final labels, all texts", audit.corpus.overall),
        ("LLM, the texts that it labelled", audit.teacher.overall),
        ("LLM, all texts", audit.teacher_on_corpus.overall),
        ("student, all texts", audit.student.overall),
    ]
    return Table(
        ["right", "share", "audited texts", "remark"],
        [[name, *_estimated(found), found.reason or UNKNOWN] for name, found in rows],
    )


def audit_class_table(audit: AuditFigures) -> Table:
    """The same by class; empty while nothing is known of any."""
    by_class = [measured.by_class for measured in (audit.corpus, audit.teacher, audit.student)]
    if not any(found.share is not None for classes in by_class for found in classes.values()):
        return Table([], [])
    return Table(
        ["people's label", "final labels right", "LLM right", "student right"],
        [
            [label, *(share(classes[label].share, classes[label].interval) for classes in by_class)]
            for label in audit.corpus.by_class
        ],
    )


def class_share_table(audit: AuditFigures) -> Table:
    """How frequent each class is; empty while nothing is known of any."""
    if not any(found.share is not None for found in audit.class_shares.values()):
        return Table([], [])
    return Table(
        ["class", "share of all texts", "audited texts"],
        [[label, *_estimated(found)] for label, found in audit.class_shares.items()],
    )


def _estimated(found: Estimate) -> list[str]:
    return [share(found.share, found.interval), f"{found.n_labels:,}"]


def source_table(sources: LabelSources) -> Table:
    """Whose label each text has."""
    rows = [
        ("people", sources.n_gold),
        ("LLM", sources.n_teacher),
        ("student", sources.n_student),
        ("nobody", sources.n_none),
    ]
    return Table(
        ["label of", "texts", "share"],
        [[name, f"{n:,}", ratio(n, sources.n_texts)] for name, n in rows],
    )


def money_table(teacher: TeacherFigures, money: MoneyFigures) -> Table:
    """What the LLM has cost, and would have cost."""
    limit = f" of at most {dollars(teacher.max_cost_usd)}"
    return Table(
        ["money", ""],
        [
            ["spent", dollars(money.spent_usd) + limit],
            ["calls", f"{teacher.n_calls:,} of at most {teacher.max_calls:,}"],
            ["tokens", f"{teacher.n_tokens:,}" + (f" of at most {teacher.max_tokens:,}" if teacher.max_tokens else "")],
            ["texts asked about", f"{money.n_asked:,} of {money.n_texts:,}"],
            ["a text", dollars(money.usd_per_text)],
            ["all texts", dollars(money.everything_usd)],
            ["saved", dollars(money.saved_usd)],
        ],
    )


def round_table(rounds: Sequence[RoundFigures]) -> Table:
    """One row a round."""
    header = ["round", "kind", "labels", "gold", "visited", "accepted", "agreement", "on gold"]
    header += ["calibration error", "training"]
    return Table(header, [_round_row(round_) for round_ in rounds])


def _round_row(round_: RoundFigures) -> list[str]:
    before, after = round_.calibration_error_before, round_.calibration_error_after
    return [
        str(round_.number),
        round_.kind,
        f"{round_.n_labels:,}",
        f"{round_.n_gold:,}",
        f"{round_.n_visited:,}" if round_.n_visited else UNKNOWN,
        share(round_.acceptance_rate),
        share(round_.agreement),
        ratio(round_.n_gold_right, round_.n_gold_checked, round_.gold_interval),
        UNKNOWN if before is None or after is None else f"{before:.3f} → {after:.3f}",
        UNKNOWN if round_.training_s is None else f"{round_.training_s:.1f} s",
    ]


def matrix_table(cells: Mapping[ConfusionCell, int]) -> Table:
    """The LLM's labels against the student's."""
    named = {cell.teacher_label for cell in cells if cell.teacher_label is not None}
    columns = sorted({cell.student_label for cell in cells} | named)
    rows: list[str | None] = [*(label for label in columns if label in named)]
    if any(cell.teacher_label is None for cell in cells):
        rows.append(None)
    return Table(
        ["LLM's label", *columns],
        [
            [
                NO_LABEL if row is None else row,
                *(str(cells.get(ConfusionCell(teacher_label=row, student_label=column), 0)) for column in columns),
            ]
            for row in rows
        ],
    )


def confusion_table(first: str, second: str, matrix: ConfusionMatrix) -> Table:
    """Rows: one labeller's labels; columns: the other's; empty where nothing was counted."""
    if not any(map(sum, matrix.counts)):
        return Table([], [])
    header = [f"{first} ↓, {second} →", *(NO_LABEL if label is None else label for label in matrix.columns)]
    return Table(
        header, [[label, *map(str, counts)] for label, counts in zip(matrix.labels, matrix.counts, strict=True)]
    )


def annotator_table(annotators: Sequence[AnnotatorStanding]) -> Table:
    """One row a person."""
    header = ["annotator", "labels", "skipped", "median time", "with others", "kappa", "with the LLM", "kappa"]
    header += ["with the student", "kappa"]
    return Table(header, [_annotator_row(annotator) for annotator in annotators])


def _annotator_row(annotator: AnnotatorStanding) -> list[str]:
    compared = (annotator.with_others, annotator.with_teacher, annotator.with_student)
    return [
        annotator.name,
        f"{annotator.n_annotations:,}",
        f"{annotator.n_skipped:,}",
        UNKNOWN if annotator.median_time_s is None else f"{annotator.median_time_s:.0f} s",
        *(cell for agreement in compared for cell in _agreement(agreement)),
    ]


def _agreement(agreement: PairAgreement) -> list[str]:
    kappa = UNKNOWN if agreement.kappa is None else f"{agreement.kappa:.2f}"
    return [share(agreement.share, agreement.interval), kappa]


def dispute_table(disputes: Sequence[DisputeOutcome]) -> Table:
    """Who is right where LLM and student differ."""
    return Table(
        ["people's label", "LLM and student differ", "LLM right", "student right", "neither"],
        [
            [
                "all" if outcome.label is None else outcome.label,
                f"{outcome.n_disputes:,}",
                ratio(outcome.n_teacher_right, outcome.n_disputes, outcome.teacher_interval),
                ratio(outcome.n_student_right, outcome.n_disputes, outcome.student_interval),
                ratio(outcome.n_neither, outcome.n_disputes, outcome.neither_interval),
            ]
            for outcome in disputes
            if outcome.n_disputes
        ],
    )


def corrected_table(corrected: Sequence[CorrectedClassFigures]) -> Table:
    """What people change into what; no text of a task, so that a report may be sent around."""
    return Table(
        ["LLM's label", "people's label", "corrected", "of the checked"],
        [
            [pair.teacher_label, pair.gold_label, f"{pair.n_corrected:,}", share(pair.share, pair.interval)]
            for pair in corrected[:SHOWN_CORRECTIONS]
        ],
    )


def warning_table(warnings: Sequence[ProjectWarning]) -> Table:
    """What is seen, and what helps."""
    return Table(
        ["level", "warning", "remedy"], [[warning.level, warning.message, warning.remedy] for warning in warnings]
    )
