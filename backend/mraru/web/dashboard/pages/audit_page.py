"""How good the labels are, from the audit sample: what was drawn, and estimates with their intervals."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.quality.audit.audit_estimates import MeasuredAccuracy
from mraru.quality.audit.share_estimates import Estimate
from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.reporting.audit_figures import AuditFigures, say_corrections, say_early
from mraru.web.dashboard.elements.cards import make_card, make_empty, make_figures, make_words
from mraru.web.dashboard.elements.estimate_words import make_share, say_texts
from mraru.web.dashboard.elements.page_tables import Cell, make_table
from mraru.web.dashboard.elements.spelling import NOTHING, spell_count, spell_interval, spell_number, spell_share
from mraru.web.dashboard.page_view import View

AUDIT_OFF = "It is off: nothing is drawn. Set MRARU_AUDIT_SHARE above 0 on the settings page."


def draw_audit(view: View) -> list[Component]:
    """The sample first, then what it says of LLM, student, labels and classes; what people chose to look at last."""
    audit = view.audit
    if audit is None:
        why = "Nothing can be told of a project whose labels cannot be read: its state above says why."
        return [html.Div(make_empty(why), className="card wide")]
    cards = [_make_sample(view, audit), _make_accuracy(view, audit)]
    by_class = (audit.corpus.by_class, audit.teacher.by_class, audit.student.by_class)
    if any(found.share is not None for classes in (audit.class_shares, *by_class) for found in classes.values()):
        cards.append(_make_classes(view, audit))
    if audit.by_question and audit.n_corpus:
        cards.append(_make_questions(view, audit))
    if audit.corrections.n_checked:
        cards.append(_make_selected(view, audit))
    return [html.Div(cards, className="grid")]


def _make_sample(view: View, audit: AuditFigures) -> Component:
    name = "The audit sample"
    if not audit.n_drawn:
        none = "Nothing was drawn yet: it begins with the first labels that are written into Label Studio."
        return make_card(
            name, make_empty(none if audit.audit_share else make_words(AUDIT_OFF)), name="sample", width="wide"
        )
    tied = (
        f"{spell_count(audit.n_tied)} because people are evenly split on them"
        if audit.n_tied
        else "served like any other task"
    )
    return make_card(
        name,
        *([] if audit.audit_share else [html.P(make_words(AUDIT_OFF))]),
        make_figures(
            ("Drawn", spell_count(audit.n_drawn), "at random, whatever their label"),
            ("Waiting for people", spell_count(audit.n_waiting), tied),
            ("Audited, of all texts", spell_count(audit.n_corpus), f"of {spell_count(audit.n_texts)}"),
            (
                f"Audited, of the {view.words.name}'s labels",
                spell_count(audit.n_teacher),
                f"of {spell_count(audit.n_teacher_labels)}",
            ),
            ("Set aside", spell_count(audit.n_set_aside), "skipped, or without a label"),
        ),
        *([html.P(say_early(audit), className="note")] if audit.n_early else []),
        name="sample",
        width="wide",
    )


def _make_accuracy(view: View, audit: AuditFigures) -> Component:
    """One line for each of those whose labels are judged, and of which texts; nothing while none is known."""
    title = "How often the labels are right"
    measured = (audit.corpus, audit.teacher, audit.teacher_on_corpus, audit.student)
    if not any(found.overall.share is not None for found in measured):
        so_far = (
            f"Nothing can be told yet: a figure takes {LEAST_TEXTS} audited texts. So far there are "
            f"{spell_count(audit.n_corpus)} of all texts, and {spell_count(audit.n_teacher)} of those that the "
            f"{view.words.name} labelled."
        )
        return make_card(title, make_empty(so_far), name="accuracy", width="wide")
    teacher, name = audit.teacher.overall, view.words.start
    labelled = f"the {say_texts(teacher.n_population)} that it labelled"
    if teacher.n_population < audit.n_teacher_labels and audit.last_round is not None:
        labelled += f" up to round {audit.last_round}, of {spell_count(audit.n_teacher_labels)} by now"
    everything = f"all {say_texts(audit.n_texts)}"
    on_rest = []
    if audit.has_teacher_on_rest:
        rest = f"{name}, if it labelled every text"
        on_rest = [(rest, everything, *_say_measured(audit, audit.teacher_on_corpus))]
    rows = [
        ("The final labels", everything, *_say_measured(audit, audit.corpus)),
        (name, labelled, *_say_measured(audit, audit.teacher)),
        *on_rest,
        ("Student", everything, *_say_measured(audit, audit.student)),
    ]
    of_stars = ("Stars off, on average",) if audit.are_ratings else ()
    headers = ("Whose", "Of which texts", "Right", "95 % sure", *of_stars, "Audited", "What it takes")
    return make_card(
        title,
        make_table(f"{title}, estimated from the audit", headers, rows, n_text_columns=2),
        name="accuracy",
        width="wide",
    )


def _make_classes(view: View, audit: AuditFigures) -> Component:
    headers = ("Label", "Of all texts", "Final labels right", f"{view.words.start} right", "Student right")
    by_column = (audit.class_shares, audit.corpus.by_class, audit.teacher.by_class, audit.student.by_class)
    rows: list[list[Cell]] = [
        [view.name_label(label), *(make_share(by_class.get(label)) for by_class in by_column)] for label in view.labels
    ]
    return make_card(
        "Each label", make_table("Each label, estimated from the audit", headers, rows), name="classes", width="wide"
    )


def _make_questions(view: View, audit: AuditFigures) -> Component:
    """One line for each of several questions, over the texts of which people see it."""
    headers = ("Question", "Final labels right", f"{view.words.start} right", "Student right")
    rows: list[list[Cell]] = [
        [found.name, *(make_share(by.overall) for by in (found.corpus, found.teacher, found.student))]
        for found in audit.by_question
    ]
    return make_card(
        "Each question",
        make_table("Each question, estimated from the audit", headers, rows),
        html.P("Above, a text's label is right where all its questions are answered right."),
        name="questions",
        width="wide",
    )


def _make_selected(view: View, audit: AuditFigures) -> Component:
    """What is no estimate, named as such."""
    return make_card(
        "What people looked at, for whatever reason",
        html.P(say_corrections(audit, view.words.name)),
        name="selected",
        width="wide",
    )


def _say_measured(audit: AuditFigures, measured: MeasuredAccuracy) -> tuple[str, ...]:
    """An estimate in the table's columns, with that of the distance where labels are ratings."""
    right, interval, n_audited, more = _say_estimate(measured.overall)
    of_stars = (spell_number(measured.stars_apart, 2),) if audit.are_ratings else ()
    return (right, interval, *of_stars, n_audited, more)


def _say_estimate(estimate: Estimate) -> tuple[str, str, str, str]:
    more = f"{spell_count(estimate.n_more)} more would give ± 5 points" if estimate.n_more else ""
    if estimate.share is None:
        return NOTHING, NOTHING, spell_count(estimate.n_labels), estimate.reason
    interval = "all of them were looked at" if estimate.is_census else spell_interval(estimate.interval)
    return spell_share(estimate.share), interval, spell_count(estimate.n_labels), more
