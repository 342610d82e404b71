"""What people do in Label Studio's own screens, by the same requests."""

from __future__ import annotations

from typing import Any

from label_studio_sdk import LabelStudio
from label_studio_sdk.types.prediction import Prediction


class Annotator:
    """The first user, at work in one project."""

    def __init__(self, sdk: LabelStudio, project_id: int) -> None:
        self.sdk = sdk
        self.project_id = project_id

    def next_task(self) -> dict[str, Any]:
        """What "Label All Tasks" shows next."""
        return dict(self._request("GET", f"api/projects/{self.project_id}/next"))

    def submit(self, task_id: int, label: str, parent_prediction: int | None = None) -> int:
        """Submit a label as the editor does; the annotation's number."""
        made = self.sdk.annotations.create(
            task_id,
            result=as_result(label),
            lead_time=2.5,
            request_options={"additional_body_parameters": {"parent_prediction": parent_prediction}},
        )
        assert made.id is not None
        return int(made.id)

    def change(self, annotation_id: int, label: str) -> None:
        self.sdk.annotations.update(annotation_id, result=as_result(label), lead_time=4.0)

    def delete(self, annotation_id: int) -> None:
        self.sdk.annotations.delete(annotation_id)

    def copy_predictions(self, task_ids: list[int], model_version: str) -> None:
        """The Data Manager's "create annotations from predictions"."""
        body = {"selectedItems": {"all": False, "included": task_ids}, "model_version": model_version}
        self._request("POST", f"api/dm/actions?id=predictions_to_annotations&project={self.project_id}", json=body)

    def predictions(self, model_version: str | None = None) -> list[Prediction]:
        """All predictions that Label Studio holds in the project, or those of one version."""
        stored = self.sdk.predictions.list(task_project=self.project_id)
        return [row for row in stored if model_version in (None, row.model_version)]

    def project_as_sent(self) -> str:
        """How Label Studio names the project to an ML backend: its number, and the second in which it was made."""
        made_at = self.sdk.projects.get(self.project_id).created_at
        assert made_at is not None
        return f"{self.project_id}.{int(made_at.timestamp())}"

    def texts(self) -> dict[int, str]:
        """The project's texts by task."""
        listed = self.sdk.tasks.list(project=self.project_id, page_size=1000, fields="task_only", include="id,data")
        return {int(task.id or 0): str(task.data["text"]) for task in listed if task.data}

    def _request(self, method: str, path: str, json: dict[str, Any] | None = None) -> Any:
        answer = self.sdk._client_wrapper.httpx_client.request(path, method=method, json=json)
        assert answer.is_success, answer.text
        return answer.json()


def as_result(label: str) -> list[dict[str, Any]]:
    return [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}]


def label_of(prediction: Prediction | dict[str, Any]) -> str:
    result = prediction["result"] if isinstance(prediction, dict) else prediction.result
    return str(result[0]["value"]["choices"][0])
