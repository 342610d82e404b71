"""Who labelled what, how far people agree with each other, with the LLM and with the student, and who is right."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.quality.agreement.annotator_agreement import AnnotatorStanding
from mraru.quality.agreement.confusion import WIDEST_MATRIX, ConfusionMatrix
from mraru.quality.agreement.dispute_outcomes import DisputeOutcome
from mraru.quality.agreement.pair_agreement import PairAgreement
from mraru.quantities import spell_stars
from mraru.reporting.annotator_figures import AnnotatorFigures, Tie, read_annotators
from mraru.web.dashboard.elements.cards import make_card, make_empty, make_figures
from mraru.web.dashboard.elements.page_tables import PAGE_SIZE, Cell, make_table
from mraru.web.dashboard.elements.set_tables import make_set_card
from mraru.web.dashboard.elements.spelling import NOTHING, spell_count, spell_number, spell_share
from mraru.web.dashboard.page_view import View

WEIGHTED = " Krippendorff's alpha and Cohen's kappa weigh a disagreement by the square of its stars."


def draw_people(view: View) -> list[Component]:
    """The annotators, their agreement, and the texts that wait for a decision of theirs."""
    figures = view.figures("annotators", lambda: read_annotators(view.services, view.project_id))
    if not figures.annotators:
        return [
            html.Div(
                make_card(
                    "Annotators", make_empty("Nobody has labelled anything yet."), name="annotators", width="wide"
                ),
                className="grid",
            )
        ]
    return [
        html.Div(
            [
                _make_together(view, figures),
                _make_annotators(view, figures),
                _make_disputes(view, figures),
                *([_make_questions(view, figures)] if figures.by_question else []),
                *_make_comparisons(view, figures),
                *([_make_ties(view, figures.ties)] if figures.ties else []),
            ],
            className="grid",
        )
    ]


def _make_questions(view: View, figures: AnnotatorFigures) -> Component:
    """One line for each of several questions: who agrees with people about it, and people with each other."""
    headers = (
        "Question",
        "Settled texts",
        f"Same as the {view.words.name}",
        "Beyond chance",
        "Same as the student",
        "Beyond chance",
        "People, beyond chance",
    )
    rows: list[list[Cell]] = [
        [
            found.name,
            spell_count(found.n_gold),
            *_say_question(found.people_with_teacher),
            *_say_question(found.people_with_student),
            spell_number(found.krippendorff_alpha, 2),
        ]
        for found in figures.by_question
    ]
    return make_card(
        "Each question",
        make_table("Agreement about each question", headers, rows),
        html.P("Of the texts of which both see the question. People's agreement is Krippendorff's alpha."),
        name="people-questions",
        width="wide",
    )


def _say_question(agreement: PairAgreement) -> tuple[str, str]:
    if not agreement.n_pairs:
        return NOTHING, NOTHING
    said = f"{spell_count(agreement.n_agreeing)} of {spell_count(agreement.n_pairs)}"
    if agreement.stars_apart is not None:
        said += f", {spell_stars(agreement.stars_apart)} apart"
    return said, spell_number(agreement.kappa, 2)


def _make_comparisons(view: View, figures: AnnotatorFigures) -> list[Component]:
    teacher, student = f"People against the {view.words.name}", "People against the student"
    sets = (figures.sets_with_teacher, figures.sets_with_student)
    if sets[0] is not None and sets[1] is not None:
        return [
            make_set_card(teacher, "people-teacher", "People", view.words.start, sets[0], view.name_label),
            make_set_card(student, "people-student", "People", "Student", sets[1], view.name_label),
        ]
    return [
        _make_matrix(view, teacher, "people-teacher", view.words.start, figures.people_against_teacher),
        _make_matrix(view, student, "people-student", "Student", figures.people_against_student),
    ]


def _make_together(view: View, figures: AnnotatorFigures) -> Component:
    shared = f"Krippendorff's alpha, over {spell_count(figures.n_shared)} texts that two or more labelled"
    weighted = WEIGHTED if figures.are_ratings else ""
    return make_card(
        "People together",
        make_figures(
            ("Settled texts", spell_count(figures.n_gold), "with a label that counts"),
            ("Agreement beyond chance", spell_number(figures.krippendorff_alpha, 2), shared),
            (f"Same as the {view.words.name}", *_say_pairs(figures.people_with_teacher)),
            ("Same as the student", *_say_pairs(figures.people_with_student)),
        ),
        html.P("Of the texts that people looked at, for whatever reason: no estimate for all texts." + weighted),
        name="together",
        width="wide",
    )


def _say_pairs(agreement: PairAgreement) -> tuple[str, str]:
    if not agreement.n_pairs:
        return NOTHING, "nothing to compare yet"
    beyond = f"texts, {spell_number(agreement.kappa, 2)} beyond chance" if agreement.kappa is not None else "texts"
    if agreement.stars_apart is not None:
        beyond += f", {spell_stars(agreement.stars_apart)} apart on average"
    return f"{spell_count(agreement.n_agreeing)} of {spell_count(agreement.n_pairs)}", beyond


def _make_annotators(view: View, figures: AnnotatorFigures) -> Component:
    headers = (
        "Annotator",
        "Labels",
        "Skipped",
        "Empty",
        "Prefilled",
        "Median time",
        "With others",
        "Beyond chance",
        f"With the {view.words.name}",
        "Beyond chance",
        "With the student",
        "Beyond chance",
    )
    return make_card(
        "Annotators",
        make_table("Annotators", headers, [_make_annotator(standing) for standing in figures.annotators]),
        name="annotators",
        width="wide",
    )


def _make_annotator(standing: AnnotatorStanding) -> list[Cell]:
    cells: list[Cell] = [
        standing.name,
        spell_count(standing.n_annotations),
        spell_count(standing.n_skipped),
        spell_count(standing.n_empty),
        spell_count(standing.n_prefilled),
        NOTHING if standing.median_time_s is None else f"{standing.median_time_s:.0f} s",
    ]
    for agreement in (standing.with_others, standing.with_teacher, standing.with_student):
        of = f"{spell_count(agreement.n_agreeing)} of {spell_count(agreement.n_pairs)}" if agreement.n_pairs else ""
        if agreement.stars_apart is not None:
            of += f", {spell_stars(agreement.stars_apart)} apart"
        cells.append([spell_share(agreement.share, 0), html.Span(of, className="note")])
        cells.append(spell_number(agreement.kappa, 2))
    return cells


def _make_disputes(view: View, figures: AnnotatorFigures) -> Component:
    headers = ("People's label", "Texts", f"{view.words.start} right", "Student right", "Neither")
    rows = [_make_outcome(view, outcome) for outcome in figures.disputes]
    title = f"Who is right when {view.words.name} and student differ"
    if not figures.disputes or not figures.disputes[0].n_disputes:
        content: Component = make_empty("People have decided about no such text yet.")
    else:
        content = make_table("Who is right, by people's label", headers, rows)
    return make_card(title, content, name="disputes", width="wide")


def _make_outcome(view: View, outcome: DisputeOutcome) -> tuple[str, ...]:
    return (
        "All labels" if outcome.label is None else view.name_label(outcome.label),
        spell_count(outcome.n_disputes),
        spell_count(outcome.n_teacher_right),
        spell_count(outcome.n_student_right),
        spell_count(outcome.n_neither),
    )


def _make_matrix(view: View, title: str, name: str, other: str, matrix: ConfusionMatrix) -> Component:
    columns = ["People \N{RIGHTWARDS ARROW} " + other, *(view.name_label(column) for column in matrix.columns)]
    rows = [
        (view.name_label(label), *(spell_count(n) for n in counts))
        for label, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    if not matrix.pairs:
        content: Component = make_empty("There is no text that both have looked at.")
    elif len(matrix.labels) > WIDEST_MATRIX:
        headers = ("People", other, "Texts")
        pairs = [(view.name_label(label), view.name_label(said), spell_count(n)) for label, said, n in matrix.pairs]
        caption = f"{title}: the most frequent pairs of labels, those that differ first"
        content = make_table(caption, headers, pairs[:PAGE_SIZE], n_text_columns=2)
    else:
        content = make_table(f"{title}: texts by people's label and the other's", columns, rows)
    return make_card(title, content, name=name, width="half")


def _make_ties(view: View, ties: tuple[Tie, ...]) -> Component:
    rows: list[list[Cell]] = []
    for tie in ties[:PAGE_SIZE]:
        links: list[Component | str] = []
        for task_id in tie.task_ids[:3]:
            links += [view.link_task(task_id), " "]
        rows.append([links, ", ".join(f"{view.name_label(label)}: {n}" for label, n in tie.votes)])
    more = f"The first {PAGE_SIZE} of {spell_count(len(ties))}." if len(ties) > PAGE_SIZE else ""
    return make_card(
        "People are evenly split",
        html.P("Neither label counts until one more person decides, or one of the annotations is starred."),
        make_table("Texts on which people are evenly split", ("Task", "Labels"), rows, n_text_columns=2),
        *([html.P(more, className="note")] if more else []),
        name="ties",
        width="wide",
    )
