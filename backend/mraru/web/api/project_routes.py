"""The state of projects as JSON: for the demo, for scripts, and for whoever watches."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from mraru.bootstrap import Services
from mraru.reporting.audit_figures import measure_audit
from mraru.reporting.headline.headline_basis import measure_audit_or_none, read_headline
from mraru.reporting.project_summary import list_teacher_health, summarize_project
from mraru.reporting.round_figures import describe_round
from mraru.store.projects.project_repository import Project
from mraru.store.review.disagreements import BEFORE_ALL
from mraru.web.api.paging import ROWS, PageQuery, ScoredPageQuery, make_page, read_query, spell_place
from mraru.web.request_bodies import LARGEST_NUMBER

NUMBER = f"int(max={LARGEST_NUMBER})"  # a larger one is not found


def make_projects_blueprint(services: Services) -> Blueprint:
    blueprint = Blueprint("projects", __name__, url_prefix="/api/projects")
    store = services.store

    def find_project(project_id: int) -> Project:
        project = store.projects.get(project_id)
        if project is None:
            raise NotFound(f"Project {project_id} is not connected to this backend.")
        return project

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
        project = find_project(project_id)
        summary = summarize_project(services, project_id, n_newest_rounds=ROWS)
        if summary is None:  # forgotten meanwhile
            raise NotFound(f"Project {project_id} is not connected to this backend.")
        headline = read_headline(services, project, summary, measure_audit_or_none(services, project_id))
        return {**asdict(summary), "headline": asdict(headline)}

    @blueprint.get(f"/<{NUMBER}:project_id>/rounds")
    def list_rounds(project_id: int) -> ResponseReturnValue:
        find_project(project_id)
        query = read_query(PageQuery)
        found = store.rounds.list_after(project_id, query.limit + 1, query.after)
        rounds = [describe_round(round_) for round_ in found]
        n_total = store.rounds.count(project_id)
        return make_page("rounds", rounds, query.limit, n_total, lambda rows: rows[-1].number)

    @blueprint.get(f"/<{NUMBER}:project_id>/rounds/<{NUMBER}:number>/visits")
    def list_visits(project_id: int, number: int) -> ResponseReturnValue:
        round_ = store.rounds.get(project_id, number)
        if round_ is None:
            raise NotFound(f"Project {project_id} has no round {number}.")
        query = read_query(PageQuery)
        found = store.rounds.list_visits(project_id, number, limit=query.limit + 1, after=query.after)
        return make_page("visits", found, query.limit, round_.n_visited, lambda rows: query.after + len(rows))

    @blueprint.get(f"/<{NUMBER}:project_id>/audit")
    def show_audit(project_id: int) -> ResponseReturnValue:
        return asdict(measure_audit(services, project_id))

    @blueprint.get(f"/<{NUMBER}:project_id>/disagreements")
    def list_disagreements(project_id: int) -> ResponseReturnValue:
        project, query = find_project(project_id), read_query(ScoredPageQuery)
        found = store.disagreements.list_after(project_id, query.limit + 1, query.after or BEFORE_ALL)
        n_total = store.disagreements.count(project_id)
        page = make_page(
            "disagreements", found, query.limit, n_total, lambda rows: spell_place(rows[-1].score, rows[-1].task_id)
        )
        return {"model_version": project.served_version, **page}

    return blueprint
