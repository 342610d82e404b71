"""Corrected classes and drafts of sharper definitions as JSON, and what people do with the drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from mraru.bootstrap import Services
from mraru.reporting.corrected_class_figures import read_corrected_classes
from mraru.reporting.draft_figures import list_drafts
from mraru.use_cases.definition_controls import DefinitionControls
from mraru.web.api.paging import read_query
from mraru.web.api.project_routes import NUMBER
from mraru.web.request_bodies import read_object

MAX_DEFINITION_CHARS = 5000  # that a person may write


class DraftBody(BaseModel):
    """Which label's draft is meant; a label may hold characters that no address can."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1)


class EditedBody(DraftBody):
    """The draft as it stands, or what a person made of it."""

    definition: str | None = Field(None, max_length=MAX_DEFINITION_CHARS)


class AcceptBody(EditedBody):
    without_trial: bool = False


def make_definitions_blueprint(services: Services, wake: Callable[[int], None]) -> Blueprint:
    """The routes; whatever asks the LLM is handed to the worker and answered with 202."""
    blueprint = Blueprint("definitions", __name__, url_prefix=f"/api/projects/<{NUMBER}:project_id>")
    controls = DefinitionControls(services, wake)

    @blueprint.get("/corrected-classes")
    def list_corrected_classes(project_id: int) -> ResponseReturnValue:
        return {"classes": [asdict(pair) for pair in read_corrected_classes(services, project_id)]}

    @blueprint.get("/definition-drafts")
    def show_drafts(project_id: int) -> ResponseReturnValue:
        return {"drafts": [asdict(draft) for draft in list_drafts(services, project_id)]}

    @blueprint.get("/definition-drafts/cost")
    def bound_cost(project_id: int) -> ResponseReturnValue:
        body = read_query(DraftBody)
        return asdict(controls.bound_cost(project_id, body.label))

    @blueprint.post("/definition-drafts")
    def want_draft(project_id: int) -> ResponseReturnValue:
        body = DraftBody.model_validate(read_object(must_say_json=True))
        return asdict(controls.want(project_id, body.label)), 202

    @blueprint.post("/definition-drafts/try")
    def try_draft(project_id: int) -> ResponseReturnValue:
        body = EditedBody.model_validate(read_object(must_say_json=True))
        return asdict(controls.try_out(project_id, body.label, body.definition)), 202

    @blueprint.post("/definition-drafts/accept")
    def accept_draft(project_id: int) -> ResponseReturnValue:
        body = AcceptBody.model_validate(read_object(must_say_json=True))
        controls.accept(project_id, body.label, body.definition, without_trial=body.without_trial)
        return {"status": "accepted"}

    @blueprint.post("/definition-drafts/dismiss")
    def dismiss_draft(project_id: int) -> ResponseReturnValue:
        body = DraftBody.model_validate(read_object(must_say_json=True))
        return {"status": "dismissed" if controls.dismiss(project_id, body.label) else "there was none"}

    return blueprint
