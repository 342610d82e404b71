"""`mraru report`: what is known of a project, as one HTML file and as Markdown."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mraru.benchmark.core.whole_files import write_whole
from mraru.bootstrap import Services
from mraru.pages import to_html, to_markdown
from mraru.reporting.report.project_report import build_report

CHARTS = "charts"  # folder beside the Markdown


def write_report(services: Services, project_id: int, out: Path, console: Console | None = None) -> None:
    """Write `report.html`, `report.md` and its charts into a folder; earlier ones are replaced.

    Raises:
        ProjectUnknown: no backend has kept anything in MODEL_DIR, or it does not know the project.
        OSError: the folder cannot be written.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    services.require_store()
    page = build_report(services, project_id)
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "report.html", to_html(page))
    write_whole(out / "report.md", to_markdown(page))
    for section in page.sections:
        for chart in section.charts:
            (out / CHARTS).mkdir(exist_ok=True)
            write_whole(out / CHARTS / chart.file_name, chart.svg)
    console.print(f"{out / 'report.html'} and report.md are written: the first is one file to send around.")
