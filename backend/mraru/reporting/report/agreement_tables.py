"""The tables of a report that compare labellers: LLM, student and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mraru.pages import Table
from mraru.quality.agreement.annotator_agreement import AnnotatorStanding
from mraru.quality.agreement.confusion import WIDEST_MATRIX, ConfusionMatrix
from mraru.quality.agreement.dispute_outcomes import DisputeOutcome
from mraru.quality.agreement.label_counts import SetAgreement
from mraru.quality.agreement.pair_agreement import PairAgreement
from mraru.quality.agreement.question_agreement import QuestionAgreement
from mraru.quantities import spell_stars
from mraru.reporting.report.report_tables import UNKNOWN
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.review.opinions import ConfusionCell

NO_LABEL = "no label"
SHOWN_PAIRS = 40  # in the place of a matrix that would be too wide


def matrix_table(cells: Mapping[ConfusionCell, int], words: TeacherWords) -> Table:
    """The LLM's labels against the student's; of many labels, what differs most often."""
    if len({cell.student_label for cell in cells}) > WIDEST_MATRIX:
        return pair_table(cells, words)
    named = {cell.teacher_label for cell in cells if cell.teacher_label is not None}
    columns = sorted({cell.student_label for cell in cells} | named)
    rows: list[str | None] = [*(label for label in columns if label in named)]
    if any(cell.teacher_label is None for cell in cells):
        rows.append(None)
    return Table(
        [f"{words.name}'s label", *columns],
        [
            [
                NO_LABEL if row is None else row,
                *(str(cells.get(ConfusionCell(teacher_label=row, student_label=column), 0)) for column in columns),
            ]
            for row in rows
        ],
    )


def pair_table(cells: Mapping[ConfusionCell, int], words: TeacherWords) -> Table:
    """The same as a line for each pair, where a matrix would be too wide: what differs most often."""
    pairs = sorted(cells.items(), key=lambda pair: (pair[0].teacher_label == pair[0].student_label, -pair[1]))
    return Table(
        [f"{words.name}'s labels", "student's labels", "texts"],
        [
            [NO_LABEL if cell.teacher_label is None else cell.teacher_label, cell.student_label, f"{n:,}"]
            for cell, n in pairs[:SHOWN_PAIRS]
        ],
    )


def set_table(first: str, second: str, found: SetAgreement) -> Table:
    """How two labellers agree about each label where several may be chosen; empty where nothing was counted."""
    if not found.n_texts:
        return Table([], [])
    header = ["label", "both", f"{first} alone", f"{second} alone", "F1"]
    rows = [
        [
            count.label,
            f"{count.n_both:,}",
            f"{count.n_first_alone:,}",
            f"{count.n_second_alone:,}",
            UNKNOWN if count.f1 is None else f"{count.f1:.2f}",
        ]
        for count in found.labels
    ]
    micro, same = found.micro_f1, f"{found.n_same:,} of {found.n_texts:,} texts alike"
    return Table(header, [*rows, [f"all: {same}", "", "", "", UNKNOWN if micro is None else f"{micro:.2f}"]])


def question_table(found: Sequence[QuestionAgreement], words: TeacherWords) -> Table:
    """How far people, LLM and student agree about each of several questions; empty where one is asked."""
    header = ["question", "settled texts", f"with the {words.name}", "beyond chance", "with the student"]
    rows = [
        [
            each.name,
            f"{each.n_gold:,}",
            *_agreement(each.people_with_teacher),
            *_agreement(each.people_with_student),
            UNKNOWN if each.krippendorff_alpha is None else f"{each.krippendorff_alpha:.2f}",
        ]
        for each in found
    ]
    return Table([*header, "beyond chance", "people, beyond chance"] if rows else [], rows)


def confusion_table(first: str, second: str, matrix: ConfusionMatrix) -> Table:
    """Rows: one labeller's labels; columns: the other's; empty where nothing was counted."""
    if not any(map(sum, matrix.counts)):
        return Table([], [])
    if len(matrix.labels) > WIDEST_MATRIX:
        rows = [[label, NO_LABEL if said is None else said, f"{n:,}"] for label, said, n in matrix.pairs[:SHOWN_PAIRS]]
        return Table([first, second, "texts"], rows)
    header = [f"{first} ↓, {second} →", *(NO_LABEL if label is None else label for label in matrix.columns)]
    return Table(
        header, [[label, *map(str, counts)] for label, counts in zip(matrix.labels, matrix.counts, strict=True)]
    )


def annotator_table(annotators: Sequence[AnnotatorStanding], words: TeacherWords) -> Table:
    """One row a person."""
    header = [
        "annotator",
        "labels",
        "skipped",
        "median time",
        "with others",
        "beyond chance",
        f"with the {words.name}",
        "beyond chance",
    ]
    header += ["with the student", "beyond chance"]
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
    same = f"{agreement.n_agreeing:,} of {agreement.n_pairs:,}" if agreement.n_pairs else UNKNOWN
    if agreement.stars_apart is not None:
        same += f", {spell_stars(agreement.stars_apart)} apart"
    return [same, UNKNOWN if agreement.kappa is None else f"{agreement.kappa:.2f}"]


def dispute_table(disputes: Sequence[DisputeOutcome], words: TeacherWords) -> Table:
    """Who is right where LLM and student differ."""
    return Table(
        ["people's label", f"{words.name} and student differ", f"{words.name} right", "student right", "neither"],
        [
            [
                "all" if outcome.label is None else outcome.label,
                f"{outcome.n_disputes:,}",
                f"{outcome.n_teacher_right:,}",
                f"{outcome.n_student_right:,}",
                f"{outcome.n_neither:,}",
            ]
            for outcome in disputes
            if outcome.n_disputes
        ],
    )
