"""What browsers may ask the dashboard for: pages, figures anew, and what people press.

All of it comes as JSON to one route, which other sites can neither send nor read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from pydantic import ConfigDict, validate_call
from typing_extensions import TypedDict  # pydantic takes that of typing from Python 3.12 on

from mraru.bootstrap import Services
from mraru.errors import MRaruError
from mraru.reporting.control_figures import ControlFigures, describe_controls
from mraru.reporting.project_settings import list_project_settings
from mraru.settings.project_fields import SettingSource
from mraru.use_cases.project_controls import ProjectControls
from mraru.web.dashboard.addresses import parse_address
from mraru.web.dashboard.draft_callbacks import register_draft_callbacks
from mraru.web.dashboard.elements.cards import make_words
from mraru.web.dashboard.elements.control_forms import (
    ONE_ROUND,
    PAUSE,
    PRESS,
    SETTING,
    START,
    UNSET,
    list_idle_buttons,
    make_origin,
    name_class,
    spell_value,
)
from mraru.web.dashboard.elements.setting_words import name_setting
from mraru.web.dashboard.pages.page_registry import Pages
from mraru.web.dashboard.regions import REGION, hash_regions, list_changes
from mraru.web.dashboard.shell import make_navigation, spell_title

CHECKED = ConfigDict(arbitrary_types_allowed=True)  # what is sent is checked; what does not fit is answered 400
ADDRESS = (State("address", "pathname"), State("address", "search"))


class Shown(TypedDict):
    """What is on the screen."""

    page: str
    basis: str
    regions: dict[str, str]


def register_callbacks(dashboard: Dash, services: Services, wake: Callable[[int], None]) -> None:
    """Say what each part of a page is drawn by."""
    pages = Pages(services)
    _register_pages(dashboard, services, pages)
    _register_controls(dashboard, services, ProjectControls(services, wake))
    _register_settings(dashboard, services, ProjectControls(services, wake))
    register_draft_callbacks(dashboard, services, pages, wake)


def _register_pages(dashboard: Dash, services: Services, pages: Pages) -> None:
    @dashboard.callback(
        Output("navigation", "children"),
        Output("heading", "children"),
        Output("headline-place", "children"),
        Output("state", "children"),
        Output("progress", "children"),
        Output("controls", "children"),
        Output("live", "children"),
        Output({"type": REGION, "name": ALL}, "children"),
        Output("shown", "data"),
        Output("title", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
        Input("tick", "n_intervals"),
        State("shown", "data"),
        State({"type": REGION, "name": ALL}, "id"),
    )
    @validate_call(config=CHECKED)
    def draw(
        pathname: str | None,
        search: str | None,
        _n: int | None,
        shown: Shown | None,
        ids: list[dict[str, str]],
    ) -> tuple[Any, ...]:
        """The page of the address; of the page on the screen, only what has changed."""
        address = parse_address(pathname, search)
        name, names = f"{pathname}{search or ''}", [entry["name"] for entry in ids]
        same, kept = no_update, [no_update] * len(names)
        basis = pages.read_basis(address)
        was_shown = shown if shown is not None and shown["page"] == name else None
        if was_shown is not None and was_shown["basis"] == basis:
            return same, same, same, same, same, same, same, kept, same, same
        page = pages.draw(address)
        told = {"page": name, "basis": basis if page.is_current else "", "regions": hash_regions(page.live)}
        if was_shown is None:
            title = {"page": name, "title": spell_title(address, page.project_title)}
            navigation = make_navigation(address) if page.is_found else None
            drawn = (page.heading, page.headline, page.state, page.progress, page.controls, page.live)
            return navigation, *drawn, kept, told, title
        changes = list_changes(page.live, was_shown["regions"], names)
        if changes is None:
            return same, same, page.headline, page.state, page.progress, same, page.live, kept, told, same
        return same, same, page.headline, page.state, page.progress, same, same, changes, told, same

    dashboard.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("mraru", "announce"), Output("title-set", "data"), Input("title", "data")
    )


def _name_pressed() -> str | None:
    """The name of the button that was pressed, if one of many was."""
    pressed = ctx.triggered_id
    return str(pressed["name"]) if isinstance(pressed, dict) else None


def _register_controls(dashboard: Dash, services: Services, controls: ProjectControls) -> None:
    def describe(project_id: int | None) -> ControlFigures | None:
        project = services.store.projects.get(project_id) if project_id is not None else None
        return describe_controls(services.store, project) if project is not None else None

    @dashboard.callback(
        Output("run-answer", "children"),
        Input({"type": PRESS, "name": ALL}, "n_clicks"),
        *ADDRESS,
        prevent_initial_call=True,
    )
    @validate_call(config=CHECKED)
    def press(n_clicks: list[int | None], pathname: str | None, search: str | None) -> Any:
        """Do what a button says, and say that it was written down."""
        project_id, pressed = parse_address(pathname, search).project_id, _name_pressed()
        if project_id is None or pressed is None or not any(n_clicks):
            return no_update
        actions = {START: controls.start, PAUSE: controls.pause, ONE_ROUND: controls.run_round}
        answers = {
            START: "Started: rounds go on, as far as the limits leave room.",
            PAUSE: "Paused: nothing more is asked. People's labels are still learned.",
            ONE_ROUND: "One round is run, if the limits leave room; then it pauses for people.",
        }
        if pressed not in actions:
            return no_update
        figures = describe(project_id)
        idle = list_idle_buttons(figures) if figures is not None else {}
        if pressed in idle:
            return idle[pressed]
        try:
            actions[pressed](project_id)
        except MRaruError as exc:
            return make_words(f"Not done: {exc}")
        return answers[pressed]

    @dashboard.callback(
        Output({"type": PRESS, "name": ALL}, "aria-disabled"),
        Output({"type": PRESS, "name": ALL}, "className"),
        Input("state", "children"),
        State({"type": PRESS, "name": ALL}, "id"),
        *ADDRESS,
    )
    @validate_call(config=CHECKED)
    def grey_out(
        _state: Any, ids: list[dict[str, str]], pathname: str | None, search: str | None
    ) -> tuple[list[str], list[str]]:
        """Whether each button would change nothing: it keeps the focus, and says why when it is pressed."""
        figures = describe(parse_address(pathname, search).project_id)
        if figures is None:
            return ["true"] * len(ids), ["button"] * len(ids)
        idle, names = list_idle_buttons(figures), [entry["name"] for entry in ids]
        return ["true" if name in idle else "false" for name in names], [name_class(figures, name) for name in names]


def _register_settings(dashboard: Dash, services: Services, controls: ProjectControls) -> None:
    @dashboard.callback(
        Output("settings-answer", "children"),
        Output({"type": SETTING, "name": ALL}, "value"),
        Output({"type": UNSET, "name": ALL}, "hidden"),
        Output({"type": "origin", "name": ALL}, "children"),
        Input("save-settings", "n_clicks"),
        Input({"type": UNSET, "name": ALL}, "n_clicks"),
        State({"type": SETTING, "name": ALL}, "value"),
        State({"type": SETTING, "name": ALL}, "id"),
        *ADDRESS,
        prevent_initial_call=True,
    )
    @validate_call(config=CHECKED)
    def save(
        n_saves: int | None,
        n_unsets: list[int | None],
        values: list[str | float | None],
        ids: list[dict[str, str]],
        pathname: str | None,
        search: str | None,
    ) -> tuple[Any, ...]:
        """Keep what was changed in the form, or give one setting back to the server."""
        kept = [no_update] * len(ids)
        project_id = parse_address(pathname, search).project_id
        if project_id is None or not (n_saves or any(n_unsets)):
            return no_update, kept, kept, kept
        before = {setting.name: setting for setting in list_project_settings(services, project_id)}
        typed = {
            entry["name"]: "" if value is None else str(value).strip() for entry, value in zip(ids, values, strict=True)
        }
        if not typed.keys() <= before.keys():
            return "Not saved: the settings are others now. Load the page anew.", kept, kept, kept
        pressed = _name_pressed()
        unset = [pressed] if pressed is not None else []
        changed = (
            {}
            if unset
            else {
                name: value
                for name, value in typed.items()
                if value != ("" if before[name].value is None else spell_value(before[name].value))
            }
        )
        if not changed and not unset:
            return "Nothing was changed.", kept, kept, kept
        try:
            after = {setting.name: setting for setting in controls.change_settings(project_id, changed, unset)}
        except MRaruError as exc:
            return make_words(f"Not saved: {exc}"), kept, kept, kept
        names = [entry["name"] for entry in ids]
        shown = ["" if after[name].value is None else spell_value(after[name].value) for name in names]
        hidden = [after[name].source is SettingSource.SERVER for name in names]
        return (
            f"Saved: {', '.join(map(name_setting, unset or changed))}.",
            # what else stands in the form, not saved yet, is left as it is
            [value if name in (unset or changed) else no_update for name, value in zip(names, shown, strict=True)],
            hidden,
            [make_origin(after[name]) for name in names],
        )
