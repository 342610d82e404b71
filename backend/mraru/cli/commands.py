"""The commands of `mraru`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mraru import __version__
from mraru.cli.arguments import ProjectArgument
from mraru.cli.label_studio.tab_commands import tabs_command, tidy_command
from mraru.cli.measuring.benchmark_commands import benchmark, simulate
from mraru.cli.money.money_commands import cost_app, ledger_app
from mraru.cli.project.control_commands import forget_command, pause_command, set_command, start_command
from mraru.cli.project.round_commands import audit_command, batches_command, report_command, round_command
from mraru.cli.teacher.draft_commands import accept, dismiss, suggest
from mraru.cli.teacher.teacher_commands import labels_app, prompt_app, teacher_app
from mraru.cli.upkeep.backup_commands import backup_command, restore_command
from mraru.cli.upkeep.doctor_command import doctor_command
from mraru.errors import MRaruError

app = typer.Typer(
    help="M-RARU for Label Studio: an LLM labels what teaches most, a small model the rest, people correct.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("round")(round_command)
app.command("batches")(batches_command)
app.command("tabs")(tabs_command)
app.command("tidy")(tidy_command)
app.command("audit")(audit_command)
app.command("report")(report_command)
app.command("doctor")(doctor_command)
app.command("start")(start_command)
app.command("pause")(pause_command)
app.command("set")(set_command)
app.command("forget")(forget_command)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
for draft_command in (suggest, accept, dismiss):
    labels_app.command()(draft_command)
app.add_typer(labels_app, name="labels")
app.add_typer(prompt_app, name="prompt")
app.add_typer(teacher_app, name="teacher")
app.add_typer(cost_app, name="cost")
app.add_typer(ledger_app, name="ledger")
app.command()(benchmark)
app.command()(simulate)

BackendUrlOption = Annotated[
    str | None,
    typer.Option(
        "--backend-url",
        help="Address of this backend as Label Studio reaches it; else MRARU_BACKEND_URL, or localhost with PORT.",
    ),
]


def run() -> None:
    """Run a command; an error of ours, and a file that cannot be read or written, is one line and exit code 1."""
    try:
        app()
    except MRaruError as exc:
        _say(str(exc))
    except OSError as exc:
        _say(f"{exc.filename or 'a file or connection'}: {exc.strerror or exc}. Nothing after this was done.")


def _say(message: str) -> None:
    line = Text.assemble(("mraru:", "bold red"), f" {message}")  # not markup: a message may hold brackets
    Console(stderr=True, highlight=False).print(line, soft_wrap=True)
    sys.exit(1)


@app.callback(invoke_without_command=True)
def version_option(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"mraru {__version__}")
        raise typer.Exit


@app.command()
def serve(
    check: Annotated[
        bool, typer.Option("--check", help="Check the settings and end, with exit code 1 if wrong.")
    ] = False,
) -> None:
    """Run the backend: web server and worker, until Ctrl-C."""
    from mraru.cli.server.serve import check_settings, serve_backend
    from mraru.settings import load_settings

    if check:
        check_settings(load_settings())
        return
    raise typer.Exit(serve_backend(load_settings()))


@app.command()
def worker(
    ends_with_parent: Annotated[
        bool,
        typer.Option("--ends-with-parent", help="Stop when standard input closes, as `mraru serve` ends."),
    ] = False,
) -> None:
    """Run the worker alone, beside a web server started otherwise."""
    from mraru.bootstrap import Services
    from mraru.bootstrap.warm_up import import_late_parts
    from mraru.cli.logs import configure_logging
    from mraru.settings import load_settings
    from mraru.worker.consumer import run_worker

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    import_late_parts()
    run_worker(Services(settings), ends_with_parent=ends_with_parent)


@app.command()
def connect(
    project_id: ProjectArgument,
    backend_url: BackendUrlOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Connect it also where its texts look like none, such as addresses of files."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Ask each LLM one question, for a cent at most.")
    ] = True,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="A control of the label config to answer; once for each. Without, as chosen before, else all.",
        ),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(
            "--text",
            metavar="NAME",
            help="A text tag of the label config to read, too; once for each. Texts that read otherwise than before "
            "are asked about anew.",
        ),
    ] = None,
) -> None:
    """Connect a project of Label Studio to this backend; running it twice changes nothing."""
    from mraru.bootstrap import Services
    from mraru.cli.interrupts import ends_in_order
    from mraru.cli.label_studio.connect_words import connect_command
    from mraru.cli.upkeep.doctor_words import look_before_connecting
    from mraru.settings import load_settings

    settings = load_settings()
    look_before_connecting(settings, backend_url)
    services = Services(settings)
    try:
        with ends_in_order(services):
            connect_command(
                services,
                project_id,
                backend_url,
                force=force,
                with_check=check,
                only=",".join(only or ()) or None,
                texts=tuple(text or ()),
            )
    finally:
        services.close_clients()


@app.command()
def disconnect(project_id: ProjectArgument, backend_url: BackendUrlOption = None) -> None:
    """Take this backend and its webhook out of a project; labels and predictions stay."""
    from mraru.cli.label_studio.connect_words import disconnect_command
    from mraru.settings import load_settings

    disconnect_command(load_settings(), project_id, backend_url)


@app.command("go-on")
def go_on(
    project_id: ProjectArgument,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="Rounds to go on for; MRARU_GO_ON_ROUNDS without it.")
    ] = None,
) -> None:
    """Overrule the stop rules that ended a project's rounds, for some more rounds; budgets still hold."""
    from mraru.bootstrap import Services
    from mraru.cli.project.go_on import overrule_stop_rules
    from mraru.settings import load_settings

    overrule_stop_rules(Services(load_settings()), project_id, rounds)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop with a summary after the rounds.")] = False,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=0, help="Rounds to run; 3 with --once, else until the budget ends.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Texts of your own instead of BBC News.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Column of the CSV file that holds the texts.")] = None,
    labels: Annotated[
        str | None, typer.Option("--labels", help="Labels for your own texts, separated by commas.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Use only the first texts.")] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where the demo keeps everything.")] = Path("mraru-demo"),
    label_studio_venv: Annotated[
        Path | None, typer.Option("--label-studio-venv", help="Virtual environment for Label Studio.")
    ] = None,
) -> None:
    """Start a real Label Studio and the backend on real texts, and stay up until Ctrl-C."""
    from mraru.cli.demonstration.demo_run import DemoOptions, run_demo
    from mraru.settings import load_settings

    options = DemoOptions(
        once=once,
        rounds=rounds,
        csv=csv,
        text_column=text,
        labels=tuple(label.strip() for label in labels.split(",") if label.strip()) if labels else None,
        limit=limit,
        folder=folder,
        label_studio_venv=label_studio_venv or folder / "label-studio-venv",
    )
    raise typer.Exit(run_demo(load_settings(), options))


@app.command()
def settings() -> None:
    """Print the page that describes every setting, as Markdown."""
    from mraru.cli.upkeep.settings_page import settings_page

    typer.echo(settings_page(), nl=False)
