"""What people press and fill in: start, pause, one round, and the settings of one project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from mraru.records import SettingValue
from mraru.reporting.control_figures import ControlFigures
from mraru.settings.project_fields import ProjectSetting, SettingKind, SettingSource
from mraru.store.projects.project_repository import ProjectState
from mraru.web.dashboard.addresses import PageName, link_to
from mraru.web.dashboard.elements.cards import aria
from mraru.web.dashboard.elements.setting_words import SETTING_WORDS, name_choice
from mraru.web.dashboard.elements.spelling import spell_time

PRESS = "press"  # type of the ids of the buttons
START, PAUSE, ONE_ROUND = "start", "pause", "one-round"
SETTING = "setting"  # type of the inputs' ids
UNSET = "unset"  # type of the buttons that give a setting back to the server
INPUT_MODES: dict[SettingKind, dict[str, Any]] = {  # which keys a phone shows
    SettingKind.INTEGER: {"inputMode": "numeric"},
    SettingKind.NUMBER: {"inputMode": "decimal"},
    SettingKind.NAMES: {"inputMode": "text"},
}
BUTTONS = {START: "Start", PAUSE: "Pause", ONE_ROUND: "Run one round"}
MAIN_FIELDS = ("max_calls", "max_cost_usd", "max_tokens", "stop_accuracy", "audit_share", "student", "acceptance_rate")


def make_run_controls(project_id: int, figures: ControlFigures) -> Component:
    """The buttons of a project; what they did is said beside them."""
    return html.Div(
        [
            html.Div(
                [
                    *(_make_button(figures, name, text) for name, text in BUTTONS.items()),
                    html.A(
                        "Change limits and settings",
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
    if figures.state == ProjectState.DISCONNECTED:
        return dict.fromkeys(BUTTONS, "It is disconnected: connect it again first.")
    is_started = figures.state != ProjectState.CONNECTED
    held = f"No round would begin: {figures.held_back_by}." if figures.held_back_by else ""
    said = {
        START: "" if figures.can_start else held or "It is running already.",
        PAUSE: "" if figures.can_pause else "It is paused already." if is_started else "Nobody has started it yet.",
        ONE_ROUND: "" if figures.can_run_round else held or "One round is asked for already; it pauses after it.",
    }
    return {name: text for name, text in said.items() if text}


def name_class(figures: ControlFigures, button: str) -> str:
    """How a button looks: the one that begins what would not go on by itself stands out."""
    return "button primary" if button == START and figures.is_start_next else "button"


def make_settings_form(settings: Sequence[ProjectSetting]) -> Component:
    """A form over the settings that may differ from project to project, the usual ones first."""
    main = sorted(
        (setting for setting in settings if setting.name in MAIN_FIELDS),
        key=lambda setting: MAIN_FIELDS.index(setting.name),
    )
    rest = [setting for setting in settings if setting.name not in MAIN_FIELDS]
    return html.Section(
        [
            html.H2("Settings of this project", id="settings-title"),
            html.P("They hold from the next question and the next round on. An empty field means no limit, or off."),
            html.Div([_make_field(setting) for setting in main], className="fields"),
            html.Details(
                [
                    html.Summary(f"{len(rest)} more settings"),
                    html.Div([_make_field(setting) for setting in rest], className="fields"),
                ],
                className="more-settings",
            ),
            html.Div(
                [
                    html.Button("Save", id="save-settings", type="button", className="button primary", n_clicks=0),
                    html.P(id="settings-answer", role="status", className="answer"),
                ],
                className="buttons",
            ),
        ],
        id="settings-form",
        className="card wide",
        **aria(labelledby="settings-title"),
    )


def make_origin(setting: ProjectSetting) -> list[Component | str]:
    """Whose value is in force, and what the server's is."""
    server = spell_value(setting.server_value)
    if setting.kind is SettingKind.CHOICE:
        server = name_choice(setting.name, server)
    if setting.source is SettingSource.SERVER:
        return [f"As the server has it: {server}."]
    return [html.Strong(f"Set for this project {spell_time(setting.changed_at)}. "), f"The server has {server}."]


def spell_value(value: SettingValue) -> str:
    """A value as people type it.

    >>> spell_value(None), spell_value(5.0), spell_value("svm")
    ('none', '5', 'svm')
    """
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def button_id(name: str) -> dict[str, str]:
    """The id of a button of a project."""
    return {"type": PRESS, "name": name}


def input_id(name: str) -> dict[str, str]:
    """The id of the input of a setting."""
    return {"type": SETTING, "name": name}


def _make_button(figures: ControlFigures, name: str, text: str) -> Component:
    return html.Button(
        text,
        id=button_id(name),
        type="button",
        className=name_class(figures, name),
        n_clicks=0,
        **aria(disabled="true" if name in list_idle_buttons(figures) else "false"),
    )


def _make_field(setting: ProjectSetting) -> Component:
    name, words = setting.name, SETTING_WORDS[setting.name]
    is_own = setting.source is SettingSource.PROJECT
    unset = html.Button(
        "Use the server's",
        id={"type": UNSET, "name": name},
        type="button",
        className="button quiet small",
        n_clicks=0,
        hidden=not is_own,
        **aria(label=f"Use the server's value of {words.name}"),
    )
    described: list[Component] = [
        html.P(
            [
                html.Span(words.meaning),
                html.Span(make_origin(setting), id={"type": "origin", "name": name}, className="origin"),
            ],
            className="note",
        ),
        html.Details(
            [
                html.Summary("In detail", **aria(label=f"In detail: {words.name}")),
                html.P(_describe(setting), className="note"),
            ],
            className="detail-of-setting",
        ),
    ]
    if setting.kind is SettingKind.CHOICE:
        options = [{"label": text, "value": value} for value, text in words.choices.items() if value in setting.choices]
        choices = dcc.RadioItems(
            options=options, value=setting.value, id=input_id(name), inline=True, className="radios"
        )
        return html.Fieldset([html.Legend(words.name), choices, *described, unset])
    field = dcc.Input(
        id=input_id(name),
        type="text",
        **INPUT_MODES[setting.kind],
        value="" if setting.value is None else spell_value(setting.value),
        className="field",
        placeholder="none" if setting.is_nullable else None,
    )
    # wrapped in its label: dash writes ids of this kind in a way that `for` cannot name
    return html.Div([html.Label([html.Span(words.name), field]), *described, unset], className="fieldset")


def _describe(setting: ProjectSetting) -> list[Component | str]:
    """The description for those who run the server, with the setting's name there and what is allowed."""
    parts = re.split(r"`([^`]+)`", setting.description)  # every second one is marked as code
    described: list[Component | str] = [
        html.Code(part) if place % 2 else part for place, part in enumerate(parts) if part
    ]
    allowed = "" if setting.kind is SettingKind.CHOICE else f" Allowed: {setting.allowed}."
    return [*described, f"{allowed} The server's setting is ", html.Code(setting.environment_name), "."]
