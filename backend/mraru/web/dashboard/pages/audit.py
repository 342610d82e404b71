"""How good the labels are, from the audit sample: what was drawn, and estimates with their intervals."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.errors import LabelConfigError
from mraru.figures.audit import AuditFigures, measure_audit
from mraru.review.audit_estimates import MeasuredAccuracy
from mraru.review.estimates import Estimate
from mraru.review.intervals import wilson_interval
from mraru.web.dashboard.cards import make_card, make_empty, make_figures
from mraru.web.dashboard.spelling import spell_count, spell_interval, spell_share
from mraru.web.dashboard.tables import Cell, make_table
from mraru.web.dashboard.view import View

SOURCE = "tables audit_samples, annotations, teacher_labels, opinions and visits. See docs/how-it-works.md."


def draw_audit(view: View) -> list[Component]:
    """The sample first, then what it says of LLM, student, labels and classes."""
    try:
        audit = view.figures("audit", lambda: measure_audit(view.services, view.project_id))
    except LabelConfigError as exc:
        return [html.Div(make_empty(str(exc)), className="card wide")]
    measured = (
        ("The final labels: people's, else the LLM's, else the student's", audit.corpus),
        ("The LLM, on the texts that it labelled", audit.teacher),
        ("The LLM, if it labelled every text", audit.teacher_on_corpus),
        ("The student, on every text", audit.student),
    )
    rows = [(name, *_say_estimate(accuracy.overall)) for name, accuracy in measured]
    return [
        html.Div(
            [
                _make_sample(audit),
                make_card(
                    "How often the labels are right",
                    make_table(
                        "Accuracy, estimated from the audit",
                        ("Whose", "Right", "95 %", "Audited", "What it takes"),
                        rows,
                    ),
                    _make_naive(audit),
                    source=SOURCE,
                    name="accuracy",
                    width="wide",
                ),
                _make_classes(view, audit, measured),
            ],
            className="grid",
        )
    ]


def _make_sample(audit: AuditFigures) -> Component:
    drawn = (
        f"{spell_share(audit.audit_share, 0)} of what the label stream serves"
        if audit.audit_share
        else "nothing more is drawn: MRARU_AUDIT_SHARE is 0"
    )
    return make_card(
        "The audit sample",
        make_figures(
            ("Drawn", spell_count(audit.n_drawn), drawn),
            (
                "Waiting for people",
                spell_count(audit.n_waiting),
                f"{spell_count(audit.n_tied)} of them ties, to be settled"
                if audit.n_tied
                else "in the label stream, unmarked",
            ),
            ("Audited, of all texts", spell_count(audit.n_corpus), f"of {spell_count(audit.n_texts)}"),
            ("Audited, of the LLM's labels", spell_count(audit.n_teacher), ""),
            ("Set aside", spell_count(audit.n_set_aside), "skipped, or without a label"),
        ),
        source="table audit_samples: texts drawn uniformly, whatever anybody says of them. What people see first is "
        "what is wrong most, so only such a sample tells how good the rest is.",
        name="sample",
        width="wide",
    )


def _make_naive(audit: AuditFigures) -> Component:
    corrections = audit.corrections
    if not corrections.n_checked:
        return html.Div()
    share = corrections.n_right / corrections.n_checked
    interval = wilson_interval(corrections.n_right, corrections.n_checked)
    return html.P(
        f"For comparison, no estimate: of the {spell_count(corrections.n_checked)} texts that people happened to "
        f"check, the LLM was right on {spell_share(share)} ({spell_interval(interval)}). They were served because they "
        "looked wrong.",
        className="note",
    )


def _make_classes(view: View, audit: AuditFigures, measured: tuple[tuple[str, MeasuredAccuracy], ...]) -> Component:
    headers = ("Label", "Share of all texts", "Final labels right", "LLM right", "Student right")
    by_column = (audit.corpus.by_class, audit.teacher.by_class, audit.student.by_class)
    rows: list[list[Cell]] = [
        [
            view.name_label(label),
            _make_estimate(audit.class_shares.get(label)),
            *(_make_estimate(by_class.get(label)) for by_class in by_column),
        ]
        for label in view.labels
    ]
    return make_card(
        "Each label",
        make_table("Each label, estimated from the audit", headers, rows),
        source=f"{SOURCE} Right: of the texts that have the label, as people say.",
        name="classes",
        width="wide",
    )


def _make_estimate(estimate: Estimate | None) -> Cell:
    if estimate is None or estimate.share is None:
        return [spell_share(None), html.Span(estimate.reason if estimate is not None else "", className="note")]
    return [spell_share(estimate.share), html.Span(spell_interval(estimate.interval), className="note")]


def _say_estimate(estimate: Estimate) -> tuple[str, str, str, str]:
    more = f"{spell_count(estimate.n_more)} more would give ± 5 points" if estimate.n_more else ""
    return (
        spell_share(estimate.share),
        spell_interval(estimate.interval),
        spell_count(estimate.n_labels),
        estimate.reason or more,
    )
