"""A project at one look: what needs people, what was labelled, what it cost, and how well the student does."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from mraru.figures.label_sources import LabelSources, count_label_sources
from mraru.figures.money import MoneyFigures, read_money
from mraru.figures.summary import TeacherFigures, list_teacher_health
from mraru.store.projects import ProjectWarning
from mraru.web.dashboard.cards import aria, make_card, make_empty, make_figures, make_notice
from mraru.web.dashboard.pages.learning import make_acceptance, make_calibration, make_learning_curve
from mraru.web.dashboard.regions import make_region
from mraru.web.dashboard.spelling import NOTHING, spell_count, spell_interval, spell_share, spell_usd
from mraru.web.dashboard.states import make_circuits
from mraru.web.dashboard.tables import Cell, make_table
from mraru.web.dashboard.view import View


def draw_overview(view: View) -> list[Component]:
    """What stands out first, then the cards."""
    summary = view.summary
    sources = view.figures("label-sources", lambda: count_label_sources(view.services, view.project))
    money = view.figures("money", lambda: read_money(view.services, view.project_id))
    return [
        make_region("notices", *make_circuits(list_teacher_health(view.services)), *make_warnings(summary.warnings)),
        html.Div(
            [
                _make_sources(sources, summary.teacher.name),
                _make_money(summary.teacher, money),
                _make_accuracy(summary.teacher),
                make_learning_curve(summary.rounds),
                make_acceptance(summary.rounds),
                make_calibration(summary.rounds),
                *_make_members(summary.teacher),
            ],
            className="grid",
        ),
    ]


def make_warnings(warnings: Sequence[ProjectWarning]) -> list[Component]:
    """A notice for each warning, with what people can do about it."""
    return [
        make_notice(
            warning.level,
            warning.message,
            *([html.P([html.Strong("What to do: "), warning.remedy])] if warning.remedy else []),
        )
        for warning in warnings
    ]


def _make_sources(sources: LabelSources, teacher: str) -> Component:
    parts = [
        ("gold", "People (gold)", sources.n_gold),
        ("teacher", f"LLM ({teacher})", sources.n_teacher),
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
        ([html.Span(className=f"key {kind}"), name], spell_count(n), spell_share(n / n_texts if n_texts else None))
        for kind, name, n in parts
    ]
    return make_card(
        "Labels by source",
        bar,
        make_table("Texts by the source of their label", ("Source", "Texts", "Share"), rows),
        source="tables annotations, teacher_labels and predictions, over distinct texts: people's label counts before "
        "the LLM's, the LLM's before the student's. See docs/dashboard.md, Labels by source.",
        name="label-sources",
    )


def _make_money(teacher: TeacherFigures, money: MoneyFigures) -> Component:
    left_usd = max(0.0, teacher.max_cost_usd - teacher.cost_usd)
    per_text = f"{spell_usd(money.usd_per_text)} a text" if money.usd_per_text is not None else "no LLM was asked yet"
    return make_card(
        "Money and calls",
        make_figures(
            ("Spent", spell_usd(teacher.cost_usd), f"of {spell_usd(teacher.max_cost_usd)}"),
            ("Left", spell_usd(left_usd), f"{spell_count(max(0, teacher.max_calls - teacher.n_calls))} calls left"),
            ("Saved", spell_usd(money.saved_usd), per_text),
            ("Calls", spell_count(teacher.n_calls), f"of {spell_count(teacher.max_calls)}"),
            ("Tokens", spell_count(teacher.n_tokens), _of_limit(teacher.max_tokens)),
        ),
        source="table calls, calls under way at the most that they can cost. Saved: what asking the LLM about all "
        f"{spell_count(money.n_texts)} texts would cost at the mean price of the {spell_count(money.n_asked)} asked so "
        "far, less what was spent. See docs/dashboard.md, Money.",
        name="money",
    )


def _of_limit(limit: int | None) -> str:
    return "no limit" if limit is None else f"of {spell_count(limit)}"


def _make_accuracy(teacher: TeacherFigures) -> Component:
    share = teacher.n_right / teacher.n_checked if teacher.n_checked else None
    if share is None:
        shown: Component = make_empty("People have labelled nothing yet that the LLM labelled too.")
    else:
        shown = make_figures(
            ("Right", spell_share(share), f"{spell_interval(teacher.accuracy_interval)} (95 %)"),
            ("Checked", spell_count(teacher.n_checked), "texts"),
            ("Named no label", spell_count(teacher.n_no_label), "texts, left to people"),
        )
    return make_card(
        "The LLM against people",
        shown,
        source="tables annotations and teacher_labels; Wilson's 95 % interval. People look first where LLM and student "
        "agree least, so this is lower than on all texts: the audit page has the honest figure.",
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
            f"{member.n_right} of {member.n_checked}" if member.n_checked else NOTHING,
            spell_interval(member.accuracy_interval),
        )
        for member in teacher.members
    ]
    headers = ("LLM", "Votes", "With the label", "Right by Dawid-Skene", "Right by people", "95 %")
    return [
        make_card(
            "Each LLM",
            make_table("Each of the LLMs", headers, rows),
            source="table teacher_labels (votes) and annotations. See docs/how-it-works.md, Several teachers.",
            name="members",
            width="wide",
        )
    ]
