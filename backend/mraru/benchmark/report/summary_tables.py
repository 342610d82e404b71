"""The rows of the summary as tables for people, and flat for spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from mraru.benchmark.report.run_summary import Reach, Row
from mraru.benchmark.report.seed_curves import Estimate

NONE = "–"
Column = tuple[str, Callable[[Row], str]]
Number = float | int | str | None

ROW_NAMES: tuple[Column, ...] = (
    ("data set", lambda row: row.spec.data_set),
    ("student", lambda row: row.spec.student),
    ("condition", lambda row: row.spec.condition or NONE),
    ("rule", lambda row: row.spec.rule),
)
LEARNING: tuple[Column, ...] = (
    ("labels", lambda row: f"{row.n_labels:,}"),
    ("accuracy", lambda row: show_estimate(row.accuracy)),
    ("balanced", lambda row: show_estimate(row.balanced_accuracy)),
    ("labels to reach random's end", lambda row: show_reach(row.reach)),
    ("cut", lambda row: show_cut(row.reach)),
    ("the same, balanced", lambda row: show_reach(row.balanced_reach)),
    ("cut, balanced", lambda row: show_cut(row.balanced_reach)),
    ("area", lambda row: show_estimate(row.area)),
    ("area to exhaustive", lambda row: show_share(row.area_ratio, 1)),
)
SETS: tuple[Column, ...] = (
    ("labels", lambda row: f"{row.n_labels:,}"),
    ("whole set right", lambda row: show_estimate(row.accuracy)),
    ("micro-F1", lambda row: NONE if row.micro_f1 is None else show_estimate(row.micro_f1)),
    ("labels to reach random's end, micro-F1", lambda row: show_reach(row.micro_reach)),
    ("cut, micro-F1", lambda row: show_cut(row.micro_reach)),
    ("macro-F1", lambda row: show_estimate(row.balanced_accuracy)),
    ("labels to reach random's end, macro-F1", lambda row: show_reach(row.balanced_reach)),
    ("cut, macro-F1", lambda row: show_cut(row.balanced_reach)),
)
POOL_END: tuple[Column, ...] = (
    ("texts", lambda row: f"{row.n_pool:,}"),
    ("at random's end", lambda row: NONE if row.end is None else show_estimate(row.end)),
    ("highest", lambda row: f"{row.curve.mean.max():.3f} of {row.n_labels:,} labels"),
    ("labels to reach it", lambda row: show_reach(row.end_reach)),
    ("cut", lambda row: show_cut_band(row.end_reach)),
    ("at random's end, balanced", lambda row: NONE if row.balanced_end is None else show_estimate(row.balanced_end)),
    ("labels to reach it, balanced", lambda row: show_reach(row.balanced_end_reach)),
    ("cut, balanced", lambda row: show_cut_band(row.balanced_end_reach)),
)
CHOOSING: tuple[Column, ...] = (
    ("accepted of visited", lambda row: show_share(row.acceptance_rate, 1)),
    ("scored per accepted", lambda row: NONE if row.scored_per_accepted is None else f"{row.scored_per_accepted:,.1f}"),
    ("scored to exhaustive", lambda row: show_share(row.scored_ratio, 1)),
    ("entropy accepted", lambda row: _bits(row.entropy_accepted)),
    ("entropy rejected", lambda row: _bits(row.entropy_rejected)),
    ("calibration error", lambda row: show_estimate(row.calibration_error)),
    ("training s", lambda row: f"{row.train_s:.3f}"),
    ("choosing s", lambda row: f"{row.select_s:.4f}"),
    ("training's share", lambda row: show_share(row.train_share, 1)),
)


def tabulate(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[list[str], list[list[str]]]:
    """Header and cells: what names a row, then the columns; a condition that no row has is left out."""
    names = [column for column in ROW_NAMES if column[0] != "condition" or any(row.spec.condition for row in rows)]
    chosen = [*names, *columns]
    return [name for name, _ in chosen], [[cell(row) for _, cell in chosen] for row in rows]


def show_estimate(found: Estimate) -> str:
    """A mean with its 95 % interval.

    >>> show_estimate(Estimate(mean=0.8349)), show_estimate(Estimate(mean=0.8349, low=0.82, high=0.85))
    ('0.835', '0.835 (0.820–0.850)')
    """
    if found.low is None or found.high is None:
        return f"{found.mean:.3f}"
    return f"{found.mean:.3f} ({found.low:.3f}–{found.high:.3f})"


def show_spread(shares: Sequence[float]) -> str:
    """A mean share and, after ±, its standard deviation, in points.

    >>> show_spread([0.5, 0.6]), show_spread([0.5])
    ('55.0 % ± 7.1', '50.0 %')
    """
    around = f" ± {100 * stdev(shares):.1f}" if len(shares) > 1 else ""
    return f"{100 * fmean(shares):.1f} %{around}"


def show_difference(found: Estimate) -> str:
    """A mean difference with its 95 % band.

    >>> show_difference(Estimate(mean=0.013, low=-0.0021, high=0.028)), show_difference(Estimate(mean=-0.004))
    ('+0.013 (-0.002 to +0.028)', '-0.004')
    """
    if found.low is None or found.high is None:
        return f"{found.mean:+.3f}"
    return f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def show_range(counts: Sequence[int]) -> str:
    """A mean count, with the least and the most.

    >>> show_range([10, 14]), show_range([10, 10]), show_range([])
    ('12 (10-14)', '10', '–')
    """
    if not counts:
        return NONE
    mean = f"{fmean(counts):,.0f}"
    return mean if min(counts) == max(counts) else f"{mean} ({min(counts):,}-{max(counts):,})"


def show_reach(reach: Reach | None) -> str:
    """Labels with the numbers at which the band's edges reach the same.

    >>> show_reach(Reach(labels=1250, fewest=900, most=None, of=6000))
    '1,250 (900–never)'
    """
    if reach is None:
        return NONE
    if reach.labels is None:
        return "never"
    return f"{reach.labels:,} ({_labels(reach.fewest)}–{_labels(reach.most)})"


def show_cut(reach: Reach | None) -> str:
    """The share of labels saved.

    >>> show_cut(Reach(labels=1200, fewest=900, most=None, of=6000))
    '80 %'
    """
    return NONE if reach is None or reach.cut is None else f"{100 * reach.cut:.0f} %"


def show_cut_band(reach: Reach | None) -> str:
    """The share of labels saved, with what the edges of the curve's band save.

    >>> show_cut_band(Reach(labels=1200, fewest=900, most=None, of=6000))
    '80 % (none–85 %)'
    """
    if reach is None or reach.labels is None:
        return NONE if reach is None else "none"
    edges = (None if found is None else f"{100 * (1 - found / reach.of):.0f}" for found in (reach.most, reach.fewest))
    return f"{show_cut(reach)} ({'–'.join(edge or 'none' for edge in edges)} %)"


def show_share(share: float | None, n_digits: int = 0) -> str:
    """A share in per cent.

    >>> show_share(0.9876, 1), show_share(None)
    ('98.8 %', '–')
    """
    return NONE if share is None else f"{100 * share:.{n_digits}f} %"


def flatten(row: Row) -> dict[str, Number]:
    """The figures of a row by name, unrounded."""
    spec = row.spec
    flat: dict[str, Number] = {
        "data_set": spec.data_set,
        "student": spec.student,
        "condition": spec.condition,
        "rule": spec.rule,
        "n_seeds": row.n_seeds,
        "n_pool": row.n_pool,
        "n_labels": row.n_labels,
    }
    for name, found in (
        ("accuracy", row.accuracy),
        ("balanced_accuracy", row.balanced_accuracy),
        ("area", row.area),
        ("calibration_error", row.calibration_error),
    ):
        flat |= {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
    flat["micro_f1"] = row.micro_f1.mean if row.micro_f1 else None
    for name, reach in (
        ("reach", row.reach),
        ("balanced_reach", row.balanced_reach),
        ("pool_end_reach", row.end_reach),
        ("balanced_pool_end_reach", row.balanced_end_reach),
    ):
        flat[f"{name}_labels"] = reach.labels if reach else None
        flat[f"{name}_fewest"] = reach.fewest if reach else None
        flat[f"{name}_most"] = reach.most if reach else None
        flat[f"{name}_cut"] = reach.cut if reach else None
    return flat | {
        "pool_end_accuracy": row.end.mean if row.end else None,
        "pool_end_balanced_accuracy": row.balanced_end.mean if row.balanced_end else None,
        "area_ratio": row.area_ratio,
        "acceptance_rate": row.acceptance_rate,
        "scored_per_accepted": row.scored_per_accepted,
        "scored_ratio": row.scored_ratio,
        "entropy_accepted": row.entropy_accepted,
        "entropy_rejected": row.entropy_rejected,
        "train_s": row.train_s,
        "select_s": row.select_s,
        "train_share": row.train_share,
    }


def _bits(entropy: float | None) -> str:
    return NONE if entropy is None else f"{entropy:.2f}"


def _labels(n_labels: int | None) -> str:
    return "never" if n_labels is None else f"{n_labels:,}"
