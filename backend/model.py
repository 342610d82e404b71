"""The same engine behind label-studio-ml's own server, for those who run that (2.x, from its GitHub repository).

Give its server this class; `mraru worker` must run beside it, since nothing here trains or asks the teacher.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request
from label_studio_ml.model import LabelStudioMLBase
from label_studio_ml.response import ModelResponse
from label_studio_sdk.label_interface.objects import PredictionValue

from mraru.bootstrap import Services
from mraru.settings import load_settings
from mraru.web.auth import carries_secret
from mraru.web.bodies import PredictBody, SetupBody
from mraru.web.exchanges import Exchanges
from mraru.worker.jobs import Jobs


@lru_cache(maxsize=1)
def _engine() -> tuple[Services, Exchanges]:
    """One engine per process, made at the first request."""
    services = Services(load_settings())
    return services, Exchanges(services, Jobs(services).wake)


class MRaru(LabelStudioMLBase):  # type: ignore[misc]  # label-studio-ml has no types
    """M-RARU in the terms of label-studio-ml: made anew for every request, so it holds no state."""

    def setup(self) -> None:
        """Tell the engine of the project, as `/setup` does, and take over the version that it serves."""
        config = self.get("label_config")
        if self.project_id and config:
            body = SetupBody(project=self.project_id, schema=config)
            self.set("model_version", _engine()[1].set_up(body, request.url_root.rstrip("/")))

    def predict(self, tasks: list[dict[str, Any]], context: dict[str, Any] | None = None, **_: Any) -> ModelResponse:
        """One prediction per task, in order.

        Raises:
            NothingToPredictWith: there is no student yet.
        """
        body = PredictBody(project=self.project_id, tasks=tasks, label_config=self.get("label_config"))
        version, entries = _engine()[1].predict(body)
        predictions = [PredictionValue(**entry) if entry else [] for entry in entries]
        return ModelResponse(model_version=version, predictions=predictions)

    def fit(self, event: str, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write the event down for the worker."""
        services, exchanges = _engine()
        is_trusted = carries_secret(services.webhook_secret)
        return {"written_down": exchanges.take_event({"action": event, **data}, is_trusted=is_trusted)}
