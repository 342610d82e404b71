"""A project at one look: what needs people, what was labelled, what it cost, and how well the student does."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.labelstudio.formats.data_manager_views import TabKind
from mraru.quantities import spell_quantity, spell_stars
from mraru.reporting.audit_figures import AuditFigures
from mraru.reporting.headline.headline import Headline
from mraru.reporting.headline.headline_sentences import AUDIT_TAB
from mraru.reporting.headline.next_steps import NextStep
from mraru.reporting.label_sources import LabelSources, count_label_sources
from mraru.reporting.money import MoneyFigures, read_money
from mraru.reporting.project_summary import TeacherFigures, list_teacher_health
from mraru.reporting.teacher_check_words import read_checks
from mraru.store.projects.project_warnings import ProjectWarning
from mraru.store.projects.round_repository import RoundStep
from mraru.web.dashboard.addresses import PageName, link_to, link_to_label_studio
from mraru.web.dashboard.elements.cards import (
    aria,
    make_card,
    make_empty,
    make_explanation_link,
    make_figures,
    make_link,
    make_notice,
    make_words,
)
from mraru.web.dashboard.elements.check_cards import make_checks
from mraru.web.dashboard.elements.estimate_words import say_more, say_texts
from mraru.web.dashboard.elements.page_tables import Cell, make_table
from mraru.web.dashboard.elements.spelling import (
    NOTHING,
    spell_count,
    spell_interval,
    spell_part,
    spell_share,
    spell_time,
    spell_usd,
)
from mraru.web.dashboard.elements.state_words import make_circuits
from mraru.web.dashboard.page_view import View, find_label_studio_url
from mraru.web.dashboard.pages.learning_page import make_acceptance, make_calibration, make_learning_curve
from mraru.web.dashboard.regions import make_region


def draw_overview(view: View) -> list[Component]:
    """What stands out first, then the cards."""
    summary = view.summary
    sources = view.figures("label-sources", lambda: count_label_sources(view.services, view.project))
    money = view.figures("money", lambda: read_money(view.services, view.project_id))
    return [
        make_region(
            "notices",
            *make_circuits(list_teacher_health(view.services)),
            *_make_checks(view),
            *make_warnings(view, summary.warnings),
        ),
        html.Div(
            [
                *([_make_sources(view, sources)] if summary.n_texts else []),
                _make_money(view, summary.teacher, money),
                *([_make_accuracy(view, summary.teacher, view.audit)] if summary.n_texts else []),
                *(_make_charts(view) if summary.rounds else []),
                *_make_members(summary.teacher),
            ],
            className="grid",
        ),
    ]


def _make_checks(view: View) -> list[Component]:
    """Until a round is done, whether the LLM works."""
    if any(round_.step == RoundStep.DONE for round_ in view.summary.rounds):
        return []
    return make_checks(read_checks(view.services, view.project_id), view.project_id)


def _make_charts(view: View) -> list[Component]:
    rounds, words = view.summary.rounds, view.words
    return [make_learning_curve(rounds, words), make_acceptance(rounds, words), make_calibration(rounds)]


def make_headline(view: View) -> Component:
    """What people want to know first; what to do next leads to where it is done."""
    headline = view.headline
    sentences: list[Component] = [html.H2("In short", id="headline-title", className="unseen")]
    if headline.right:
        sentences.append(html.P(make_words(headline.right), className="right"))
    if following := " ".join(part for part in (headline.audit, headline.to_do, headline.time) if part):
        sentences.append(html.P(make_words(following)))
    sentences.append(html.P(_make_next(view, headline), className="next"))
    sentences.append(html.P(headline.money))
    sentences.append(make_explanation_link("headline", "In short"))
    return html.Section(sentences, id="headline", **aria(labelledby="headline-title"))


def _make_next(view: View, headline: Headline) -> list[Component | str]:
    label_studio = link_to_label_studio(find_label_studio_url(view.services, view.project), view.project_id)
    project_id = view.project_id
    where: dict[NextStep, Component] = {
        NextStep.SETTLE_TIES: html.A("Show them", href=f"{link_to(project_id, PageName.PEOPLE)}#ties"),
        NextStep.TAKE_AWAY: html.A("Downloads", href=link_to(project_id, PageName.SETTINGS)),
    }
    if label_studio is not None:
        opened = make_link("Open Label Studio", label_studio)
        where |= dict.fromkeys((NextStep.IMPORT, NextStep.LABEL_FIRST, NextStep.AUDIT, NextStep.LABEL), opened)
        tabs = [tab for tab in view.services.store.review_tabs.list_all(project_id) if tab.kind == TabKind.AUDIT]
        if tabs and AUDIT_TAB in headline.next:
            opened = make_link("Open that tab", f"{label_studio}?tab={tabs[0].view_id}")
            where |= dict.fromkeys((NextStep.LABEL_FIRST, NextStep.AUDIT), opened)
    link = where.get(headline.next_step)
    said = make_words(headline.next)
    return said if link is None else [*said, " ", link]


def make_warnings(view: View, warnings: Sequence[ProjectWarning]) -> list[Component]:
    """A notice for each warning, with what people can do about it."""
    return [
        make_notice(
            warning.level,
            make_words(view.words.say(warning.message)),
            *(_make_remedy(view, warning.remedy) if warning.remedy else []),
            html.Span(
                f"Written {spell_time(warning.written_at)}.", className="note"
            ),  # the page's own figures are newer
        )
        for warning in warnings
    ]


def _make_remedy(view: View, remedy: str) -> list[Component]:
    return [html.P([html.Strong("What to do: "), *make_words(view.words.say(remedy))])]


def _make_sources(view: View, sources: LabelSources) -> Component:
    parts = [
        ("gold", "People", sources.n_gold),
        ("teacher", view.words.start, sources.n_teacher),
        ("student", "Student", sources.n_student),
        ("none", "None yet", sources.n_none),
    ]
    n_texts = sources.n_texts
    bar = html.Div(
        [
            html.Span(className=f"part {kind}", style={"flexGrow": str(n)}, title=f"{name}: {n:,}")
            for kind, name, n in parts
            if n
        ],
        className="stack",
        **aria(hidden="true"),
    )
    rows: list[Sequence[Cell]] = [
        ([html.Span(className=f"key {kind}"), name], spell_count(n), spell_part(n, n_texts)) for kind, name, n in parts
    ]
    return make_card(
        "Labels by source",
        bar,
        make_table("Texts by whose label they have", ("Whose", "Texts", "Share"), rows),
        name="label-sources",
    )


def _make_money(view: View, teacher: TeacherFigures, money: MoneyFigures) -> Component:
    left_usd = max(0.0, teacher.max_cost_usd - teacher.cost_usd)
    if not view.words.is_llm and not money.spent_usd:
        per_text = "no LLM is set"
    elif money.usd_per_text is None:
        per_text = "nothing was asked yet"
    else:
        per_text = f"{spell_usd(money.usd_per_text)} a text"
    return make_card(
        "Money and calls",
        make_figures(
            ("Spent", spell_usd(teacher.cost_usd), f"of {spell_usd(teacher.max_cost_usd)}"),
            (
                "Left",
                spell_usd(left_usd),
                f"{spell_quantity(max(0, teacher.max_calls - teacher.n_calls), 'call')} left",
            ),
            ("Saved", spell_usd(money.saved_usd), per_text),
            ("Calls", spell_count(teacher.n_calls), f"of {spell_count(teacher.max_calls)}"),
            ("Tokens", spell_count(teacher.n_tokens), _of_limit(teacher.max_tokens)),
        ),
        name="money",
    )


def _of_limit(limit: int | None) -> str:
    return "no limit" if limit is None else f"of {spell_count(limit)}"


def _make_accuracy(view: View, teacher: TeacherFigures, audit: AuditFigures | None) -> Component:
    """What the audit says of the LLM, or what it takes to know; never what people happened to look at."""
    title = f"How good the {view.words.name} is"
    if audit is None or not teacher.n_labels:
        return make_card(title, make_empty("It has labelled nothing yet."), name="teacher-accuracy")
    found = audit.teacher.overall
    whose = f"of the {say_texts(found.n_population)} that it labelled"
    if found.n_population < audit.n_teacher_labels and audit.last_round is not None:
        whose += f" up to round {audit.last_round} ({spell_count(audit.n_teacher_labels)} by now)"
    unnamed = ("Named no label", spell_count(teacher.n_no_label), "texts, left to people")
    if found.share is None:
        return make_card(
            title,
            html.P([html.Strong("Not known yet. "), say_more(found, whose)]),
            *([make_figures(unnamed)] if teacher.n_no_label else []),
            name="teacher-accuracy",
        )
    known = "people labelled all of them" if found.is_census else f"{spell_interval(found.interval)}, 95 % sure"
    return make_card(
        title,
        make_figures(
            ("Right", spell_share(found.share), known),
            *(
                [("Off by", spell_stars(apart), "on average")]
                if (apart := audit.teacher.stars_apart) is not None
                else []
            ),
            ("Checked", spell_count(found.n_labels), whose),
            *([unnamed] if teacher.n_no_label else []),
        ),
        name="teacher-accuracy",
    )


def _make_members(teacher: TeacherFigures) -> list[Component]:
    if not teacher.members:
        return []
    rows = [
        (
            member.name,
            spell_count(member.n_votes),
            spell_count(member.n_agreeing),
            spell_share(member.estimated_accuracy),
            f"{spell_count(member.n_right)} of {spell_count(member.n_checked)}" if member.n_checked else NOTHING,
        )
        for member in teacher.members
    ]
    headers = ("LLM", "Answers", "With the label", "Right, estimated", "Same as people")
    return [make_card("Each LLM", make_table("Each of the LLMs", headers, rows), name="members", width="wide")]
