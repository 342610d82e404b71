"""Label Studio's API, as far as this backend needs it, in records."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Self

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.pagination import SyncPager
from label_studio_sdk.types.lse_task import LseTask

from mraru.labelstudio.annotations import to_annotation
from mraru.labelstudio.calls import ONCE
from mraru.labelstudio.html_text import read_instruction
from mraru.labelstudio.label_config import read_text
from mraru.labelstudio.label_stream import LOWEST_SCORE_FIRST, serve_version
from mraru.labelstudio.prediction_client import PredictionCalls
from mraru.labelstudio.refusals import told_clearly
from mraru.labelstudio.registrations import RegisteredBackend, RegisteredWebhook, read_backend, read_webhook
from mraru.labelstudio.view_client import ViewCalls
from mraru.records import Annotation, LabelSchema, ProjectDescription, TaskText

logger = logging.getLogger(__name__)

PAGE_SIZE = 1000  # tasks


class LabelStudioClient(ViewCalls, PredictionCalls):
    """One Label Studio, seen by the user of one token.

    Every method raises:
        LabelStudioUnreachable: no answer.
        LabelStudioRefused: an answer that is no success: wrong token, no such project, no permission.
        LabelStudioError: whatever answers is no Label Studio.
    """

    def __init__(self, url: str, token: str, timeout_s: float) -> None:
        """Make no request yet; `token` is a personal access token, or a legacy one where those are allowed.

        Raises:
            LabelStudioRefused: the token has expired.
        """
        self.url = url.rstrip("/")
        with told_clearly(self.url):
            # With its slash, an address below a path keeps the path when the token is exchanged.
            self._http = httpx.Client(timeout=timeout_s, follow_redirects=True)
            self._sdk = LabelStudio(  # type: ignore[no-untyped-call]
                base_url=self.url + "/", api_key=token, timeout=timeout_s, httpx_client=self._http
            )

    def close(self) -> None:
        """Close the connections to Label Studio."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def describe_project(self, project_id: int) -> ProjectDescription:
        """What Label Studio says of a project."""
        with self._told(project_id):
            project = self._sdk.projects.get(project_id)
        created_at = project.created_at.isoformat() if project.created_at else ""
        return ProjectDescription(
            project_id=project_id,
            title=project.title or "",
            instruction=read_instruction(project.expert_instruction or ""),
            label_config=project.label_config or "",
            created_at=created_at.replace("+00:00", "Z"),  # as the webhooks have it
            model_version=project.model_version or None,
            sampling=str(project.sampling or ""),
            skip_queue=str(project.skip_queue or ""),
            maximum_annotations=1 if project.maximum_annotations is None else project.maximum_annotations,
            overlap_cohort_percentage=100
            if project.overlap_cohort_percentage is None
            else project.overlap_cohort_percentage,
        )

    def list_tasks(self, project_id: int, schema: LabelSchema) -> Iterator[TaskText]:
        """All tasks of a project by id, fetched page by page (5,000 tasks: about 2 s).

        A task deleted meanwhile can push another off its page: what is missing comes with the next listing.
        """
        with self._told(project_id):
            for task in self._page_through_tasks(project_id, "id,data,overlap"):
                fields = task.data if isinstance(task.data, Mapping) else {}
                yield TaskText(
                    task_id=int(task.id or 0),
                    text=read_text(fields, schema),
                    overlap=1 if task.overlap is None else task.overlap,
                )

    def list_annotations(self, project_id: int, schema: LabelSchema) -> list[Annotation]:
        """All annotations of a project, skips included.

        Label Studio keeps a file of each export in its data folder, so this is for now and then.
        """
        with self._told(project_id):
            exported = b"".join(self._sdk.projects.exports.download_sync(project_id, export_type="JSON"))
            tasks = json.loads(exported)
        return [to_annotation(raw, schema) for task in tasks for raw in task.get("annotations", ())]

    def serve_lowest_score_first(self, project_id: int, model_version: str | None) -> bool:
        """Let the label stream show this version's predictions, lowest score first; True if that is new.

        The version must have predictions already, or Label Studio refuses it. With None no version is
        shown, and Label Studio asks no backend when an annotator asks for the next task.

        Raises:
            LabelStudioRefused: no prediction has this version.
            PredictionsHidden, VersionNotKept: Label Studio does not keep it, see `label_stream`.
        """
        return serve_version(self, project_id, model_version)

    def change_sampling(self, project_id: int, sampling: str) -> None:
        """Change in which order tasks are served."""
        with self._told(project_id):
            self._sdk.projects.update(project_id, sampling=sampling)

    def change_stream(self, project_id: int, model_version: str | None) -> None:
        """Write what `serve_lowest_score_first` has seen to be otherwise."""
        with self._told(project_id):
            self._sdk.projects.update(project_id, model_version=model_version or "", sampling=LOWEST_SCORE_FIRST)

    def hides_predictions(self, project_id: int) -> bool:
        """Whether the team has turned off that annotators see predictions."""
        with self._told(project_id):
            return self._sdk.projects.get(project_id).show_collab_predictions is False

    def list_backends(self, project_id: int) -> list[RegisteredBackend]:
        """The project's ML backends; Label Studio asks each for its health meanwhile."""
        with self._told(project_id):
            return [read_backend(row) for row in self._sdk.ml.list(project=project_id)]

    def create_backend(
        self, project_id: int, backend_url: str, title: str, basic_auth: tuple[str, str] | None
    ) -> RegisteredBackend:
        """Register an ML backend; Label Studio makes a webhook for it.

        Raises:
            PrivateAddressRefused: a row without webhook may stay behind.
        """
        with told_clearly(self.url, f"registering {backend_url}"):
            row = self._sdk.ml.create(
                project=project_id,
                url=backend_url,
                title=title,
                request_options=ONCE,
                **_auth_fields(basic_auth),
            )
        return read_backend(row)

    def change_credentials(self, project_id: int, backend: RegisteredBackend, basic_auth: tuple[str, str]) -> None:
        """Tell Label Studio the backend's user name and password."""
        with told_clearly(self.url, f"changing the credentials of {backend.url}"):
            self._sdk.ml.update(
                backend.backend_id,
                project=project_id,
                url=backend.url,
                title=backend.title,
                **_auth_fields(basic_auth),
            )

    def delete_backend(self, backend_id: int) -> None:
        """Remove an ML backend; its webhook stays."""
        with told_clearly(self.url, f"ML backend {backend_id}"):
            self._sdk.ml.delete(backend_id)

    def list_webhooks(self, project_id: int) -> list[RegisteredWebhook]:
        """The project's webhooks."""
        with self._told(project_id):
            return [read_webhook(row) for row in self._sdk.webhooks.list(project=str(project_id))]

    def create_webhook(self, project_id: int, url: str, headers: Mapping[str, str]) -> None:
        """Make a webhook for all actions, with payload."""
        with told_clearly(self.url, f"making a webhook to {url}"):
            self._sdk.webhooks.create(
                project=project_id,
                url=url,
                headers=dict(headers),
                send_payload=True,
                send_for_all_actions=True,
                request_options=ONCE,
            )

    def change_webhook(self, webhook: RegisteredWebhook, headers: Mapping[str, str]) -> None:
        """Give a webhook other headers, and see that it is active and sends its payload."""
        with told_clearly(self.url, f"webhook {webhook.webhook_id}"):
            # Label Studio drops the actions of a webhook whenever they are left out of a change.
            self._sdk.webhooks.update(
                webhook.webhook_id,
                headers=dict(headers),
                actions=list(webhook.actions),
                is_active=True,
                send_payload=True,
            )

    def delete_webhook(self, webhook_id: int) -> None:
        with told_clearly(self.url, f"webhook {webhook_id}"):
            self._sdk.webhooks.delete(webhook_id)

    def _page_through_tasks(self, project_id: int, include: str) -> Iterator[LseTask]:
        # With the SDK's defaults 5,000 tasks take 16 s, with these 2 s.
        page: SyncPager[LseTask, Any] | None = self._sdk.tasks.list(
            project=project_id, page_size=PAGE_SIZE, fields="task_only", include=include
        )
        while page is not None:
            listed = page.items or []
            yield from listed
            if len(listed) < PAGE_SIZE or page.get_next is None:
                return  # the SDK would ask on, of which Label Studio logs an error
            try:
                page = page.get_next()
            except ApiError as exc:
                if exc.status_code == HTTPStatus.NOT_FOUND:
                    return  # the last page was full
                raise

    def _told(self, project_id: int) -> AbstractContextManager[None]:
        return told_clearly(self.url, f"project {project_id}")


def _auth_fields(basic_auth: tuple[str, str] | None) -> dict[str, str]:
    if basic_auth is None:
        return {}
    return {"auth_method": "BASIC_AUTH", "basic_auth_user": basic_auth[0], "basic_auth_pass": basic_auth[1]}
