"""The matrix of the LLM's labels against the student's, and the texts behind each of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from mraru.quality.agreement.confusion import WIDEST_MATRIX
from mraru.store.review.opinions import ConfusionCell
from mraru.web.dashboard.addresses import PageName, link_to
from mraru.web.dashboard.elements.cards import aria, make_card, make_empty
from mraru.web.dashboard.elements.page_tables import Cell, make_paging, make_table
from mraru.web.dashboard.elements.spelling import spell_count
from mraru.web.dashboard.page_view import View
from mraru.web.dashboard.pages.dispute_cards import list_disputed, make_disputed_list

N_SHADES = 5
MOST_PAIRS = 40  # in the place of a matrix that would be too wide
NONE = "-none-"  # in addresses: the LLM named no label


def draw_agreement(view: View) -> list[Component]:
    """The matrix, and the texts of the cell that the address names."""
    counts = view.figures("confusion", lambda: view.services.store.opinions.confusion(view.project_id))
    title = f"{view.words.start} against student"
    if not counts:
        empty = make_empty(f"It is drawn once the student has learned labels of the {view.words.name}.")
        return [html.Div(make_card(title, empty, name="matrix", width="wide"), className="grid")]
    n_texts = sum(counts.values())
    n_same = sum(n for cell, n in counts.items() if cell.teacher_label == cell.student_label)
    # of many labels, and of sets of them, a matrix would be too wide to read
    are_pairs = len({cell.student_label for cell in counts}.union(view.labels)) > WIDEST_MATRIX
    are_pairs = are_pairs or (view.schema is not None and view.schema.is_multiple)
    shown = f"The {MOST_PAIRS} most frequent pairs are shown. " if len(counts) > MOST_PAIRS and are_pairs else ""
    cards = [
        make_card(
            title,
            html.P(
                f"They say the same of {spell_count(n_same)} of {spell_count(n_texts)} texts. {shown}Each figure leads "
                "to its texts."
            ),
            _make_pairs(view, counts) if are_pairs else _make_matrix(view, counts),
            name="matrix",
            width="wide",
        )
    ]
    chosen = find_cell(view)
    if chosen is not None:
        cards.append(_make_texts(view, chosen, counts.get(chosen, 0)))
    return [html.Div(cards, className="grid")]


def find_cell(view: View) -> ConfusionCell | None:
    """The cell that the address names."""
    teacher, student = view.address.query.get("llm"), view.address.query.get("student")
    if teacher is None or student is None:
        return None
    return ConfusionCell(teacher_label=None if teacher == NONE else teacher, student_label=student)


def _make_matrix(view: View, counts: Mapping[ConfusionCell, int]) -> Component:
    columns = _order(view, [cell.student_label for cell in counts])
    rows: list[str | None] = list(
        _order(view, [cell.teacher_label for cell in counts if cell.teacher_label is not None])
    )
    if any(cell.teacher_label is None for cell in counts):
        rows.append(None)
    most = max(counts.values())
    listed: list[Sequence[Cell]] = []
    for row in rows:
        shown: list[Cell] = [f"{view.words.start}: {view.name_label(row)}"]
        for column in columns:
            n = counts.get(ConfusionCell(teacher_label=row, student_label=column), 0)
            shown.append(_make_cell(view, row, column, n, most))
        listed.append(shown)
    corner = f"{view.words.start} \N{RIGHTWARDS ARROW} student"
    headers = [corner, *(f"Student: {view.name_label(column)}" for column in columns)]
    caption = f"Texts by the {view.words.name}'s label and the student's"
    return html.Div(make_table(caption, headers, listed), className="matrix")


def _make_pairs(view: View, counts: Mapping[ConfusionCell, int]) -> Component:
    """What both say, a line for each pair: first what differs most often."""
    most = max(counts.values())
    pairs = sorted(counts.items(), key=lambda pair: (pair[0].teacher_label == pair[0].student_label, -pair[1]))
    rows: list[Sequence[Cell]] = [
        (
            view.name_label(cell.teacher_label),
            view.name_label(cell.student_label),
            _make_cell(view, cell.teacher_label, cell.student_label, n, most),
        )
        for cell, n in pairs[:MOST_PAIRS]
    ]
    headers = (view.words.start, "Student", "Texts")
    caption = f"Texts by the {view.words.name}'s labels and the student's, those that differ first"
    return make_table(caption, headers, rows, n_text_columns=2)


def _order(view: View, found: Sequence[str]) -> list[str]:
    """The labels of the config in its order, then those that it no longer has."""
    return [*view.labels, *sorted(set(found).difference(view.labels))]


def _make_cell(view: View, teacher: str | None, student: str, n: int, most: int) -> Cell:
    if not n:
        return "0"
    kind = "same" if teacher == student else "differs"
    shade = max(1, round(N_SHADES * n / most))
    href = link_to(
        view.project_id, PageName.AGREEMENT, {"llm": NONE if teacher is None else teacher, "student": student}
    )
    said = f"{n:,} texts: {view.words.start} {view.name_label(teacher)}, student {view.name_label(student)}"
    return html.A(spell_count(n), href=f"{href}#texts", className=f"cell {kind} shade-{shade}", **aria(label=said))


def _make_texts(view: View, cell: ConfusionCell, n_texts: int) -> Component:
    title = f"{view.words.start}: {view.name_label(cell.teacher_label)}, student: {view.name_label(cell.student_label)}"
    listed = list_disputed(view, cell=cell)
    if not listed:
        content: list[Component] = [make_empty("There is no such text.")]
    else:
        content = [make_disputed_list(view, title, listed), make_paging(view.address, n_texts, len(listed))]
    return make_card(title, *content, name="texts", width="wide")
