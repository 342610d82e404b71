"""Drafts of sharper definitions: to look at, to edit, to try, and to accept or dismiss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from mraru.errors import MRaruError
from mraru.records import hash_text
from mraru.reporting.corrected_class_figures import read_corrected_classes
from mraru.reporting.draft_figures import DraftFigures, TrialFigures, list_drafts
from mraru.store.labels.kept_drafts import DraftStatus
from mraru.store.projects.project_repository import ProjectState
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.dashboard.elements.cards import aria, make_explanation_link, make_words
from mraru.web.dashboard.elements.spelling import spell_count, spell_usd
from mraru.web.dashboard.page_view import View

TEXT, BUTTON = "draft-text", "draft-button"  # types of ids
WANT, TRY, ACCEPT, ACCEPT_UNTRIED, DISMISS = "want", "try", "accept", "accept-untried", "dismiss"
STATUS_IN_WORDS: Mapping[str, str] = {
    DraftStatus.WANTED: "It is being drafted.",
    DraftStatus.FAILED: "It could not be drafted.",
    DraftStatus.READY: "Ready to be looked at.",
    DraftStatus.TO_BE_TRIED: "It is being tried on texts that people labelled.",
    DraftStatus.TRIED: "Tried.",
}


def key_of(label: str) -> str:
    """How a label is named in ids: whatever it holds, and the same whatever the config's order.

    >>> key_of("a.b") == key_of("a.b"), len(key_of("a.b"))
    (True, 16)
    """
    return hash_text(label)[:16]


def draw_drafts(view: View, controls: DefinitionControls, typed: Mapping[str, str]) -> list[Component]:
    """A form for each label that has a draft or is often corrected; the others' are folded away.

    Args:
        typed: what stands in the forms now and is not kept yet, by label.
    """
    if view.project.state is ProjectState.DISCONNECTED:
        return []
    try:
        drafts = {draft.label: draft for draft in list_drafts(view.services, view.project_id)}
        corrected = view.figures("corrected", lambda: read_corrected_classes(view.services, view.project_id))
    except MRaruError:
        return []  # the page says why
    often = {label for pair in corrected if pair.is_often for label in (pair.teacher_label, pair.gold_label)}
    present = view.services.store.label_definitions.list_all(view.project_id)
    labels = [*view.labels, *sorted(drafts.keys() - set(view.labels))]
    forms = {
        label: _make_form(view, controls, label, drafts.get(label), present.get(label, ""), typed.get(label))
        for label in labels
    }
    first = [label for label in labels if label in often or label in drafts]
    rest = [label for label in labels if label not in first]
    is_open = any(label in typed and typed[label] != present.get(label, "") for label in rest)  # somebody types there
    return [
        html.Section(
            [
                html.H2("Sharper definitions", id="drafts-title"),
                html.P(_explain(view)),
                *(forms[label] for label in first),
                *(
                    [html.P("No label is often corrected yet.", className="empty")]
                    if not first and _is_drafted(view)
                    else []
                ),
                *(
                    [
                        html.Details(
                            [
                                html.Summary(f"{len(rest)} other labels" if first else f"All {len(rest)} labels"),
                                *(forms[label] for label in rest),
                            ],
                            open=is_open,
                        )
                    ]
                    if rest
                    else []
                ),
                make_explanation_link("drafts", "Sharper definitions"),
            ],
            className="card wide",
            **aria(labelledby="drafts-title"),
        )
    ]


def _is_drafted(view: View) -> bool:
    """Whether drafts can be had: an LLM writes them, about labels of which one is chosen."""
    return view.words.is_llm and not (view.schema is not None and view.schema.is_multiple)


def _explain(view: View) -> str:
    if _is_drafted(view):
        return (
            "Where people often correct the LLM, a sharper definition may help. A draft is written by the LLM from the "
            "corrections, tried on texts that people labelled, and used only when you accept it."
        )
    if view.words.is_llm:
        return (
            "Where several labels may be chosen, definitions are not drafted. One that you write and keep here is told "
            "to the LLM from the next round on."
        )
    return (
        "Drafts are written and tried by an LLM, and none is set. A definition that you write and keep here is told to "
        "an LLM once one is set; the built-in teacher goes by the labels' names alone."
    )


def _make_form(
    view: View,
    controls: DefinitionControls,
    label: str,
    draft: DraftFigures | None,
    present: str,
    typed: str | None,
) -> Component:
    name, key = view.name_label(label), key_of(label)
    has_text = draft is not None and bool(draft.definition)
    shown = typed if typed is not None else (draft.definition if draft is not None and has_text else present)
    if _is_drafted(view):
        buttons = [(WANT, "Draft anew" if draft is not None else "Draft a sharper one", "")]
        if has_text:
            buttons.append((TRY, "Try it", ""))
        buttons += [(ACCEPT, "Accept", "primary"), (ACCEPT_UNTRIED, "Accept without a trial", "")]
    else:  # nobody drafts, and nobody can try
        buttons = [(ACCEPT_UNTRIED, "Keep it", "")]
    if draft is not None:
        buttons.append((DISMISS, "Dismiss", ""))
    return html.Div(
        [
            html.H3(name),
            *(_describe_draft(view, draft) if draft is not None else []),
            html.Label(
                [
                    html.Span(f"Definition of {name}", className="form-label"),
                    dcc.Textarea(id={"type": TEXT, "label": key}, value=shown, className="definition"),
                ]
            ),
            html.Div(
                [
                    html.Button(
                        text,
                        id={"type": BUTTON, "action": action, "label": key},
                        type="button",
                        className=f"button {kind}".rstrip(),
                        n_clicks=0,
                        **aria(label=f"{text}: {name}"),
                    )
                    for action, text, kind in buttons
                ],
                className="buttons",
            ),
            *([html.P(make_words(_say_cost(view, controls, label)), className="note")] if _is_drafted(view) else []),
        ],
        className="draft",
    )


def _describe_draft(view: View, draft: DraftFigures) -> list[Component]:
    said = STATUS_IN_WORDS.get(draft.status, draft.status)
    contrast = f" It is most often mixed up with {view.name_label(draft.contrast)}." if draft.contrast else ""
    basis = f" Drafted from {spell_count(draft.n_shown)} texts for {spell_usd(draft.cost_usd)}." if draft.model else ""
    reason = f" {draft.reason}" if draft.reason else ""
    lines: list[Component] = [html.P(make_words(f"{said}{reason}{contrast}{basis}"), className="note")]
    if draft.trial is not None:
        lines.append(html.P(_say_trial(draft.trial)))
    return lines


def _say_trial(trial: TrialFigures) -> str:
    verdict = "The draft did better." if trial.is_better else "It did no better: keep the present definition."
    return (
        f"{verdict} Right on {trial.n_right_after:,} of {trial.n_texts:,} texts that people labelled, before on "
        f"{trial.n_right_before:,}; {trial.n_mended:,} corrected, {trial.n_broken:,} broken, p = {trial.p_value:.3f}."
    )


def _say_cost(view: View, controls: DefinitionControls, label: str) -> str:
    try:
        cost = view.figures(f"draft-cost-{label}", lambda: controls.bound_cost(view.project_id, label))
    except MRaruError as exc:
        return str(exc)
    said = f"Drafting it can cost up to {spell_usd(cost.draft_usd)}"
    if cost.trial_usd is None:
        return f"{said}."
    return f"{said}, trying it on {spell_count(cost.n_trial_texts)} texts up to {spell_usd(cost.trial_usd)}."


def find_label(labels: Sequence[str], key: str) -> str | None:
    """The label that ids name so.

    >>> find_label(["a", "b"], key_of("b"))
    'b'
    """
    return next((label for label in labels if key_of(label) == key), None)
