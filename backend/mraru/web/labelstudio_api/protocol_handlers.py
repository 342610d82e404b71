"""What Label Studio's requests do, whichever server they came through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mraru.bootstrap import Services
from mraru.errors import ProjectNotNamed, ProjectReplaced, ProjectUnknown
from mraru.labelstudio.formats.prediction_json import to_result
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_task
from mraru.records import Prediction
from mraru.schema_records import LabelSchema
from mraru.store.projects.creation_times import is_same_second
from mraru.store.projects.project_repository import ProjectState
from mraru.web.labelstudio_api.request_schemas import PredictBody, SetupBody, WebhookBody

NOT_CONNECTED = (ProjectState.DISCONNECTED, ProjectState.GONE)


class ProtocolHandlers:
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
            ProjectReplaced: the stored project of this number is another one.
        """
        selection = self._services.selection_for(body.project)
        parse_label_config(body.label_config, selection)
        self._require_same(body.project, body.second_made)
        projects, settings = self._services.store.projects, self._services.settings
        projects.connect(
            body.project,
            label_config=body.label_config,
            hostname=body.hostname if settings.uses_setup_token else None,
            access_token=body.access_token if settings.uses_setup_token else None,
            backend_url=backend_url,
            selection=selection,
        )
        project = projects.get(body.project)
        is_idle = project is not None and not project.is_started
        if is_idle and settings.auto_start:  # new, or connected again
            projects.ask_start(body.project, self._services.clock())
            self._wake(body.project)
        elif project is not None and project.state is ProjectState.DISCONNECTED:  # connected again, and to be started
            projects.await_start(body.project)
        elif project is not None and project.label_config != body.label_config:
            projects.request_sync(body.project)
            self._wake(body.project)
        return self._services.predictor.served_version(body.project)

    def predict(
        self, body: PredictBody, has_left: Callable[[], bool] = lambda: False
    ) -> tuple[str, list[dict[str, object]]]:
        """The served version and one entry of `results` per task, in order.

        Tasks without a number are predicted by their texts, and nothing is kept of the answer.

        Args:
            has_left: whether the caller is gone, so that the rest need not be done.

        Raises:
            ProjectNotNamed: the request names no project, and none or several are connected.
            ProjectUnknown: it brings no label config, and none is known of the project.
            LabelConfigError: the project's label config is not supported.
            ProjectReplaced: the stored project of this number is another one.
            NothingToPredictWith: there is no student yet.
            TooBusy: texts are still being embedded, or too many others ask.
            CallerLeft: the caller is gone.
        """
        project_id = body.project or self._find_only_project()
        schema = self._read_schema(project_id, body.label_config)
        self._require_same(project_id, body.second_made)
        tasks = [
            read_task(task.id or -position, task.data, schema)  # Label Studio's numbers are above 0
            for position, task in enumerate(body.tasks, start=1)
        ]
        version, predictions = self._services.predictor.predict(project_id, schema, tasks, has_left)
        return version, [_to_entry(schema, prediction) for prediction in predictions]

    def _require_same(self, project_id: int, second_made: int | None) -> None:
        """See that the project is the stored one; where it seems not to be, the worker looks and says so, too."""
        project = self._services.store.projects.get(project_id)
        if project is None or is_same_second(project.created_at, second_made):
            return
        if project.is_started and not project.is_sync_due:
            self._services.store.projects.request_sync(project_id)
            self._wake(project_id)
        raise ProjectReplaced.of(project_id, project.created_at)

    def _find_only_project(self) -> int:
        projects = self._services.store.projects.list_all()
        connected = [row.project_id for row in projects if row.state not in NOT_CONNECTED]
        if len(connected) != 1:
            raise ProjectNotNamed()
        return connected[0]

    def _read_schema(self, project_id: int, label_config: str | None) -> LabelSchema:
        """What a request's label config asks, read as the stored texts were; None: it brings none."""
        project = self._services.store.projects.get(project_id)
        config = label_config or (project.label_config if project is not None else None)
        if not config:
            raise ProjectUnknown()
        selection = self._services.selection_for(project_id) if project is None else project.selection
        return parse_label_config(config, selection)

    def take_event(self, payload: Mapping[str, object], *, is_trusted: bool) -> bool:
        """Write an event down for the worker; False when its project is not connected.

        Args:
            is_trusted: whether it brought the secret; without, it changes nothing by itself.
        """
        body = WebhookBody.model_validate(payload)
        is_known = self._services.store.events.add(
            body.project.id, action=body.action, payload=json.dumps(payload), is_trusted=is_trusted
        )
        if is_known:
            self._wake(body.project.id)
        return is_known


def _to_entry(schema: LabelSchema, prediction: Prediction | None) -> dict[str, object]:
    """One entry of `results`; `{}` is one that Label Studio skips, for a task without text."""
    if prediction is None:
        return {}
    return {
        "result": to_result(schema, prediction.label, prediction.note, prediction.marks),
        "score": prediction.score,
        "model_version": prediction.model_version,
    }
