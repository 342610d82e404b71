"""The state of projects as JSON: for the demo, for scripts, and for whoever watches."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from mraru.bootstrap import Services
from mraru.figures.audit import measure_audit
from mraru.figures.headline_basis import measure_audit_or_none, read_headline
from mraru.figures.summary import list_teacher_health, summarize_project
from mraru.web.bodies import LARGEST_NUMBER

NUMBER = f"int(max={LARGEST_NUMBER})"  # a larger one is not found


def make_projects_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("projects", __name__, url_prefix="/api/projects")
    store = services.store

    @blueprint.get("")
    def list_projects() -> ResponseReturnValue:
        return {
            "projects": [
                {"id": project.project_id, "title": project.title, "state": project.state, "reason": project.reason}
                for project in store.projects.list_all()
            ],
            "teachers": [asdict(health) for health in list_teacher_health(services)],
        }

    @blueprint.get(f"/<{NUMBER}:project_id>")
    def show_project(project_id: int) -> ResponseReturnValue:
        project, summary = store.projects.get(project_id), summarize_project(services, project_id)
        if project is None or summary is None:
            raise NotFound(f"Project {project_id} is not connected to this backend.")
        headline = read_headline(services, project, summary, measure_audit_or_none(services, project_id))
        return {**asdict(summary), "headline": asdict(headline)}

    @blueprint.get(f"/<{NUMBER}:project_id>/rounds/<{NUMBER}:number>/visits")
    def list_visits(project_id: int, number: int) -> ResponseReturnValue:
        if store.rounds.get(project_id, number) is None:
            raise NotFound(f"Project {project_id} has no round {number}.")
        return {"visits": [asdict(visit) for visit in store.rounds.list_visits(project_id, number)]}

    @blueprint.get(f"/<{NUMBER}:project_id>/audit")
    def show_audit(project_id: int) -> ResponseReturnValue:
        return asdict(measure_audit(services, project_id))

    @blueprint.get(f"/<{NUMBER}:project_id>/disagreements")
    def list_disagreements(project_id: int) -> ResponseReturnValue:
        project = store.projects.get(project_id)
        if project is None:
            raise NotFound(f"Project {project_id} is not connected to this backend.")
        listed = store.teacher_labels.list_disagreements(project_id)
        return {"model_version": project.served_version, "disagreements": [asdict(entry) for entry in listed]}

    return blueprint
