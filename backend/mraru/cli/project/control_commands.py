"""The commands `mraru start`, `mraru pause`, `mraru forget` and `mraru set`."""

from __future__ import annotations

from typing import Annotated

import typer

from mraru.cli.arguments import ProjectArgument


def start_command(project_id: ProjectArgument) -> None:
    """Begin or go on with a project's rounds, also after a pause; stop rules give way as to Start Training."""
    from mraru.bootstrap import Services
    from mraru.cli.project.control_words import start_project
    from mraru.settings import load_settings

    start_project(Services(load_settings()), project_id)


def pause_command(project_id: ProjectArgument) -> None:
    """Begin no call to the teacher for a project until it is started again; corrections are still learned."""
    from mraru.bootstrap import Services
    from mraru.cli.project.control_words import pause_project
    from mraru.settings import load_settings

    pause_project(Services(load_settings()), project_id)


def forget_command(
    project_id: ProjectArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove what is kept of a project that is gone from Label Studio or disconnected; its calls stay in the ledger."""
    from mraru.bootstrap import Services
    from mraru.cli.project.forget import forget_project
    from mraru.settings import load_settings

    if not forget_project(Services(load_settings()), project_id, is_confirmed=yes):
        raise typer.Exit(1)


def set_command(
    project_id: ProjectArgument,
    name: Annotated[str | None, typer.Argument(help="A setting, such as MRARU_MAX_CALLS.")] = None,
    value: Annotated[str | None, typer.Argument(help='Its value in this project; "none" for no limit.')] = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="NAME", help="Let the server's hold again; repeatable.")
    ] = None,
) -> None:
    """Set something for one project alone; without a name, list what can be set and what is."""
    from mraru.bootstrap import Services
    from mraru.cli.project.control_words import set_for_project
    from mraru.settings import load_settings

    set_for_project(Services(load_settings()), project_id, name, value, unset or ())
