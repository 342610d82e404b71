"""Start, pause, one round, settings: what people do to a project, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from mraru.bootstrap import Services
from mraru.reporting.control_figures import ControlFigures
from mraru.reporting.project_settings import list_project_settings
from mraru.settings.project_fields import ProjectSetting
from mraru.use_cases.project_controls import ProjectControls
from mraru.web.api.project_routes import NUMBER
from mraru.web.request_bodies import read_object


class SettingsBody(BaseModel):
    """Which settings of a project change, and which are the server's again."""

    model_config = ConfigDict(extra="forbid")

    to_set: dict[str, Any] = Field(default_factory=dict, alias="set")
    unset: list[str] = Field(default_factory=list)


def make_controls_blueprint(services: Services, wake: Callable[[int], None]) -> Blueprint:
    blueprint = Blueprint("controls", __name__, url_prefix="/api/projects")
    controls = ProjectControls(services, wake)
    actions: dict[str, Callable[[int], ControlFigures]] = {
        "start": controls.start,
        "pause": controls.pause,
        "round": controls.run_round,
    }

    @blueprint.post(f"/<{NUMBER}:project_id>/<any({', '.join(actions)}):action>")
    def act(project_id: int, action: str) -> ResponseReturnValue:
        read_object(must_say_json=True)
        return asdict(actions[action](project_id))

    @blueprint.get(f"/<{NUMBER}:project_id>/settings")
    def list_settings(project_id: int) -> ResponseReturnValue:
        return _settings(list_project_settings(services, project_id))

    @blueprint.patch(f"/<{NUMBER}:project_id>/settings")
    def change_settings(project_id: int) -> ResponseReturnValue:
        body = SettingsBody.model_validate(read_object(must_say_json=True))
        return _settings(controls.change_settings(project_id, body.to_set, body.unset))

    return blueprint


def _settings(listed: tuple[ProjectSetting, ...]) -> ResponseReturnValue:
    return {"settings": [asdict(setting) for setting in listed]}
