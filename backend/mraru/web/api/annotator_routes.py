"""Figures of a project's annotators as JSON."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint
from flask.typing import ResponseReturnValue

from mraru.bootstrap import Services
from mraru.reporting.annotator_figures import read_annotators
from mraru.web.api.project_routes import NUMBER


def make_annotators_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("annotators", __name__, url_prefix="/api/projects")

    @blueprint.get(f"/<{NUMBER}:project_id>/annotators")
    def show_annotators(project_id: int) -> ResponseReturnValue:
        return asdict(read_annotators(services, project_id))

    return blueprint
