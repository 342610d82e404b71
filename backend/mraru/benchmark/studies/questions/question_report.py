"""The report of `mraru benchmark questions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from mraru.benchmark.core.data_sets import DataSet
from mraru.benchmark.report.page_files import describe_data, describe_versions, write_page
from mraru.benchmark.report.seed_curves import estimate
from mraru.benchmark.report.summary_tables import NONE, show_difference, show_spread
from mraru.benchmark.studies.questions.question_projects import QuestionOutcome
from mraru.pages import Page, PageSection, Table

REFERENCE = "two projects"


def write_question_report(
    folder: Path, outcomes: Sequence[QuestionOutcome], data_sets: Sequence[DataSet], model: str, command: str
) -> None:
    """Write questions.json, questions.md and questions.html.

    Args:
        model: that embedded the texts.
    """
    n_seeds = len({outcome.seed for outcome in outcomes})
    page = Page(
        title="Two questions in one project, or in a project each",
        notes=[
            f"`{command}`",
            "A simulated teacher answers: the data set's own labels. No LLM was asked.",
            describe_data(data_sets, model),
            f"The questions are the first part of a path and the rest of it. Means over {n_seeds} seeds and, after ±, "
            "their standard deviation. Measured on the texts that are held out.",
            describe_versions(),
        ],
        sections=[
            PageSection(
                title="How often the students are right, and for how many calls",
                intro="*Two projects*: each asks about its own question and chooses its own texts. *Against two*: the "
                "mean difference with its 95 % band, seed by seed, at as many labelled texts a question.",
                tables=[_table(outcomes)],
                charts=[],
            )
        ],
    )
    figures = {"command": command, "embedding_model": model, "outcomes": [asdict(found) for found in outcomes]}
    write_page(folder, "questions", page, figures)


def _table(outcomes: Sequence[QuestionOutcome]) -> Table:
    groups: dict[tuple[str, int, str], list[QuestionOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.data_set, outcome.n_texts, outcome.way), []).append(outcome)
    rows = []
    for (data_set, n_texts, way), found in groups.items():
        reference = groups[data_set, n_texts, REFERENCE]
        cells = [data_set, f"{n_texts:,}", way, f"{found[0].n_calls:,}"]
        for read in (_read_first, _read_second):
            cells += [
                show_spread([read(outcome) for outcome in found]),
                NONE if way == REFERENCE else _compare(found, reference, read),
            ]
        rows.append(cells)
    header = ["data set", "texts", "way", "calls", "first right", "against two", "second right", "against two"]
    return Table(header, rows)


def _read_first(outcome: QuestionOutcome) -> float:
    return outcome.right_first


def _read_second(outcome: QuestionOutcome) -> float:
    return outcome.right_second


def _compare(
    found: Sequence[QuestionOutcome], reference: Sequence[QuestionOutcome], read: Callable[[QuestionOutcome], float]
) -> str:
    by_seed = {outcome.seed: read(outcome) for outcome in reference}
    return show_difference(estimate([read(outcome) - by_seed[outcome.seed] for outcome in found], least=-1.0))
