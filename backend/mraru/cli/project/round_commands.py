"""The commands about a project: `mraru round`, `mraru batches`, `mraru report` and `mraru audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mraru.cli.arguments import ProjectArgument


def round_command(
    project_id: ProjectArgument,
    batch_api: Annotated[
        bool, typer.Option("--batch-api", help="Ask about its texts as a batch job: half the price, within a day.")
    ] = False,
) -> None:
    """Run one round of a project now, until its predictions are in Label Studio; Ctrl-C interrupts it."""
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.project.one_round import run_round
    from mraru.settings import load_settings

    settings = load_settings(batch_api=True) if batch_api else load_settings()
    with ends_in_order(Services(settings)) as services:
        raise typer.Exit(run_round(services, project_id))


def batches_command(
    project_id: ProjectArgument,
    cancel: Annotated[
        int | None, typer.Option("--cancel", metavar="JOB", help="End this job; what it has answered by then is kept.")
    ] = None,
) -> None:
    """List the batch jobs of a project, or cancel one."""
    from mraru.bootstrap import Services
    from mraru.cli.project.batch_list import cancel_batch, list_batches
    from mraru.settings import load_settings

    services = Services(load_settings())
    if cancel is None:
        list_batches(services, project_id)
    else:
        cancel_batch(services, project_id, cancel)


def report_command(
    project_id: ProjectArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where to write; else mraru-report-PROJECT.")
    ] = None,
) -> None:
    """Write what is known of a project, with intervals, as one HTML file and as Markdown."""
    from mraru.bootstrap import Services
    from mraru.cli.project.report_file import write_report
    from mraru.settings import load_settings

    write_report(Services(load_settings()), project_id, out or Path(f"mraru-report-{project_id}"))


def audit_command(project_id: ProjectArgument) -> None:
    """Print how good LLM, student and labels are by the audit sample, with 95 % intervals; asks nobody."""
    from mraru.bootstrap import Services
    from mraru.cli.project.audit_lines import show_audit
    from mraru.settings import load_settings

    show_audit(Services(load_settings()), project_id)
