"""The state of a project in words: what is being done now, how far it is, and why it stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from mraru.records import CircuitState, TeacherHealth
from mraru.reporting.control_figures import is_known_empty
from mraru.reporting.teacher_words import TeacherWords
from mraru.store.projects.project_repository import ROUNDS_DONE, ProgressPhase, Project, ProjectState
from mraru.store.store import Store
from mraru.web.dashboard.elements.cards import aria, make_notice, make_words
from mraru.web.dashboard.elements.spelling import spell_count, spell_time

PHASES: Mapping[ProgressPhase, str] = {
    ProgressPhase.SYNCING: "Reading tasks",
    ProgressPhase.SEEDING: "Choosing the first texts",
    ProgressPhase.SELECTING: "Choosing texts",
    ProgressPhase.ASKING: "Asking the {teacher}",
    ProgressPhase.WAITING: "Waiting for a batch job",
    ProgressPhase.TRAINING: "The student is learning",
    ProgressPhase.EMBEDDING: "Reading texts",
    ProgressPhase.PUSHING: "Writing labels into Label Studio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInWords:
    kind: str  # of its colour: `busy`, `waiting`, `still` or `failed`
    word: str
    detail: str


def spell_state(project: Project, words: TeacherWords, *, is_empty: bool = False) -> StateInWords:
    """What a project is at.

    Args:
        is_empty: whether Label Studio has no tasks in it.
    """
    reason = words.say(project.reason)
    match project.state:
        case ProjectState.DISCONNECTED:
            detail = f"Nothing is done for it until it is connected again: `mraru connect {project.project_id}`."
            return StateInWords(kind="still", word="Disconnected", detail=detail)
        case ProjectState.FAILED:
            return StateInWords(kind="failed", word="Failed", detail=reason)
        case ProjectState.GONE:
            again = f" It is looked at again at {spell_time(project.retry_at)}." if project.retry_at is not None else ""
            return StateInWords(kind="failed", word="Gone", detail=reason + again)
        case _ if is_empty:
            detail = "This project has no tasks yet: import some in Label Studio."
            return StateInWords(kind="still", word="Empty", detail=detail)
        case ProjectState.CONNECTED:
            return StateInWords(kind="still", word="Not started", detail=reason or "Start it to have texts labelled.")
        case ProjectState.RUNNING if project.phase is ProgressPhase.IDLE:
            return StateInWords(kind="busy", word="Queued", detail=reason or "It is taken up in a moment.")
        case ProjectState.RUNNING:
            return StateInWords(kind="busy", word=PHASES[project.phase].format(teacher=words.name), detail=reason)
        case ProjectState.PAUSED if project.has_given_up:
            return StateInWords(kind="failed", word="Paused", detail=reason)
        case ProjectState.PAUSED if project.waits_for_people:
            why = "The round that was asked for is done." if reason == ROUNDS_DONE else "A person paused it."
            detail = f"{why} Start it to go on; people's labels are learned all the same."
            return StateInWords(kind="waiting", word="Paused", detail=detail)
        case ProjectState.PAUSED:
            until = f" It goes on by itself at {spell_time(project.retry_at)}." if project.retry_at is not None else ""
            return StateInWords(kind="waiting", word="Paused", detail=(reason + until).strip())
        case ProjectState.STOPPED:
            return StateInWords(
                kind="still", word="Waiting for people", detail=f"Rounds have ended: {reason.rstrip('.')}."
            )


def make_state(store: Store, project: Project, words: TeacherWords) -> list[Component | str]:
    """The state and its reason; without a count, so that screen readers are told of a new state, not of each text."""
    state = spell_state(project, words, is_empty=is_known_empty(store, project))
    return [
        html.Span(state.word, className=f"chip {state.kind}"),
        " ",
        html.Span(make_words(state.detail), className="detail"),
    ]


def make_progress(project: Project, words: TeacherWords) -> Component | None:
    """A bar while something is under way."""
    if project.state is not ProjectState.RUNNING or project.n_total <= 0:
        return None
    done = f"{spell_count(project.n_done)} of {spell_count(project.n_total)}"
    what = PHASES.get(project.phase, "Progress").format(teacher=words.name)
    return html.Div(
        [
            html.Progress(
                value=str(min(project.n_done, project.n_total)),
                max=str(project.n_total),
                **aria(label=f"{what}: {done}"),
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
        what = (
            f"Nothing is asked before {spell_time(health.opened_until)}; then one call tries."
            if is_open
            else "One call tries now whether it answers again; the others wait."
        )
        notices.append(
            make_notice(
                "error" if is_open else "warning",
                f"{health.model} at {health.server} does not answer.",
                html.P(f"{spell_count(health.n_failures)} calls in a row failed. {what}"),
                html.P(["Last error: ", *make_words(health.last_error or "not known")]),
                html.P("People's labels are learned all the same."),
            )
        )
    return notices
