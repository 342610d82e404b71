"""What people press and fill in: start, pause, one round, and the settings of one project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from mraru.figures.project_controls import ControlFigures
from mraru.records import SettingValue
from mraru.settings.project_fields import ProjectSetting, SettingKind, SettingSource
from mraru.store.projects import ProjectState
from mraru.web.dashboard.addresses import PageName, link_to
from mraru.web.dashboard.cards import aria
from mraru.web.dashboard.spelling import spell_time

PRESS = "press"  # type of the ids of the buttons
START, PAUSE, ONE_ROUND = "start", "pause", "one-round"
SETTING = "setting"  # type of the inputs' ids
UNSET = "unset"  # type of the buttons that give a setting back to the server
INPUT_MODES: dict[SettingKind, dict[str, Any]] = {  # which keys a phone shows
    SettingKind.INTEGER: {"inputMode": "numeric"},
    SettingKind.NUMBER: {"inputMode": "decimal"},
}
MAIN_FIELDS = ("max_calls", "max_cost_usd", "max_tokens", "student", "acceptance_rule", "acceptance_rate")


def make_run_controls(project_id: int) -> Component:
    """The buttons of a project; what they did is said beside them."""
    return html.Div(
        [
            html.Div(
                [
                    _make_button(START, "Start", "button primary"),
                    _make_button(PAUSE, "Pause"),
                    _make_button(ONE_ROUND, "Run one round"),
                    html.A(
                        "Change budget, student or rule",
                        href=link_to(project_id, PageName.SETTINGS),
                        className="button quiet",
                    ),
                ],
                role="group",
                className="buttons",
                **aria(label="What this project should do"),
            ),
            html.P(id="run-answer", role="status", className="answer"),
        ],
        className="controls",
    )


def list_idle_buttons(figures: ControlFigures) -> dict[str, str]:
    """What to say of each button that would change nothing, by its name."""
    is_started = figures.state != ProjectState.CONNECTED
    said = {
        START: "" if figures.can_start else "It is running already.",
        PAUSE: "" if figures.can_pause else "It is paused already." if is_started else "Nobody has started it yet.",
        ONE_ROUND: "" if figures.can_run_round else "One round is asked for already; it pauses after it.",
    }
    return {name: text for name, text in said.items() if text}


def make_settings_form(settings: Sequence[ProjectSetting]) -> Component:
    """A form over the settings that may differ from project to project, the usual ones first."""
    main = [setting for setting in settings if setting.name in MAIN_FIELDS]
    rest = [setting for setting in settings if setting.name not in MAIN_FIELDS]
    return html.Section(
        [
            html.H2("Settings of this project", id="settings-title"),
            html.P("They hold from the next call and the next round on. An empty field means no limit, or off."),
            html.Div([_make_field(setting) for setting in main], className="fields"),
            html.Details(
                [
                    html.Summary(f"{len(rest)} more settings"),
                    html.Div([_make_field(setting) for setting in rest], className="fields"),
                ]
            ),
            html.Div(
                [
                    html.Button("Save", id="save-settings", type="button", className="button primary", n_clicks=0),
                    html.P(id="settings-answer", role="status", className="answer"),
                ],
                className="buttons",
            ),
            html.P(
                [
                    html.Span("Source: ", className="source-word"),
                    "table project_settings where a project has its own value, else the server's environment. "
                    "See docs/settings.md.",
                ],
                className="source",
            ),
        ],
        id="settings-form",
        className="card wide",
        **aria(labelledby="settings-title"),
    )


def make_origin(setting: ProjectSetting) -> list[Component | str]:
    """Whose value is in force, and what the server's is."""
    server = f"{setting.environment_name}, the server's: {spell_value(setting.server_value)}"
    allowed = "" if setting.kind is SettingKind.CHOICE else f" Allowed: {setting.allowed}."
    if setting.source is SettingSource.SERVER:
        return [f"{server}.{allowed}"]
    return [html.Strong(f"Set for this project {spell_time(setting.changed_at)}. "), f"{server}.{allowed}"]


def spell_value(value: SettingValue) -> str:
    """A value as people type it.

    >>> spell_value(None), spell_value(5.0), spell_value("svm")
    ('none', '5', 'svm')
    """
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def spell_name(setting_name: str) -> str:
    """The name of a setting in words.

    >>> spell_name("max_cost_usd"), spell_name("stop_acceptance_rate")
    ('Most dollars', 'Stop acceptance rate')
    """
    known = {
        "max_calls": "Most calls",
        "max_cost_usd": "Most dollars",
        "max_tokens": "Most tokens",
        "max_rounds": "Most rounds",
        "acceptance_rule": "Acceptance rule",
    }
    return known.get(setting_name) or setting_name.replace("_", " ").capitalize()


def button_id(name: str) -> dict[str, str]:
    """The id of a button of a project."""
    return {"type": PRESS, "name": name}


def input_id(name: str) -> dict[str, str]:
    """The id of the input of a setting."""
    return {"type": SETTING, "name": name}


def _make_button(name: str, text: str, class_name: str = "button") -> Component:
    return html.Button(text, id=button_id(name), type="button", className=class_name, n_clicks=0)


def _make_field(setting: ProjectSetting) -> Component:
    name = setting.name
    is_own = setting.source is SettingSource.PROJECT
    unset = html.Button(
        "Use the server's",
        id={"type": UNSET, "name": name},
        type="button",
        className="button quiet small",
        n_clicks=0,
        hidden=not is_own,
        **aria(label=f"Use the server's value of {spell_name(name)}"),
    )
    description = html.P(
        [
            html.Span(setting.description.replace("`", "")),
            html.Span(make_origin(setting), id={"type": "origin", "name": name}, className="origin"),
        ],
        className="note",
    )
    if setting.kind is SettingKind.CHOICE:
        choices = dcc.RadioItems(
            options=list(setting.choices), value=setting.value, id=input_id(name), inline=True, className="radios"
        )
        return html.Fieldset([html.Legend(spell_name(name)), choices, description, unset])
    field = dcc.Input(
        id=input_id(name),
        type="text",
        **INPUT_MODES[setting.kind],
        value="" if setting.value is None else spell_value(setting.value),
        className="field",
        placeholder="none" if setting.is_nullable else None,
    )
    # wrapped in its label: dash writes ids of this kind in a way that `for` cannot name
    return html.Div([html.Label([html.Span(spell_name(name)), field]), description, unset], className="fieldset")
