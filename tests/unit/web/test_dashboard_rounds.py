"""However many rounds there are, the dashboard shows the newest, and links to the rest."""

from __future__ import annotations

from collections.abc import Mapping

from fakes.component_tree import find_all, links_of, words_of
from fakes.dashboard import add_round
from fakes.rounds import make_round
from mraru.bootstrap import Services
from mraru.reporting.report.report_tables import round_table
from mraru.reporting.round_figures import describe_round
from mraru.reporting.teacher_words import TeacherWords
from mraru.selection_records import SelectionEnd
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.elements.plotly_charts import MOST_ROWS, Chart, Line, make_chart
from mraru.web.dashboard.pages.learning_page import make_acceptance
from mraru.web.dashboard.pages.page_registry import Page, Pages

ROUNDS = "/dashboard/projects/3/rounds"


def draw(services: Services, query: Mapping[str, str] | None = None) -> Page:
    return Pages(services).draw(Address(project_id=3, page=PageName.ROUNDS, query=query or {}))


def numbers_on(page: Page) -> list[int]:
    table = find_all(page.live, "Table")[0]
    return [int(words_of(row.children[0])) for row in find_all(find_all(table, "Tbody")[0].children, "Tr")]


def test_rounds_come_page_by_page_the_last_one_first(filled: Services) -> None:
    for number in range(7, 61):
        add_round(filled, 3, number, [])
    first, last = draw(filled), draw(filled, {"page": "3"})
    assert numbers_on(first) == list(range(60, 35, -1))
    assert numbers_on(draw(filled, {"page": "2"})) == list(range(35, 10, -1))
    assert numbers_on(last) == list(range(10, 0, -1))
    assert f"{ROUNDS}?page=2" in links_of(first.live)
    assert "Page 1 of 3" in words_of(first.live)
    assert f"{ROUNDS}?page=4" not in links_of(last.live)


def test_behind_the_last_page_it_is_said_that_there_is_none(filled: Services) -> None:
    assert "There are no rounds on this page." in words_of(draw(filled, {"page": "9"}).live)


def test_few_rounds_need_no_pages(filled: Services) -> None:
    page = draw(filled)
    assert numbers_on(page) == [6, 5, 4, 3, 2, 1]
    assert not any("page=" in link for link in links_of(page.live))


def test_no_page_and_no_report_tells_of_more_texts_than_there_were(filled: Services) -> None:
    last = describe_round(make_round(7, n_pool=15, n_visited=67, n_accepted=15))
    overview = words_of(make_acceptance([last], TeacherWords(is_llm=True)))
    report = round_table([last], TeacherWords(is_llm=True)).rows[0]
    filled.store.rounds.open(
        3,
        number=7,
        kind=RoundKind.MRARU,
        step=RoundStep.DONE,
        n_pool=15,
        selected=[
            TextVisit(
                text_hash=str(number), acceptance_probability=0.5, accepted=pass_number == 2, pass_number=pass_number
            )
            for pass_number in (1, 2)
            for number in range(15)
        ],
        selection_end=SelectionEnd.POOL_EMPTY,
        at=1.0,
    )
    row = find_all(find_all(draw(filled).live, "Tbody")[0].children, "Tr")[0]
    assert [words_of(cell) for cell in row.children[4:6]] == ["15 of 15", "100.0 %"]
    assert report[4:6] == ["15", "100.0 %"]
    assert "67" not in overview


def test_the_table_of_a_chart_holds_the_newest_rounds_and_says_so() -> None:
    rows = [(str(number), "x") for number in range(1, 1235)]
    line = Line(name="one", x=[1.0], y=[1.0], color="#000")
    drawn = make_chart(Chart(name="c", summary="s", x_title="x", lines=[line], headers=("Round", "Figure"), rows=rows))
    shown = [words_of(cell) for row in find_all(drawn, "Tbody")[0].children for cell in row.children[:1]]
    assert shown == [str(number) for number in range(1235 - MOST_ROWS, 1235)]
    assert "the last 100 of 1,234 rows" in words_of(drawn)
