"""The report of a project: what stands on the dashboard, in one file to send around."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectUnknown
from mraru.pages import Page, PageSection, Table
from mraru.quantities import choose_form, spell_quantity
from mraru.reporting.annotator_figures import AnnotatorFigures, read_annotators
from mraru.reporting.audit_figures import AuditFigures, say_corrections, say_early
from mraru.reporting.corrected_class_figures import CorrectedClassFigures, read_corrected_classes
from mraru.reporting.headline.headline_basis import measure_audit_or_none, read_headline
from mraru.reporting.label_sources import LabelSources, count_label_sources
from mraru.reporting.money import MoneyFigures, read_money
from mraru.reporting.project_summary import ProjectSummary, summarize_project
from mraru.reporting.report.agreement_tables import (
    annotator_table,
    confusion_table,
    dispute_table,
    matrix_table,
    pair_table,
    question_table,
    set_table,
)
from mraru.reporting.report.report_charts import draw_rounds
from mraru.reporting.report.report_tables import (
    audit_class_table,
    audit_question_table,
    audit_table,
    class_share_table,
    corrected_table,
    money_table,
    round_table,
    source_table,
    warning_table,
)
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.review.opinions import ConfusionCell


def build_report(services: Services, project_id: int) -> Page:
    """Everything that is known of a project now; nothing is asked of an LLM or changed.

    Raises:
        ProjectUnknown: this backend does not know the project.
    """
    project = services.store.projects.get(project_id)
    summary = summarize_project(services, project_id)
    if project is None or summary is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    audit = measure_audit_or_none(services, project_id)
    headline = read_headline(services, project, summary, audit)
    words = TeacherWords.of(services.settings)
    annotators = read_annotators(services, project_id)
    sections = [
        _quality(audit, words),
        _labels(summary, count_label_sources(services, project), read_money(services, project_id), words),
        _rounds(summary, words),
        _agreement(services.store.opinions.confusion(project_id), annotators, words),
        _people(annotators, words),
        _looked_at(audit, _read_corrections(services, project_id), words),
        _warnings(summary, words),
    ]
    made_at = datetime.fromtimestamp(services.clock(), UTC)
    return Page(
        title=f"{summary.title or f'Project {project_id}'}: how well it is labelled",
        lead=[
            part
            for part in (
                headline.right,
                headline.audit,
                f"{headline.to_do} {headline.time}".strip(),
                headline.next,
                headline.money,
            )
            if part
        ],
        notes=[
            f"Project {project_id} of Label Studio, on {made_at:%d %B %Y, %H:%M} UTC. It is {summary.state}"
            + (f": {words.say(summary.reason)}." if summary.reason else ".")
            + (f" LLM: {summary.teacher.name}." if words.is_llm else " No LLM is set: the built-in teacher labels.")
            + f" Student: {summary.student}.",
            "Ranges hold the truth 95 times in 100; they stand only beside what is estimated from texts drawn at "
            "random. No share is told of fewer than 10 texts.",
        ],
        sections=[section for section in sections if section is not None and (section.tables or section.charts)],
    )


def _read_corrections(services: Services, project_id: int) -> Sequence[CorrectedClassFigures]:
    """Nothing where the label config is not supported any more, which the project's state says."""
    try:
        return read_corrected_classes(services, project_id)
    except LabelConfigError:
        return ()


def _section(title: str, intro: str, tables: Sequence[Table]) -> PageSection:
    return PageSection(title=title, intro=intro, tables=[table for table in tables if table.rows], charts=())


def _quality(audit: AuditFigures | None, words: TeacherWords) -> PageSection | None:
    if audit is None:
        return None
    return _section(
        "How good the labels are",
        "From the *audit sample*: texts drawn at random, whatever anybody says of them, and labelled by people. The "
        "*final label* of a text is people's, where they gave one, else the likeliest by all that is known. "
        f"{spell_quantity(audit.n_drawn, 'text')} {choose_form(audit.n_drawn, 'was', 'were')} drawn so far, "
        f"{audit.n_waiting:,} of them {choose_form(audit.n_waiting, 'waits', 'wait')} for people"
        f"{f', {audit.n_tied:,} because people are split on them' if audit.n_tied else ''}. A figure takes 10 audited "
        f"texts. {say_early(audit)}".rstrip(),
        [
            audit_table(audit, words),
            audit_question_table(audit, words),
            audit_class_table(audit, words),
            class_share_table(audit),
        ],
    )


def _labels(summary: ProjectSummary, sources: LabelSources, money: MoneyFigures, words: TeacherWords) -> PageSection:
    return _section(
        "Labels and money",
        "Distinct texts by whose label counts. Money: calls under way, and failed ones that may have been billed, at "
        "the most that they can cost. *Saved* is what asking about every text would have cost at the mean price of a "
        "text so far, less what was spent.",
        [source_table(sources, words), money_table(summary.teacher, money, words)],
    )


def _rounds(summary: ProjectSummary, words: TeacherWords) -> PageSection | None:
    if not summary.rounds:
        return None
    return PageSection(
        title="Rounds",
        intro=f"*Same as the {words.name}*: of its labels, those that a student gives too that has not learned them. "
        "*Same as people*: of people's labels, those that such a student gives; they need not be like the "
        "rest: no estimate for all texts. *Sureness off by*: mean distance of how sure the student is from how often "
        "it is right, before and after calibration.",
        tables=[round_table(summary.rounds, words)],
        charts=draw_rounds(summary.rounds, words),
    )


def _agreement(cells: dict[ConfusionCell, int], annotators: AnnotatorFigures, words: TeacherWords) -> PageSection:
    if annotators.sets_with_teacher is not None:
        return _section(
            f"{words.start} and student",
            f"Texts that the {words.name} was asked about, by its set of labels and by that of a student which has not "
            "learned it: first those that differ, the most frequent on top.",
            [pair_table(cells, words)],
        )
    return _section(
        f"{words.start} and student",
        f"Texts that the {words.name} was asked about, by its label (rows) and by that of a student which has not "
        "learned it (columns).",
        [matrix_table(cells, words)],
    )


def _people(annotators: AnnotatorFigures, words: TeacherWords) -> PageSection:
    alpha = annotators.krippendorff_alpha
    shared = (
        f" Krippendorff's alpha over {spell_quantity(annotators.n_shared, 'text')} that several people "
        f"labelled: {alpha:.2f}."
        if alpha is not None
        else ""
    )
    weighted = " Both weigh a disagreement by the square of its stars." if annotators.are_ratings else ""
    return _section(
        "People",
        "From the annotations in Label Studio; those made of predictions by Label Studio itself do not count. Of the "
        f"texts that people looked at, for whatever reason: no estimate for all texts. Beyond chance, "
        f"agreement is Cohen's kappa: 1 is full agreement, 0 is what chance gives.{shared}{weighted}",
        [
            annotator_table(annotators.annotators, words),
            question_table(annotators.by_question, words),
            *_comparisons(annotators, words),
            dispute_table(annotators.disputes, words),
        ],
    )


def _comparisons(annotators: AnnotatorFigures, words: TeacherWords) -> list[Table]:
    sets = (annotators.sets_with_teacher, annotators.sets_with_student)
    if sets[0] is not None and sets[1] is not None:
        return [set_table("people", words.name, sets[0]), set_table("people", "student", sets[1])]
    return [
        confusion_table("people's label", f"the {words.name}", annotators.people_against_teacher),
        confusion_table("people's label", "the student", annotators.people_against_student),
    ]


def _looked_at(
    audit: AuditFigures | None, corrected: Sequence[CorrectedClassFigures], words: TeacherWords
) -> PageSection | None:
    if audit is None or not corrected:
        return None
    return _section(
        "What people correct",
        say_corrections(audit, words.name),
        [corrected_table(corrected, words)],
    )


def _warnings(summary: ProjectSummary, words: TeacherWords) -> PageSection | None:
    if not summary.warnings:
        return None
    return _section(
        "Warnings", "What the rounds' figures show, and what helps.", [warning_table(summary.warnings, words)]
    )
