"""The part of Label Studio's API that is about predictions.

How long each takes in Label Studio 1.23.2 on SQLite, in the time of one annotator's submit:

| request | time | longest wait of an annotator meanwhile |
|---|---|---|
| change, make or delete one | 0.7 to 1.2 | 2 to 4 |
| look at 100 tasks | 1 to 2 | 2 |
| bulk import of any number | 1 for each 300 tasks of the project, and 1 for each 80 rows | 6 to 9 |
| delete by tasks or by version | 0.02 to 0.07 a row | as long as it takes |
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import cast

from label_studio_sdk.types.prediction_request import PredictionRequest

from mraru.errors import LabelStudioRefused, PredictionsNotStored
from mraru.labelstudio.api.api_calls import ONCE
from mraru.labelstudio.api.label_studio_refusals import told_clearly
from mraru.labelstudio.api.task_pages import Row, TaskPages
from mraru.labelstudio.formats.ids import read_id, require_id
from mraru.labelstudio.formats.prediction_json import read_prediction, to_import
from mraru.records import HeldPrediction, Prediction
from mraru.schema_records import LabelSchema

logger = logging.getLogger(__name__)

IMPORT_SIZE = 5000  # predictions
LOOK_SIZE = 100  # tasks that are named in one address, which servers let be some 4,000 characters long


class PredictionCalls(TaskPages):
    """Predictions of one Label Studio; every method raises as those of `LabelStudioClient` do."""

    def push_predictions(self, project_id: int, schema: LabelSchema, predictions: Sequence[Prediction]) -> int:
        """Import predictions in bulk and return how many were stored.

        Label Studio knows no upsert: the same predictions sent twice are stored twice. Those of tasks that
        were deleted meanwhile are left out.

        Raises:
            PredictionsNotStored: fewer were stored than sent, which it does silently to labels that are not
                in the label config.
            LabelConfigError: a label is none of the schema's; nothing was sent.
        """
        entries = [to_import(schema, prediction) for prediction in predictions]
        n_stored = 0
        for start in range(0, len(entries), IMPORT_SIZE):
            n_stored += self._import(project_id, schema, entries[start : start + IMPORT_SIZE])
        return n_stored

    def create_prediction(self, schema: LabelSchema, prediction: Prediction) -> int | None:
        """Make one prediction and return its number; None where its task was deleted meanwhile.

        Raises:
            LabelConfigError: the label is none of the schema's; nothing was sent.
        """
        subject = f"a prediction for task {prediction.task_id}"
        try:
            made = self._call("POST", "api/predictions/", subject, to_import(schema, prediction))
        except LabelStudioRefused as exc:
            if exc.status == HTTPStatus.BAD_REQUEST and "does not exist" in str(exc):
                return None
            raise
        return require_id(made, "id")

    def change_prediction(self, schema: LabelSchema, prediction_id: int, prediction: Prediction) -> bool:
        """Change a prediction in place, so that annotations that began with it still name it; False where it is gone.

        Raises:
            LabelConfigError: the label is none of the schema's; nothing was sent.
        """
        entry = to_import(schema, prediction)
        fields = {name: entry[name] for name in ("result", "score", "model_version")}
        try:
            self._call("PATCH", f"api/predictions/{prediction_id}/", f"prediction {prediction_id}", fields)
        except LabelStudioRefused as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def delete_prediction(self, prediction_id: int) -> None:
        """Delete a prediction; whoever has it selected on a form that is open cannot submit that form any more."""
        try:
            self._call("DELETE", f"api/predictions/{prediction_id}/", f"prediction {prediction_id}")
        except LabelStudioRefused as exc:
            if exc.status != HTTPStatus.NOT_FOUND:
                raise

    def list_parents(self, task_id: int) -> set[int]:
        """The predictions to which annotations of a task refer."""
        listed = self._call("GET", f"api/tasks/{task_id}/annotations/", f"annotations of task {task_id}")
        rows = [row for row in cast(Sequence[object], listed or ()) if isinstance(row, Mapping)]
        parents = (read_id(row.get("parent_prediction")) for row in rows)
        return {parent for parent in parents if parent is not None}

    def count_predictions(self, project_id: int) -> dict[str, int]:
        """How many predictions of each model version the project holds."""
        counts = self._call("GET", f"api/projects/{project_id}/model-versions", f"project {project_id}")
        return {str(version): int(n) for version, n in counts.items()} if isinstance(counts, Mapping) else {}

    def list_predictions(
        self, project_id: int, schema: LabelSchema, task_ids: Sequence[int]
    ) -> dict[int, list[HeldPrediction]]:
        """What these tasks hold, by task; a task that was deleted is missing."""
        found: dict[int, list[HeldPrediction]] = {}
        for start in range(0, len(task_ids), LOOK_SIZE):
            named = {
                "filter": "filter:tasks:id",
                "operator": "in_list",
                "type": "List",
                "value": list(task_ids[start : start + LOOK_SIZE]),
            }
            for page in self._read_predictions(project_id, schema, (named,)):
                found.update(page)
        return found

    def list_all_predictions(self, project_id: int, schema: LabelSchema) -> Iterator[dict[int, list[HeldPrediction]]]:
        """What all tasks hold, page by page."""
        return self._read_predictions(project_id, schema)

    def _read_predictions(
        self, project_id: int, schema: LabelSchema, filters: Sequence[Row] = ()
    ) -> Iterator[dict[int, list[HeldPrediction]]]:
        for page in self.read_pages(project_id, {"fields": "all", "include": "id,predictions"}, filters):
            yield {
                require_id(row, "id"): [read_prediction(raw, schema) for raw in self.rows_of(row, "predictions")]
                for row in page
            }

    def _import(self, project_id: int, schema: LabelSchema, entries: list[dict[str, object]]) -> int:
        try:
            return self._import_once(project_id, entries)
        except LabelStudioRefused as exc:
            if exc.status != HTTPStatus.BAD_REQUEST:
                raise
            existing = self.list_predictions(project_id, schema, [cast(int, entry["task"]) for entry in entries])
            left = [entry for entry in entries if entry["task"] in existing]
            if len(left) == len(entries):
                raise
            logger.info(
                "%d predictions of project %d are left out: their tasks were deleted",
                len(entries) - len(left),
                project_id,
                extra={"event": "predictions_of_deleted_tasks"},
            )
        return self._import_once(project_id, left) if left else 0

    def _import_once(self, project_id: int, entries: list[dict[str, object]]) -> int:
        request = [PredictionRequest.model_validate(entry) for entry in entries]
        with told_clearly(self.url, f"project {project_id}"):
            answer = self._sdk.projects.import_predictions(project_id, request=request, request_options=ONCE)
        n_stored = answer.created or 0
        if n_stored != len(entries):
            raise PredictionsNotStored(
                f"Label Studio stored {n_stored} of {len(entries)} predictions in project {project_id}: "
                "has its label config changed? Synchronize the project; the next push tries again."
            )
        return n_stored
