"""What `mraru simulate` prints: labels, dollars and hours that stopping early would have saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from mraru.benchmark.report.run_summary import Row
from mraru.benchmark.studies.stopping.savings import LabelPrice, Savings, savings_band

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedProject:
    """What was replayed."""

    title: str
    n_texts: int  # distinct, that people labelled
    n_classes: int
    n_held_out: int  # of them, to measure on


def print_savings(console: Console, project: SimulatedProject, rows: Sequence[Row], price: LabelPrice) -> None:
    """Print one row for random sampling and one for the rule, against labelling everything that there is."""
    n_all = rows[0].n_labels
    console.print(
        f"'{project.title}': {project.n_texts:,} distinct texts that people labelled, in "
        f"{project.n_classes} classes; {project.n_held_out:,} of them are held out to measure on. "
        "Their annotations play the teacher: no LLM was asked."
    )
    console.print(
        f"Student {rows[0].spec.student}, {rows[0].n_seeds} replays of each, trained anew after every "
        f"{rows[0].spec.batch_size * rows[0].spec.retrain_every} labels. With {n_all:,} labels drawn at random its "
        f"accuracy is {rows[0].accuracy.mean:.3f}."
    )
    table = Table(title="Labels until the student is as good, and what stopping there saves (95 % band)")
    for name in ("rule", "labels", "saved", "dollars", "time"):
        table.add_column(name, justify="left" if name == "rule" else "right")
    for row in rows:
        if row.reach is None:
            continue
        saved = savings_band(row.reach, n_all, price)
        table.add_row(
            row.spec.rule,
            "never" if row.reach.labels is None else f"{row.reach.labels:,}",
            _band([f"{found.labels:,}" if found else None for found in saved]),
            _band([_dollars(found) for found in saved]),
            _band([_time(found) for found in saved]),
        )
    console.print(table)
    if price.usd is None:
        console.print("Dollars are not known: set an LLM (OPENAI_MODEL), or give --usd-per-label.")
    else:
        console.print(f"A label costs ${price.usd:.6f}.")
    if price.seconds is None:
        console.print("The time is not known, as the annotations hold no times: give --seconds-per-label.")
    else:
        console.print(f"A label takes a person {price.seconds:.1f} s.")


def _band(shown: list[str | None]) -> str:
    """The mean, and in brackets the band's edges."""
    mean, low, high = shown
    if mean is None:
        return "none"
    return f"{mean} ({low or 'none'}–{high or 'none'})"


def _dollars(found: Savings | None) -> str | None:
    if found is None:
        return None
    return UNKNOWN if found.usd is None else f"${found.usd:,.2f}"


def _time(found: Savings | None) -> str | None:
    if found is None:
        return None
    return UNKNOWN if found.hours is None else spell_hours(found.hours)


def spell_hours(hours: float) -> str:
    """A time that people spend: in minutes up to two hours.

    >>> spell_hours(0.004), spell_hours(0.2), spell_hours(1.5), spell_hours(3.25)
    ('0.2 min', '12 min', '90 min', '3.2 h')
    """
    minutes = 60.0 * hours
    if abs(minutes) < 10:
        return f"{minutes:.1f} min"
    return f"{minutes:.0f} min" if abs(hours) < 2 else f"{hours:,.1f} h"
