"""Charts for plotly: quiet, the same in light and dark, and each with its figures as a table.

Axes, grid and words take their colours from the style sheet, which knows light from dark; lines have colours that
stand out from both, and shapes that tell them apart without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from mraru.quantities import spell_quantity
from mraru.web.dashboard.elements.cards import aria
from mraru.web.dashboard.elements.page_tables import Cell, make_table

BLUE, TEAL, AMBER, VIOLET = "#3b82f6", "#0d9488", "#c2620a", "#8b5cf6"  # 3:1 or more on both grounds
HEIGHT = 280  # pixels
MOST_ROWS = 100  # of the table below a chart: its newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    color: str
    dash: str = "solid"  # plotly's name of a stroke
    symbol: str = "circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart shows, in lines and in words."""

    name: str  # unique on the page
    summary: str  # what people who cannot see it are told
    x_title: str
    lines: Sequence[Line]
    is_share: bool = True  # the vertical axis is a share, shown as a percentage
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


def make_chart(chart: Chart) -> Component:
    """The chart, and below it its figures as a table to open."""
    return html.Div(
        [
            html.Div(
                dcc.Graph(
                    id=f"{chart.name}-chart",
                    figure=draw_figure(chart),
                    config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
                    style={"height": f"{HEIGHT}px"},
                ),
                role="img",
                **aria(label=chart.summary),
            ),
            html.Details(
                [
                    html.Summary(f"The figures of this chart as a table ({_say_rows(len(chart.rows))})"),
                    make_table(chart.summary, chart.headers, chart.rows[-MOST_ROWS:]),
                ],
                className="chart-table",
            ),
        ]
    )


def _say_rows(n_rows: int) -> str:
    said = spell_quantity(n_rows, "row")
    return said if n_rows <= MOST_ROWS else f"the last {MOST_ROWS} of {said}"


def draw_figure(chart: Chart) -> dict[str, object]:
    """The chart as plotly wants it."""
    return {
        "data": [_trace(line, chart.is_share) for line in chart.lines],
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 46, "r": 12, "t": 8, "b": 44},
            "font": {"family": "system-ui, sans-serif", "size": 12},
            "hovermode": "closest",
            "hoverlabel": {"bgcolor": "#1b2330", "bordercolor": "#1b2330", "font": {"color": "#ffffff"}},
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": {"title": {"text": chart.x_title}, "rangemode": "tozero", "fixedrange": True, "zeroline": False},
            "yaxis": {
                "tickformat": ".0%" if chart.is_share else None,
                "rangemode": "tozero",
                "fixedrange": True,
                "zeroline": False,
            },
            "uirevision": chart.name,  # what was hidden in the legend stays so
        },
    }


def _trace(line: Line, is_share: bool) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": line.name,
        "x": list(line.x),
        "y": list(line.y),
        "connectgaps": True,
        "line": {"color": line.color, "dash": line.dash, "width": 2},
        "marker": {"symbol": line.symbol, "size": 6},
        "hovertemplate": f"%{{x}}: %{{y{':.1%' if is_share else '.3f'}}}<extra>{_plain(line.name)}</extra>",
    }


def _plain(name: str) -> str:
    """Without what plotly takes for markup."""
    return name.replace("<", "‹").replace(">", "›").replace("%{", "% {")
