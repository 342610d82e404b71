"""The command `mraru doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor_command(
    project_id: Annotated[
        int | None, typer.Argument(help="Number of the project to look at; the installation alone without it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Find what is wrong with the installation and a project, and say what to do; changes nothing, asks no LLM.

    Exit code 0 if nothing is wrong, 1 for warnings, 2 for errors.
    """
    from mraru.cli.upkeep.doctor_words import run_doctor
    from mraru.settings import load_settings

    raise typer.Exit(run_doctor(load_settings, project_id, as_json=as_json))
