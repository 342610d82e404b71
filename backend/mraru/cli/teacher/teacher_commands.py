"""The commands around what the teacher is told and how it does: `mraru labels`, `mraru prompt`, `mraru teacher`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mraru.cli.arguments import ProjectArgument

labels_app = typer.Typer(help="Say what labels mean, and which were renamed.", no_args_is_help=True)
teacher_app = typer.Typer(help="Check and measure the teacher.", no_args_is_help=True)
prompt_app = typer.Typer(help="Look at what the LLM is told.", no_args_is_help=True)


@labels_app.command("define")
def define(
    project_id: ProjectArgument,
    label: Annotated[str, typer.Argument(help="A label by its value or its alias.")],
    definition: Annotated[str, typer.Argument(help='What it means; "" removes the definition.')],
) -> None:
    """Define one label."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.definition_list import define_label
    from mraru.settings import load_settings

    define_label(Services(load_settings()), project_id, label, definition)


@labels_app.command("load")
def load(
    project_id: ProjectArgument,
    file: Annotated[Path, typer.Argument(help="A YAML file with a line `label: definition` for each label.")],
) -> None:
    """Define the labels that a file names; an empty definition removes a label's."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.definition_list import load_labels
    from mraru.settings import load_settings

    load_labels(Services(load_settings()), project_id, file)


@labels_app.command("list")
def list_(project_id: ProjectArgument) -> None:
    """Print the labels with their hints and definitions, and what is set aside."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.definition_list import list_labels
    from mraru.settings import load_settings

    list_labels(Services(load_settings()), project_id)


@labels_app.command("rename")
def rename(
    project_id: ProjectArgument,
    old: Annotated[str, typer.Argument(help="A label that the label config has no more, as annotations have it.")],
    new: Annotated[str | None, typer.Argument(help="Its name now, by value or alias.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the renaming of OLD back.")] = False,
) -> None:
    """Let what people and the LLM labelled OLD count as NEW; asks nobody, and changes nothing in Label Studio."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.renamed_labels import rename_command
    from mraru.settings import load_settings
    from mraru.worker.jobs import Jobs

    services = Services(load_settings())
    services.require_store()
    rename_command(services, project_id, old, new, undo=undo, wake=Jobs(services).wake)


@labels_app.command("ask-again")
def ask_again(
    project_id: ProjectArgument,
    label: Annotated[str, typer.Argument(help="A label that the label config has no more.")],
) -> None:
    """Let the LLM be asked again about the texts that it gave a label which is gone; that costs calls again."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.renamed_labels import ask_again_command
    from mraru.settings import load_settings
    from mraru.worker.jobs import Jobs

    services = Services(load_settings())
    services.require_store()
    ask_again_command(services, project_id, label, wake=Jobs(services).wake)


@prompt_app.command("show")
def show(
    project_id: ProjectArgument,
    task_id: Annotated[int, typer.Option("--task", help="Number of the task.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the request's body alone, as JSON.")] = False,
) -> None:
    """Print what the LLM would be sent about a task, and whether it was asked already; asks nobody."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.prompt_display import describe_request
    from mraru.settings import load_settings

    typer.echo(describe_request(Services(load_settings()), project_id, task_id, as_json=as_json))


@teacher_app.command("check")
def check(
    project_id: Annotated[
        int | None, typer.Argument(help="Number of the project whose labels are asked for; made-up ones without it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask also where that may cost more than a cent.")] = False,
) -> None:
    """Ask each LLM that is set one question, for a cent at most, and print what its server understands.

    Exit code 1 if one of them does not work.
    """
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.teacher.teacher_check import check_teachers
    from mraru.settings import load_settings

    with ends_in_order(Services(load_settings())) as services:
        raise typer.Exit(0 if check_teachers(services, project_id, yes=yes) else 1)


@teacher_app.command("eval")
def evaluate(
    project_id: ProjectArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Ask without waiting for a confirmation.")] = False,
) -> None:
    """Measure model and prompt against what people said; says the cost before and asks within the budget."""
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.teacher.teacher_eval import evaluate_teacher
    from mraru.settings import load_settings

    def confirm(question: str) -> bool:
        if yes:
            typer.echo(question)
            return True
        return typer.confirm(question)

    with ends_in_order(Services(load_settings())) as services:
        evaluate_teacher(services, project_id, confirm=confirm)


@teacher_app.command("accuracy")
def accuracy(project_id: ProjectArgument) -> None:
    """Print how each of several teachers does, by their votes and by what people said; asks nobody."""
    from mraru.bootstrap import Services
    from mraru.cli.teacher.teacher_accuracy import show_accuracy
    from mraru.settings import load_settings

    show_accuracy(Services(load_settings()), project_id)


@teacher_app.callback()
def teacher_group() -> None:
    """Check and measure the teacher."""


@prompt_app.callback()
def prompt_group() -> None:
    """Look at what the LLM is told."""
