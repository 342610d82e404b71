"""`mraru tidy`: removes further predictions of ours from a project of Label Studio."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mraru.bootstrap import Services
from mraru.errors import ProjectBusy, ProjectUnknown, WorkInterrupted
from mraru.projects.predictions.tidying import Tidied, Tidying
from mraru.projects.project_schema import schema_of
from mraru.quantities import choose_form, spell_quantity
from mraru.store.tasks.prediction_repository import RowState

LOOK_S = 0.5  # seconds between two looks whether the worker pauses
FORMS = (
    "Best when nobody labels: whoever has one of them selected on a form that is open cannot submit that form any more "
    "and has to load it again."
)


def tidy_predictions(services: Services, project_id: int, console: Console | None = None) -> Tidied:
    """Remove what a task holds of ours beside one final label and one label of each LLM, and say what was done.

    The worker may work in between.

    Raises:
        ProjectUnknown: the store does not know the project.
        ProjectReplaced: it knows another one of that number, whose predictions have other numbers.
        LabelConfigError: the project's label config is not supported.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    store = services.require_store()
    project = store.projects.get(project_id)
    if project is None:
        raise ProjectUnknown
    label_studio = services.label_studio(project_id)
    store.projects.require_same(label_studio.describe_project(project_id))
    tidying = Tidying(
        store=store,
        project_id=project_id,
        label_studio=label_studio,
        schema=schema_of(project),
        clock=services.clock,
        should_stop=services.stopping.is_set,
    )
    with _turn(services, project_id, console):
        n_further = tidying.look()
    done = Tidied()
    if n_further:
        console.print(
            f"{spell_quantity(n_further, 'prediction')} {choose_form(n_further, 'is', 'are')} superseded. {FORMS}"
        )
        done = _remove(services, project_id, tidying, n_further, console)
    console.print(_describe(done))
    n_renamed = store.predictions.count_in_state(project_id, RowState.STALE)
    if n_renamed:
        console.print(
            f"{spell_quantity(n_renamed, 'prediction')} {choose_form(n_renamed, 'stands', 'stand')} under a "
            "former name or in a former form: the backend changes that in "
            "place when no round is under way and nobody labels."
        )
    return done


def _remove(services: Services, project_id: int, tidying: Tidying, n_further: int, console: Console) -> Tidied:
    n_removed = n_kept = 0
    columns = (TextColumn("removing"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=n_further)
        while True:
            with _turn(services, project_id, console):  # for some at a time: corrections are learned in between
                done = tidying.remove()
            n_removed += done.n_removed
            n_kept += done.n_kept
            progress.update(bar, completed=n_removed + n_kept)
            if not done.n_left:
                return Tidied(n_removed=n_removed, n_kept=n_kept)


@contextmanager
def _turn(services: Services, project_id: int, console: Console) -> Iterator[None]:
    """Hold the project's lease as soon as the worker has done its piece of work."""
    with ExitStack() as stack:
        is_told = False
        while True:
            try:
                stack.enter_context(services.store.leases.hold(project_id))
                break
            except ProjectBusy:
                if not is_told:
                    console.print("The worker is at work on this project: waiting for its next pause.")
                    is_told = True
            if services.stopping.wait(LOOK_S):
                raise WorkInterrupted
        yield


def _describe(done: Tidied) -> str:
    if not done.n_removed and not done.n_kept:
        return "Nothing to remove: each task has at most one final label and one label of each LLM."
    kept = f" {done.n_kept:,} stay, because annotations refer to them." if done.n_kept else ""
    return f"Removed {done.n_removed:,} superseded predictions.{kept}"
