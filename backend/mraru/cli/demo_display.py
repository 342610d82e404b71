"""What the demo shows: a bar for what is being done, a line for each round, a summary, the addresses."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

KINDS = {"seed": "seeding", "mraru": "M-RARU", "random": "random", "corrections": "corrections"}


class RoundDisplay:
    """A live bar, and a line printed as each round ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._n_shown = 0

    def __enter__(self) -> Self:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            console=self._console,
            transient=True,
        )
        self._bar = self._progress.add_task("waiting for the worker", total=None, counts="")
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, summary: dict[str, Any]) -> None:
        """Bring the display up to what the backend says."""
        done = [round_ for round_ in summary["rounds"] if round_["step"] == "done"]
        for round_ in done[self._n_shown :]:
            self._console.print(describe_round(round_, summary), markup=False, soft_wrap=True)
        self._n_shown = len(done)
        counts = f"{summary['n_done']:,} of {summary['n_total']:,}" if summary["n_total"] else ""
        self._progress.update(
            self._bar,
            description=describe_state(summary, len(done)),
            completed=summary["n_done"],
            total=summary["n_total"] or None,
            counts=f"{counts}  {summary['n_tasks']:,} tasks, {summary['n_embedded']:,} embedded",
        )


def describe_state(summary: dict[str, Any], n_done: int) -> str:
    """What is being done now."""
    if not summary["phase"]:
        return "waiting for people" if summary["state"] == "stopped" else str(summary["state"])
    if n_done < len(summary["rounds"]) or summary["state"] == "running":
        return f"round {n_done + 1}: {summary['phase']}"
    return f"covering the rest: {summary['phase']}"


def describe_round(round_: dict[str, Any], summary: dict[str, Any]) -> str:
    """A round in one line."""
    parts = []
    if round_["n_visited"]:
        rate = round_["acceptance_rate"]
        parts.append(f"visited {round_['n_visited']:,}, accepted {round_['n_accepted']} ({rate:.0%})")
    by_people = f" ({round_['n_gold']} by people)" if round_["n_gold"] else ""
    parts.append(f"{round_['n_labels']} labels{by_people}")
    if round_["agreement"] is not None:
        parts.append(f"student and teacher agree on {round_['agreement']:.0%}")
    parts.append(f"spent ${summary['teacher']['cost_usd']:.4f}")
    return f"round {round_['number']:>3} {KINDS.get(round_['kind'], round_['kind'])}: {'; '.join(parts)}"


def print_summary(console: Console, summary: dict[str, Any], share_right: float | None) -> None:
    """What the rounds brought."""
    teacher = summary["teacher"]
    saved = 1 - teacher["n_labels"] / max(1, summary["n_texts"])
    lines = [
        f"stopped because: {summary['reason']}",
        f"{summary['n_predictions']:,} tasks have a prediction in Label Studio under {summary['served_version']}",
        f"{teacher['name']} labelled {teacher['n_labels']} of them with {teacher['n_calls']} calls "
        f"for ${teacher['cost_usd']:.4f}: {saved:.0%} of the calls saved",
    ]
    if share_right is not None:
        lines.append(f"{share_right:.1%} of the predictions are the corpus's own labels")
    lines += [f"{warning['level']}: {warning['message']} {warning['remedy']}" for warning in summary["warnings"]]
    console.print(Panel(Text("\n".join(lines)), title=Text(summary["title"]), expand=False))


def print_addresses(
    console: Console, label_studio_url: str, backend_url: str, project_id: int, email: str, password: str
) -> None:
    """Where to look and how to log in."""
    console.print(
        Panel(
            f"Label Studio   {label_studio_url}/projects/{project_id}/data\n"
            f"login          {email}\n"
            f"password       {password}\n"
            f"dashboard      {backend_url}/dashboard/projects/{project_id}\n"
            f"backend        {backend_url}/api/projects/{project_id}\n\n"
            "Click 'Label All Tasks': the least sure label comes first.\n"
            "Ctrl-C stops everything.",
            title="ready",
            expand=False,
        )
    )
