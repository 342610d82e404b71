"""The report of a project: what stands on the dashboard, in one file to send around."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mraru.bootstrap import Services
from mraru.errors import LabelConfigError, ProjectUnknown
from mraru.figures.annotators import AnnotatorFigures, read_annotators
from mraru.figures.audit import AuditFigures, measure_audit
from mraru.figures.corrected_classes import CorrectedClassFigures, read_corrected_classes
from mraru.figures.label_sources import LabelSources, count_label_sources
from mraru.figures.money import MoneyFigures, read_money
from mraru.figures.report_charts import draw_rounds
from mraru.figures.report_tables import (
    annotator_table,
    audit_class_table,
    audit_table,
    class_share_table,
    confusion_table,
    corrected_table,
    dispute_table,
    matrix_table,
    money_table,
    round_table,
    source_table,
    warning_table,
)
from mraru.figures.summary import ProjectSummary, summarize_project
from mraru.pages import Page, PageSection, Table
from mraru.store.opinions import ConfusionCell


def build_report(services: Services, project_id: int) -> Page:
    """Everything that is known of a project now; nothing is asked of an LLM or changed.

    Raises:
        ProjectUnknown: this backend does not know the project.
    """
    project = services.store.projects.get(project_id)
    summary = summarize_project(services, project_id)
    if project is None or summary is None:
        raise ProjectUnknown(f"Project {project_id} is not connected to this backend.")
    audit, corrected = _read_what_labels_say(services, project_id)
    sections = [
        _quality(audit),
        _labels(summary, count_label_sources(services, project), read_money(services, project_id)),
        _rounds(summary),
        _agreement(services.store.opinions.confusion(project_id)),
        _people(read_annotators(services, project_id)),
        _corrections(corrected),
        _warnings(summary),
    ]
    made_at = datetime.fromtimestamp(services.clock(), UTC)
    return Page(
        title=f"{summary.title or f'Project {project_id}'}: how well it is labelled",
        notes=[
            f"Project {project_id} of Label Studio, on {made_at:%d %B %Y, %H:%M} UTC. It is {summary.state}"
            + (f": {summary.reason}." if summary.reason else ".")
            + f" LLM: {summary.teacher.name}. Student: {summary.student}.",
            "Intervals are 95 %. Under each heading stands where its figures come from.",
        ],
        sections=[section for section in sections if section is not None],
    )


def _read_what_labels_say(
    services: Services, project_id: int
) -> tuple[AuditFigures | None, Sequence[CorrectedClassFigures]]:
    """Nothing where the label config is not supported any more, which the project's state says."""
    try:
        return measure_audit(services, project_id), read_corrected_classes(services, project_id)
    except LabelConfigError:
        return None, ()


def _section(title: str, intro: str, tables: Sequence[Table]) -> PageSection:
    return PageSection(title=title, intro=intro, tables=[table for table in tables if table.rows], charts=())


def _quality(audit: AuditFigures | None) -> PageSection | None:
    if audit is None:
        return None
    return _section(
        "How good the labels are",
        "From the *audit sample*: texts drawn uniformly, whatever anybody says of them, and labelled by people. What "
        "people see first is what is wrong most, so plain shares of corrections would say too little of the LLM and of "
        "the student. The *final labels* are people's where there are any, else the LLM's, else the student's. "
        f"{audit.n_drawn:,} texts were drawn so far, {audit.n_waiting:,} of them wait for people"
        f"{f', {audit.n_tied:,} because people are split on them' if audit.n_tied else ''}.",
        [audit_table(audit), audit_class_table(audit), class_share_table(audit)],
    )


def _labels(summary: ProjectSummary, sources: LabelSources, money: MoneyFigures) -> PageSection:
    return _section(
        "Labels and money",
        "Distinct texts by whose label counts, from the store. Money from the ledger: calls under way, and failed ones "
        "that may have been billed, at the most that they can cost. *Saved* is what asking about every text would have "
        "cost at the mean price of a text so far, less what was spent.",
        [source_table(sources), money_table(summary.teacher, money)],
    )


def _rounds(summary: ProjectSummary) -> PageSection | None:
    if not summary.rounds:
        return None
    return PageSection(
        title="Rounds",
        intro="*Agreement*: of the LLM's labels, those that students agree with which have not learned them. "
        "*On gold*: of people's labels, those that such students name; people label hard texts first. "
        "*Calibration error*: mean distance of the student's confidence from its share of right labels, before and "
        "after calibration.",
        tables=[round_table(summary.rounds)],
        charts=draw_rounds(summary.rounds),
    )


def _agreement(cells: dict[ConfusionCell, int]) -> PageSection:
    return _section(
        "LLM and student",
        "Texts that the LLM was asked about, by its label (rows) and by that of a student which has not learned it "
        "(columns).",
        [matrix_table(cells)],
    )


def _people(annotators: AnnotatorFigures) -> PageSection:
    alpha = annotators.krippendorff_alpha
    shared = (
        f"Krippendorff's alpha over {annotators.n_shared:,} texts that several people labelled: {alpha:.2f}."
        if alpha is not None
        else "No text was labelled by several people in more than one way: Krippendorff's alpha is not defined."
    )
    return _section(
        "People",
        "From the annotations in Label Studio; those made of predictions by Label Studio itself do not count. "
        + shared,
        [
            annotator_table(annotators.annotators),
            confusion_table("people's label", "the LLM", annotators.people_against_teacher),
            confusion_table("people's label", "the student", annotators.people_against_student),
            dispute_table(annotators.disputes),
        ],
    )


def _corrections(corrected: Sequence[CorrectedClassFigures]) -> PageSection | None:
    if not corrected:
        return None
    return _section(
        "What people correct",
        "By the LLM's label and people's. The share is of the texts that the LLM labelled so and people labelled too: "
        "higher than of all texts, since people look first where it is likely.",
        [corrected_table(corrected)],
    )


def _warnings(summary: ProjectSummary) -> PageSection | None:
    if not summary.warnings:
        return None
    return _section("Warnings", "What the rounds' figures show, and what helps.", [warning_table(summary.warnings)])
