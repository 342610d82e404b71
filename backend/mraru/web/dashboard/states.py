"""The state of a project in words: what is being done now, how far it is, and why it stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from mraru.records import CircuitState, TeacherHealth
from mraru.store.projects import ProgressPhase, Project, ProjectState
from mraru.web.dashboard.cards import aria, make_notice
from mraru.web.dashboard.spelling import spell_count, spell_time


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInWords:
    kind: str  # of its colour: `busy`, `waiting`, `still` or `failed`
    word: str
    detail: str


def spell_state(project: Project) -> StateInWords:
    """What a project is at."""
    reason = project.reason
    match project.state:
        case ProjectState.CONNECTED:
            return StateInWords(kind="still", word="Not started", detail=reason or "Start it to begin rounds.")
        case ProjectState.RUNNING if project.phase is ProgressPhase.IDLE:
            return StateInWords(kind="busy", word="Queued", detail=reason or "The worker takes it up in a moment.")
        case ProjectState.RUNNING:
            return StateInWords(kind="busy", word=project.phase.capitalize(), detail=reason)
        case ProjectState.PAUSED:
            until = f" Goes on by itself at {spell_time(project.retry_at)}." if project.retry_at is not None else ""
            return StateInWords(kind="waiting", word="Paused", detail=(reason + until).strip())
        case ProjectState.STOPPED:
            return StateInWords(kind="still", word="Waiting for people", detail=f"Rounds have ended: {reason}")
        case ProjectState.FAILED:
            return StateInWords(kind="failed", word="Failed", detail=reason)


def make_chip(project: Project) -> Component:
    """The state in a word or two."""
    state = spell_state(project)
    return html.Span(state.word, className=f"chip {state.kind}")


def make_state(project: Project) -> list[Component | str]:
    """The state and its reason; without a count, so that screen readers are told of a new state, not of each text."""
    return [make_chip(project), " ", html.Span(spell_state(project).detail, className="detail")]


def make_progress(project: Project) -> Component | None:
    """A bar while something is under way."""
    return _make_bar(project) if project.state is ProjectState.RUNNING and project.n_total > 0 else None


def _make_bar(project: Project) -> Component:
    done = f"{spell_count(project.n_done)} of {spell_count(project.n_total)}"
    return html.Div(
        [
            html.Progress(
                value=str(min(project.n_done, project.n_total)),
                max=str(project.n_total),
                **aria(label=f"{project.phase.capitalize() or 'Progress'}: {done}"),
            ),
            html.Span(done),
        ],
        className="bar-of-progress",
    )


def make_circuits(servers: Sequence[TeacherHealth]) -> list[Component]:
    """A notice for each LLM's server that calls are held back from."""
    notices: list[Component] = []
    for health in servers:
        if health.circuit is CircuitState.CLOSED:
            continue
        is_open = health.circuit is CircuitState.OPEN
        until = spell_time(health.opened_until)
        what = (
            f"Nothing is asked before {until}; then one call tries."
            if is_open
            else "One call tries now whether it is well again; the others wait."
        )
        notices.append(
            make_notice(
                "error" if is_open else "warning",
                f"The circuit of {health.model} at {health.server} is {health.circuit}.",
                html.P(f"{spell_count(health.n_failures)} calls in a row failed. {what}"),
                html.P(["Last error: ", health.last_error or "not known"]),
                html.P(
                    "People's corrections are learned all the same. Source: table teacher_health.", className="source"
                ),
            )
        )
    return notices
