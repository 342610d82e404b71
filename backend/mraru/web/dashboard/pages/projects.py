"""The first page: every project of this backend, and whether the LLMs' servers are well."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.bootstrap import Services
from mraru.figures.summary import TotalFigures, list_teacher_health
from mraru.web.dashboard.addresses import Address, link_to
from mraru.web.dashboard.cards import make_empty, make_explanation_link, make_figures, make_words
from mraru.web.dashboard.recent import RecentFigures
from mraru.web.dashboard.regions import make_region
from mraru.web.dashboard.spelling import spell_count, spell_usd
from mraru.web.dashboard.states import make_circuits, make_state
from mraru.web.dashboard.view import View, read_basis


def draw_projects(services: Services, recent: RecentFigures) -> tuple[list[Component], bool]:
    """The notices of the servers, then a card for each project; and whether every figure is of now."""
    projects = services.store.projects.list_all()
    notices = make_region("notices", *make_circuits(list_teacher_health(services)))
    if not projects:
        how = "No project is connected yet. Run `mraru connect PROJECT`, or add this backend in Label Studio "
        empty = make_empty(make_words(f"{how}(Settings > Model)."))
        return [notices, html.Div(empty, className="card wide")], True
    total: TotalFigures | None = None
    cards: list[Component] = []
    all_current = True
    for project in projects:
        view = View(
            services=services,
            project=project,
            address=Address(project_id=project.project_id),
            recent=recent,
            basis=read_basis(services, project),
        )
        cards.append(_make_card(view))
        total = view.summary.teacher.total
        all_current &= not view.outdated
    drawn: list[Component] = [
        notices,
        html.Div(cards, className="grid"),
        make_explanation_link("projects", "Projects"),
    ]
    if total is not None and len(cards) > 1:
        drawn.append(_make_total(total))
    return drawn, all_current


def _make_card(view: View) -> Component:
    summary, teacher = view.summary, view.summary.teacher
    n_warnings = len(summary.warnings)
    left_usd = max(0.0, teacher.max_cost_usd - teacher.cost_usd)
    messages = [view.words.say(warning.message) for warning in summary.warnings]
    return html.Section(
        make_region(
            f"project-{summary.id}",
            html.H2(html.A(summary.title or f"Project {summary.id}", href=link_to(summary.id))),
            html.P(make_state(view.services.store, view.project, view.words)),
            html.P(make_words(view.headline.right), className="right") if summary.n_tasks else "",
            make_figures(
                ("Texts", spell_count(summary.n_texts), f"{spell_count(summary.n_tasks)} tasks"),
                ("Labelled by people", spell_count(summary.n_gold), ""),
                (
                    f"Labelled by the {view.words.name}",
                    spell_count(teacher.n_labels),
                    teacher.name if view.words.is_llm else "no LLM is set",
                ),
                ("Spent", spell_usd(teacher.cost_usd), f"{spell_usd(left_usd)} left"),
            ),
            html.P(
                [
                    html.Span(f"{n_warnings} warning{'s' if n_warnings != 1 else ''}", className="chip waiting"),
                    " ",
                    html.Span(make_words(" ".join(messages)), className="detail"),
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
    tokens_cap = "no limit" if total.max_tokens is None else f"of {spell_count(total.max_tokens)}"
    return html.Section(
        make_region(
            "total",
            html.H2("All projects together"),
            make_figures(
                ("Spent", spell_usd(total.cost_usd), cap),
                ("Calls", spell_count(total.n_calls), calls_cap),
                ("Tokens", spell_count(total.n_tokens), tokens_cap),
            ),
            make_explanation_link("total", "All projects together"),
        ),
        className="card wide",
    )
