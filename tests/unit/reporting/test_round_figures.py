"""What is shown of rounds."""

from __future__ import annotations

from fakes.rounds import make_round
from mraru.pages import Page, PageSection, Table, to_html
from mraru.reporting.report.report_charts import draw_rounds
from mraru.reporting.round_figures import describe_round, take_last_of_each_size
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.projects.round_repository import RoundKind


def test_rounds_that_add_no_label_make_no_heap_of_points() -> None:
    grown = [describe_round(make_round(number)) for number in (1, 2)]
    same = [describe_round(make_round(2, kind=RoundKind.CORRECTIONS, agreement=share)) for share in (0.1, 0.2, 0.3)]
    points = take_last_of_each_size([*grown, *same])
    assert [(point.n_labels, point.agreement) for point in points] == [(125, 0.7), (150, 0.3)]
    alone = TeacherWords(is_llm=True)
    assert draw_rounds([*grown, *same], alone)[0].svg == draw_rounds([grown[0], same[-1]], alone)[0].svg


def test_long_sentences_in_a_reports_table_may_break_and_figures_may_not() -> None:
    table = Table(["level", "warning"], [["error", "word " * 40]])
    section = PageSection(title="Warnings", intro="", tables=[table], charts=())
    page = to_html(Page(title="t", notes=[], sections=[section]))
    assert "<td>error</td>" in page
    assert '<td class="words">word' in page
