"""The first page: every project of this backend, and whether the LLMs' servers are well."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from mraru.bootstrap import Services
from mraru.quantities import spell_quantity
from mraru.reporting.project_summary import ProjectSummary, TotalFigures, list_teacher_health
from mraru.web.dashboard.addresses import Address, link_to
from mraru.web.dashboard.elements.cards import make_empty, make_explanation_link, make_figures, make_words
from mraru.web.dashboard.elements.spelling import spell_count, spell_usd
from mraru.web.dashboard.elements.state_words import make_circuits, make_state
from mraru.web.dashboard.page_view import View, read_basis
from mraru.web.dashboard.recent_figures import RecentFigures
from mraru.web.dashboard.regions import make_region


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
    left_usd = max(0.0, teacher.max_cost_usd - teacher.cost_usd)
    return html.Section(
        make_region(
            f"project-{summary.id}",
            html.H2(html.A(_name(summary), href=link_to(summary.id))),
            html.P(make_state(view.services.store, view.project, view.words)),
            html.P(make_words(view.headline.right), className="right") if summary.n_tasks else "",
            make_figures(
                ("Texts", spell_count(summary.n_texts), spell_quantity(summary.n_tasks, "task")),
                ("Labelled by people", spell_count(summary.n_gold), ""),
                (
                    f"Labelled by the {view.words.name}",
                    spell_count(teacher.n_labels),
                    teacher.name if view.words.is_llm else "no LLM is set",
                ),
                ("Spent", spell_usd(teacher.cost_usd), f"{spell_usd(left_usd)} left"),
            ),
            _make_warnings(view),
        ),
        className="card",
    )


def _name(summary: ProjectSummary) -> str:
    """By its number, too: several may have one title, and commands go by it."""
    return f"{summary.title} (project {summary.id})" if summary.title else f"Project {summary.id}"


def _make_warnings(view: View) -> Component:
    """How many warnings and notices there are, and what they say, the serious ones first."""
    warnings = sorted(view.summary.warnings, key=lambda warning: not warning.is_serious)
    if not warnings:
        return html.P("No warnings", className="note")
    n_serious = sum(warning.is_serious for warning in warnings)
    n_notices = len(warnings) - n_serious
    chips = (
        html.Span(f"{n} {name}{'s' if n != 1 else ''}", className=f"chip {look}")
        for n, name, look in ((n_serious, "warning", "waiting"), (n_notices, "notice", "still"))
        if n
    )
    messages = " ".join(view.words.say(warning.message) for warning in warnings)
    return html.P(
        [*(part for chip in chips for part in (chip, " ")), html.Span(make_words(messages), className="detail")]
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
