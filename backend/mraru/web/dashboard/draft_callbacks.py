"""What people do with drafts of definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from pydantic import validate_call

from mraru.bootstrap import Services
from mraru.errors import MRaruError
from mraru.records import hash_text
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.dashboard.addresses import PageName, parse_address
from mraru.web.dashboard.elements.cards import make_words
from mraru.web.dashboard.pages.draft_cards import (
    ACCEPT,
    ACCEPT_UNTRIED,
    BUTTON,
    DISMISS,
    TEXT,
    TRY,
    WANT,
    draw_drafts,
    find_label,
    key_of,
)
from mraru.web.dashboard.pages.page_registry import Pages

SAID = {
    WANT: "A definition is being drafted.",
    TRY: "The definition is being tried on texts that people labelled.",
    ACCEPT: "Accepted: the LLM is told this definition from the next round on.",
    ACCEPT_UNTRIED: "Accepted without a trial: the LLM is told this definition from the next round on.",
    DISMISS: "Dismissed.",
}


def register_draft_callbacks(dashboard: Dash, services: Services, pages: Pages, wake: Callable[[int], None]) -> None:
    """Draw the forms, and do what their buttons say."""
    controls = DefinitionControls(services, wake)

    @dashboard.callback(
        Output("drafts", "children"),
        Output("drafts-shown", "data"),
        Output("draft-answer", "children"),
        Input("shown", "data"),
        Input({"type": BUTTON, "action": ALL, "label": ALL}, "n_clicks"),
        State({"type": TEXT, "label": ALL}, "value"),
        State({"type": TEXT, "label": ALL}, "id"),
        State("drafts-shown", "data"),
        State("address", "pathname"),
    )
    @validate_call
    def handle(
        _shown: Any,
        _clicks: list[int | None],
        values: list[str | None],
        ids: list[dict[str, str]],
        known: dict[str, str] | None,
        pathname: str | None,
    ) -> tuple[Any, ...]:
        """Draw the forms where they have changed; what people are typing into others stays."""
        address = parse_address(pathname)
        view = pages.view(address) if address.page is PageName.LABELS else None
        if view is None:
            return None, None, ""
        typed = {entry["label"]: value or "" for entry, value in zip(ids, values, strict=True)}
        pressed = ctx.triggered_id
        answer: Any = no_update
        if isinstance(pressed, dict) and any(_clicks):
            label = find_label(_labels(services, view.project_id, view.labels), pressed["label"])
            if label is None:
                answer = "Not done: the project no longer has this label."
            else:
                answer = _act(controls, view.project_id, label, pressed["action"], typed.get(pressed["label"], ""))
                if answer == SAID[ACCEPT_UNTRIED] and not view.words.is_llm:
                    answer = "Kept: an LLM is told this definition once one is set."
        drafts = {
            key_of(draft.label): repr(draft) for draft in services.store.definition_drafts.list_all(view.project_id)
        }
        present = services.store.label_definitions.list_all(view.project_id)
        drawn = {
            key_of(label): hash_text(repr((drafts.get(key_of(label)), present.get(label))))
            for label in _labels(services, view.project_id, view.labels)
        }
        told = {"project": str(view.project_id), **drawn}
        if known == told:
            return no_update, no_update, answer
        kept = {
            label: typed[key]
            for label in view.labels
            if (key := key_of(label)) in typed and known is not None and known.get(key) == drawn.get(key)
        }
        return draw_drafts(view, controls, kept), told, answer


def _labels(services: Services, project_id: int, labels: Sequence[str]) -> list[str]:
    """Those of the config, and those that only drafts have."""
    drafted = [draft.label for draft in services.store.definition_drafts.list_all(project_id)]
    return list(dict.fromkeys([*labels, *drafted]))


def _act(controls: DefinitionControls, project_id: int, label: str, action: str, text: str) -> Any:
    try:
        match action:
            case "want":
                controls.want(project_id, label)
            case "try":
                controls.try_out(project_id, label, text)
            case "accept":
                controls.accept(project_id, label, text)
            case "accept-untried":
                controls.accept(project_id, label, text, without_trial=True)
            case "dismiss":
                controls.dismiss(project_id, label)
            case _:
                return "Not done: there is no such button."
    except MRaruError as exc:
        return make_words(f"Not done: {exc}")
    return SAID[action]
