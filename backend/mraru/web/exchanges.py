"""What Label Studio's requests do, whichever server they came through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mraru.bootstrap import Services
from mraru.labelstudio.label_config import parse_label_config, read_text
from mraru.labelstudio.predictions import to_result
from mraru.records import LabelSchema, Prediction, TaskText
from mraru.store.projects import ProjectState
from mraru.web.bodies import PredictBody, SetupBody, WebhookBody


class Exchanges:
    """The three requests that carry a project; each answers at once from what is stored."""

    def __init__(self, services: Services, wake: Callable[[int], None]) -> None:
        """`wake` has the worker look at a project; it must return at once."""
        self._services = services
        self._wake = wake

    def set_up(self, body: SetupBody, backend_url: str | None) -> str:
        """Note what Label Studio says of a project, ask for its rounds if it is idle, and return the served version.

        Anybody who reaches this backend may say so: the worker begins only what it sees to be allowed. Address and
        token of the caller are kept where a setting allows to use them.

        Raises:
            LabelConfigError: the project's label config is not supported.
        """
        parse_label_config(body.label_config)
        projects, settings = self._services.store.projects, self._services.settings
        projects.connect(
            body.project,
            label_config=body.label_config,
            hostname=body.hostname if settings.uses_setup_token else None,
            access_token=body.access_token if settings.uses_setup_token else None,
            backend_url=backend_url,
        )
        project = projects.get(body.project)
        is_idle = project is not None and not project.is_started
        if is_idle and settings.auto_start:  # new, or connected again
            projects.ask_start(body.project, self._services.clock())
            self._wake(body.project)
        elif project is not None and project.state is ProjectState.DISCONNECTED:  # connected again, and to be started
            projects.stop(body.project)
        elif project is not None and project.label_config != body.label_config:
            projects.request_sync(body.project)
            self._wake(body.project)
        return self._services.predictor.served_version(body.project)

    def predict(self, body: PredictBody) -> tuple[str, list[dict[str, object]]]:
        """The served version and one entry of `results` per task, in order.

        Raises:
            LabelConfigError: the project's label config is not supported.
            NothingToPredictWith: there is no student yet, or texts are still being embedded.
        """
        schema = parse_label_config(body.label_config)
        tasks = [TaskText(task_id=task.id, text=read_text(task.data, schema)) for task in body.tasks]
        version, predictions = self._services.predictor.predict(body.project, schema, tasks)
        return version, [_to_entry(schema, prediction) for prediction in predictions]

    def take_event(self, payload: Mapping[str, object], *, is_trusted: bool) -> bool:
        """Write an event down for the worker; False when its project is not connected.

        Args:
            is_trusted: whether it brought the secret; without, it changes nothing by itself.
        """
        body = WebhookBody.model_validate(payload)
        store = self._services.store
        if store.projects.get(body.project.id) is None:
            return False
        store.events.add(body.project.id, action=body.action, payload=json.dumps(payload), is_trusted=is_trusted)
        self._wake(body.project.id)
        return True


def _to_entry(schema: LabelSchema, prediction: Prediction | None) -> dict[str, object]:
    """One entry of `results`; `{}` is one that Label Studio skips, for a task without text."""
    if prediction is None:
        return {}
    return {
        "result": to_result(schema, prediction.label, prediction.note, prediction.marks),
        "score": prediction.score,
        "model_version": prediction.model_version,
    }
