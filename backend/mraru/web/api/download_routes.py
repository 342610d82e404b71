"""Files of a project: its report, its labels with their sources, and its ledger; sent as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from mraru.bootstrap import Services
from mraru.pages import to_html
from mraru.reporting.labelled_tasks import LabelledTask, list_labelled_tasks
from mraru.reporting.record_lines import csv_lines, json_lines
from mraru.reporting.report.project_report import build_report
from mraru.store.ledger.ledger_lines import LedgerLine
from mraru.web.api.project_routes import NUMBER

CSV, JSON_LINES = "text/csv; charset=utf-8", "application/jsonl; charset=utf-8"
HTML = "text/html; charset=utf-8"


def make_downloads_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("downloads", __name__, url_prefix="/api/projects")
    store = services.store
    files: dict[str, tuple[str, Callable[[int], Iterator[str]]]] = {
        "report.html": (HTML, lambda number: iter([to_html(build_report(services, number))])),
        "labels.csv": (CSV, lambda number: csv_lines(LabelledTask, list_labelled_tasks(services, number))),
        "labels.jsonl": (JSON_LINES, lambda number: json_lines(list_labelled_tasks(services, number))),
        "ledger.csv": (CSV, lambda number: csv_lines(LedgerLine, store.ledger_lines.list_all(number))),
        "ledger.jsonl": (JSON_LINES, lambda number: json_lines(store.ledger_lines.list_all(number))),
    }

    @blueprint.get(f"/<{NUMBER}:project_id>/<any({', '.join(files)}):name>")
    def download(project_id: int, name: str) -> Response:
        if store.projects.get(project_id) is None:
            raise NotFound(f"Project {project_id} is not connected to this backend.")
        content_type, make = files[name]
        response = Response(make(project_id), content_type=content_type)
        response.headers["Content-Disposition"] = f'attachment; filename="project-{project_id}-{name}"'
        return response

    return blueprint
