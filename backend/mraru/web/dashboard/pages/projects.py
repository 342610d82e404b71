"""The first page: every project of this backend, and whether the LLMs' servers are well."""

from __future__ import annotations

from functools import partial

from dash import html
from dash.development.base_component import Component

from mraru.bootstrap import Services
from mraru.figures.summary import ProjectSummary, TotalFigures, list_teacher_health, summarize_project
from mraru.store.projects import Project
from mraru.web.dashboard.addresses import link_to
from mraru.web.dashboard.cards import make_empty, make_figures
from mraru.web.dashboard.recent import RecentFigures
from mraru.web.dashboard.regions import make_region
from mraru.web.dashboard.spelling import spell_count, spell_usd
from mraru.web.dashboard.states import make_chip, make_circuits, spell_state
from mraru.web.dashboard.view import read_basis

SOURCE = (
    "tables projects, tasks, annotations, teacher_labels, calls and warnings; the money is that of calls, those under "
    "way at the most that they can cost. See docs/dashboard.md, Projects."
)


def draw_projects(services: Services, recent: RecentFigures) -> tuple[list[Component], bool]:
    """The notices of the servers, then a card for each project; and whether every figure is of now."""
    projects = services.store.projects.list_all()
    notices = make_region("notices", *make_circuits(list_teacher_health(services)))
    if not projects:
        empty = make_empty(
            "No project is connected yet. Run `mraru connect PROJECT`, or add this backend in Label Studio "
            "(Settings > Model)."
        )
        return [notices, html.Div(empty, className="card wide")], True
    total: TotalFigures | None = None
    cards: list[Component] = []
    all_current = True
    for project in projects:
        summary, is_current = recent.get(
            (project.project_id, "summary"),
            read_basis(services, project),
            partial(summarize_project, services, project.project_id),
        )
        all_current &= is_current
        if summary is not None:
            cards.append(_make_card(project, summary))
            total = summary.teacher.total
    drawn: list[Component] = [
        notices,
        html.Div(cards, className="grid"),
        html.P([html.Span("Source: ", className="source-word"), SOURCE], className="source"),
    ]
    if total is not None and len(cards) > 1:
        drawn.append(_make_total(total))
    return drawn, all_current


def _make_card(project: Project, summary: ProjectSummary) -> Component:
    teacher = summary.teacher
    n_warnings = len(summary.warnings)
    left_usd = max(0.0, teacher.max_cost_usd - teacher.cost_usd)
    return html.Section(
        make_region(
            f"project-{summary.id}",
            html.H2(html.A(summary.title or f"Project {summary.id}", href=link_to(summary.id))),
            html.P([make_chip(project), " ", html.Span(spell_state(project).detail, className="detail")]),
            make_figures(
                ("Texts", spell_count(summary.n_texts), f"{spell_count(summary.n_tasks)} tasks"),
                ("Labelled by the LLM", spell_count(teacher.n_labels), teacher.name),
                ("Labelled by people", spell_count(summary.n_gold), ""),
                ("Spent", spell_usd(teacher.cost_usd), f"{spell_usd(left_usd)} left"),
            ),
            html.P(
                [
                    html.Span(f"{n_warnings} warning{'s' if n_warnings != 1 else ''}", className="chip waiting"),
                    " ",
                    html.Span("; ".join(warning.message for warning in summary.warnings), className="detail"),
                ]
            )
            if n_warnings
            else html.P("No warnings", className="note"),
        ),
        className="card",
    )


def _make_total(total: TotalFigures) -> Component:
    cap = "no limit" if total.max_cost_usd is None else f"of {spell_usd(total.max_cost_usd)}"
    calls_cap = "no limit" if total.max_calls is None else f"of {spell_count(total.max_calls)}"
    return html.Section(
        make_region(
            "total",
            html.H2("All projects together"),
            make_figures(
                ("Spent", spell_usd(total.cost_usd), cap),
                ("Calls", spell_count(total.n_calls), calls_cap),
                ("Tokens", spell_count(total.n_tokens), ""),
            ),
            html.P(
                [
                    html.Span("Source: ", className="source-word"),
                    "table calls; limits by MRARU_TOTAL_MAX_CALLS, MRARU_TOTAL_MAX_COST_USD, MRARU_TOTAL_MAX_TOKENS.",
                ],
                className="source",
            ),
        ),
        className="card wide",
    )
