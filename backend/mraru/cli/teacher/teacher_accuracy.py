"""`mraru teacher accuracy`: how each of several teachers does, from the store alone."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mraru.bootstrap import Services
from mraru.cli.teacher.teacher_eval import describe
from mraru.errors import NothingToMeasure
from mraru.projects.final_labels.stored_teacher_standing import read_standings
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.project_schema import schema_of
from mraru.quality.consensus.teacher_standing import TeacherStanding
from mraru.records import TeacherMode

COLUMNS = ("teacher", "votes", "no label", "agrees", "estimated", "on gold")


def show_accuracy(services: Services, project_id: int, console: Console | None = None) -> None:
    """Print a row for each teacher.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR.
        NothingToMeasure: the project is not known, or no text was labelled by several teachers.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    store, settings = services.require_store(), services.settings
    project = store.projects.get(project_id)
    if project is None:
        raise NothingToMeasure(f"This backend does not know project {project_id}: connect it first.")
    gold = read_labelled_set(store, project_id, schema_of(project)).gold
    names = [llm.name for llm in settings.llms] if settings.several_teachers is not None else []
    standings = read_standings(store, project_id, names, gold, settings.dawid_skene_min_texts)
    if not any(standing.n_votes + standing.n_no_label for standing in standings):
        raise NothingToMeasure(
            f"No text of project {project_id} was labelled by several teachers: set MRARU_TEACHERS_FILE, or see "
            "`mraru teacher eval` for one teacher."
        )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in ("teacher", "on gold") else "right")
    for standing in standings:
        table.add_row(*map(Text, _cells(standing)))
    console.print(f"Teachers of project {project_id} '{project.title}':", soft_wrap=True)
    console.print(table)
    console.print(
        "agrees: its labels that became the text's. estimated: the share of its labels that are right by Dawid-Skene, "
        f"from {settings.dawid_skene_min_texts} texts with three votes or more on (MRARU_DAWID_SKENE_MIN_TEXTS); it "
        "goes by what the teachers say, so it misses what all of them take for the same wrong label. on gold: "
        "compared with people, who look first at texts on which teachers and student differ.",
        soft_wrap=True,
    )
    if settings.several_teachers is not None and settings.several_teachers.mode is TeacherMode.CASCADE:
        console.print("In a cascade, later teachers are asked about hard texts alone: they look worse than they are.")


def _cells(standing: TeacherStanding) -> tuple[str, ...]:
    asked = standing.n_votes + standing.n_no_label
    return (
        standing.name,
        f"{standing.n_votes:,}",
        f"{standing.n_no_label:,}",
        f"{100 * standing.n_agreeing / asked:.1f} %" if asked else "",
        f"{100 * standing.estimated_accuracy:.1f} %" if standing.estimated_accuracy is not None else "not yet",
        describe(standing.on_gold),
    )
