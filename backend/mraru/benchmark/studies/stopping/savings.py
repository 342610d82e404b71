"""What a labelled project would have needed, had M-RARU chosen what to label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from mraru.benchmark.report.run_summary import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """Labels, dollars and hours; None where not known, or where nothing was saved for certain."""

    labels: int
    usd: float | None
    hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrice:
    """What one label costs; None: not known."""

    usd: float | None
    seconds: float | None


def savings(n_labels: int | None, n_all: int, price: LabelPrice) -> Savings | None:
    """What is saved when so many labels take the place of all of them; None if that is never enough.

    >>> savings(200, 1000, LabelPrice(usd=0.01, seconds=9.0))
    Savings(labels=800, usd=8.0, hours=2.0)
    """
    if n_labels is None:
        return None
    saved = n_all - n_labels
    return Savings(
        labels=saved,
        usd=None if price.usd is None else saved * price.usd,
        hours=None if price.seconds is None else saved * price.seconds / 3600,
    )


def savings_band(reach: Reach, n_all: int, price: LabelPrice) -> tuple[Savings | None, Savings | None, Savings | None]:
    """By the mean curve, and at the least and the most by the edges of its 95 % band."""
    return (
        savings(reach.labels, n_all, price),
        savings(reach.most, n_all, price),
        savings(reach.fewest, n_all, price),
    )


def median_seconds(lead_times_s: Sequence[float | None]) -> float | None:
    """The median of the times that people took; None if none is known.

    >>> median_seconds([2.0, None, 4.0, 600.0]), median_seconds([None])
    (4.0, None)
    """
    known = [lead_time for lead_time in lead_times_s if lead_time]
    return median(known) if known else None
