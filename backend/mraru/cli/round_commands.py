"""The commands `mraru round` and `mraru batches`."""

from __future__ import annotations

from typing import Annotated

import typer

from mraru.cli.teacher_commands import ProjectArgument


def round_command(
    project_id: ProjectArgument,
    batch_api: Annotated[
        bool, typer.Option("--batch-api", help="Ask about its texts as a batch job: half the price, within a day.")
    ] = False,
) -> None:
    """Run one round of a project now, until its predictions are in Label Studio; Ctrl-C interrupts it."""
    from mraru.bootstrap import Services
    from mraru.cli.round import run_round
    from mraru.settings import load_settings

    settings = load_settings(batch_api=True) if batch_api else load_settings()
    raise typer.Exit(run_round(Services(settings), project_id))


def batches_command(
    project_id: ProjectArgument,
    cancel: Annotated[
        int | None, typer.Option("--cancel", metavar="JOB", help="End this job; what it has answered by then is kept.")
    ] = None,
) -> None:
    """List the batch jobs of a project, or cancel one."""
    from mraru.bootstrap import Services
    from mraru.cli.batches import cancel_batch, list_batches
    from mraru.settings import load_settings

    services = Services(load_settings())
    if cancel is None:
        list_batches(services, project_id)
    else:
        cancel_batch(services, project_id, cancel)
