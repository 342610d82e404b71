"""The commands `mraru cost` and `mraru ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mraru.budget_records import CostGroup
from mraru.cli.arguments import ProjectArgument
from mraru.cli.money.export_format import ExportFormat

cost_app = typer.Typer(help="What the teacher costs, and would cost.", no_args_is_help=True)
ledger_app = typer.Typer(help="The book of every call to the teacher.", no_args_is_help=True)


MaybeProjectArgument = Annotated[int | None, typer.Argument(help="Number of the project; all projects without it.")]


@cost_app.command()
def report(
    project_id: MaybeProjectArgument = None,
    by: Annotated[list[CostGroup] | None, typer.Option("--by", help="Only this table; may be repeated.")] = None,
) -> None:
    """Print what was paid by project, round, model, prompt and day, from the ledger."""
    from mraru.bootstrap import Services
    from mraru.cli.money.cost_report import report_costs
    from mraru.settings import load_settings

    report_costs(Services(load_settings()), project_id, by or tuple(CostGroup))


@cost_app.command()
def estimate(
    project_id: ProjectArgument,
    sample: Annotated[int, typer.Option("--sample", min=1, help="Texts whose prompts are measured.")] = 200,
) -> None:
    """Print what the planned budget buys, against labelling everything; asks nobody."""
    from mraru.bootstrap import Services
    from mraru.cli.money.cost_estimate_lines import estimate_costs
    from mraru.settings import load_settings

    estimate_costs(Services(load_settings()), project_id, sample)


@cost_app.command("reset-bound")
def reset(model: Annotated[str, typer.Argument(help="Name of the model, as in OPENAI_MODEL.")]) -> None:
    """Reserve no more than the bound for a model's calls again, after one of them went beyond it."""
    from mraru.bootstrap import Services
    from mraru.cli.money.bound_reset import reset_bound
    from mraru.settings import load_settings

    reset_bound(Services(load_settings()), model)


@ledger_app.command()
def export(
    project_id: MaybeProjectArgument = None,
    format_: Annotated[
        ExportFormat, typer.Option("--format", help="For spreadsheets, or JSON Lines.")
    ] = ExportFormat.CSV,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; standard output without it.")] = None,
) -> None:
    """Write every call as CSV or JSON Lines: who asked what, answer, usage, cost, times; no texts, no keys."""
    from mraru.bootstrap import Services
    from mraru.cli.money.ledger_export import export_ledger
    from mraru.settings import load_settings

    export_ledger(Services(load_settings()), project_id, format_, output)
