"""What the demo shows: a bar for what is being done, a line for each round, a summary, the addresses."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from mraru.quality.audit.shares import LEAST_TEXTS
from mraru.quantities import choose_form, spell_quantity

KINDS = {"seed": "seeding", "mraru": "M-RARU", "random": "random", "corrections": "corrections"}


class RoundDisplay:
    """A live bar, and a line printed as each round ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: set[int] = set()  # numbers of rounds

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

    def say(self, line: str) -> None:
        """A line above the display."""
        self._console.print(line, markup=False, soft_wrap=True)

    def show(self, summary: dict[str, Any]) -> None:
        """Bring the display up to what the backend says."""
        for round_ in summary["rounds"]:  # the newest ones
            if round_["step"] == "done" and round_["number"] not in self._shown:
                self._shown.add(round_["number"])
                self._console.print(describe_round(round_, summary), markup=False, soft_wrap=True)
        counts = f"{summary['n_done']:,} of {summary['n_total']:,}" if summary["n_total"] else ""
        self._progress.update(
            self._bar,
            description=describe_state(summary),
            completed=summary["n_done"],
            total=summary["n_total"] or None,
            counts=f"{counts}  {spell_quantity(summary['n_tasks'], 'task')}, {summary['n_embedded']:,} embedded",
        )


def describe_state(summary: dict[str, Any]) -> str:
    """What is being done now."""
    n_open = sum(round_["step"] != "done" for round_ in summary["rounds"])
    if not summary["phase"]:
        return "waiting for people" if summary["state"] == "stopped" else str(summary["state"])
    if n_open or summary["state"] == "running":
        return f"round {summary['n_rounds'] - n_open + 1}: {summary['phase']}"
    return f"covering the rest: {summary['phase']}"


def describe_round(round_: dict[str, Any], summary: dict[str, Any]) -> str:
    """A round in one line."""
    parts = []
    if round_["n_looked_at"]:
        texts = spell_quantity(round_["n_looked_at"], "text")
        parts.append(f"looked at {texts}, asked about {round_['n_accepted']} ({round_['share_asked']:.0%})")
    by_people = f" ({round_['n_gold']} by people)" if round_["n_gold"] else ""
    parts.append(f"{spell_quantity(round_['n_labels'], 'label')}{by_people}")
    if round_["agreement"] is not None and round_["n_judged"] >= LEAST_TEXTS:
        parts.append(f"student and teacher agree on {round_['agreement']:.0%}")
    parts.append(f"spent ${summary['teacher']['cost_usd']:.4f}")
    return f"round {round_['number']:>3} {KINDS.get(round_['kind'], round_['kind'])}: {'; '.join(parts)}"


def print_summary(console: Console, summary: dict[str, Any], share_right: float | None) -> None:
    """What the rounds brought."""
    teacher = summary["teacher"]
    n_texts, n_paid = summary["n_texts"], teacher["n_texts_paid"]
    n_there = max(0, teacher["n_labels"] + teacher["n_no_label"] - n_paid)
    saved = 1 - n_paid / max(1, n_texts)
    lines = [
        f"stopped because: {summary['reason']}",
        f"{spell_quantity(summary['n_predictions'], 'task')} "
        f"{choose_form(summary['n_predictions'], 'has', 'have')} a prediction in Label Studio under "
        f"{summary['served_version']}",
        f"{teacher['name']} labelled {teacher['n_labels']:,} of {spell_quantity(n_texts, 'text')} with "
        f"{spell_quantity(teacher['n_calls'], 'call')} for ${teacher['cost_usd']:.4f}: {saved:.0%} of the texts took "
        "no call",
    ]
    if n_there:
        lines.append(f"{spell_quantity(n_there, 'text')} had an answer that was there before, as of another project")
    if share_right is not None:
        lines.append(f"{share_right:.1%} of the predictions are the corpus's own labels")
    lines += [f"{warning['level']}: {warning['message']} {warning['remedy']}" for warning in summary["warnings"]]
    console.print(Panel(Text("\n".join(lines)), title=Text(summary["title"]), expand=False))


def name_command() -> str:
    """How `mraru` is called from a shell here: by its name where that finds this very one."""
    ours = Path(sys.executable).with_name("mraru")
    found = shutil.which("mraru")
    return "mraru" if found is not None and Path(found).resolve() == ours.resolve() else str(ours)


def print_addresses(
    console: Console, label_studio_url: str, backend_url: str, project_id: int, email: str, password: str, folder: Path
) -> None:
    """Where to look and how to log in."""
    console.print(
        Panel(
            f"Label Studio   {label_studio_url}/projects/{project_id}/data\n"
            f"login          {email}\n"
            f"password       {password}\n"
            f"dashboard      {backend_url}/dashboard/projects/{project_id}\n"
            f"backend        {backend_url}/api/projects/{project_id}\n"
            f"commands       cd {folder}, then: {name_command()} report {project_id}\n\n"
            "Click 'Label All Tasks': the least sure label comes first.\n"
            "Ctrl-C stops everything.",
            title="ready",
            expand=False,
        )
    )
