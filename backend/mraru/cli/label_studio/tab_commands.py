"""The commands `mraru tabs` and `mraru tidy`, about what Label Studio shows of ours."""

from __future__ import annotations

from typing import Annotated

import typer

from mraru.cli.arguments import ProjectArgument


def tabs_command(
    project_id: ProjectArgument,
    restore: Annotated[bool, typer.Option("--restore", help="Make tabs again that the team deleted.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take our tabs out of the Data Manager.")] = False,
) -> None:
    """Bring this backend's tabs in a project's Data Manager up to date, and list them."""
    from mraru.bootstrap import Services
    from mraru.cli.label_studio.tab_words import refresh_tabs, remove_tabs
    from mraru.settings import load_settings

    if restore and remove:
        raise typer.BadParameter("--restore and --remove exclude each other")
    services = Services(load_settings())
    if remove:
        remove_tabs(services, project_id)
    else:
        refresh_tabs(services, project_id, restore=restore)


def tidy_command(project_id: ProjectArgument) -> None:
    """Remove superseded predictions of this backend from a project in Label Studio."""
    from mraru.bootstrap import Services
    from mraru.cli.label_studio.tidy import tidy_predictions
    from mraru.settings import load_settings

    tidy_predictions(Services(load_settings()), project_id)
