"""Label Studio's API, as far as this backend needs it, in records."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Self

from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from mraru.labelstudio.api.api_calls import ONCE
from mraru.labelstudio.api.file_requests import FileRequests
from mraru.labelstudio.api.label_stream import LOWEST_SCORE_FIRST, serve_version
from mraru.labelstudio.api.label_studio_refusals import describe_foreign, describe_gone, told_clearly
from mraru.labelstudio.api.prediction_client import PredictionCalls
from mraru.labelstudio.api.registrations import RegisteredBackend, RegisteredWebhook, read_backend, read_webhook
from mraru.labelstudio.api.task_client import TaskCalls
from mraru.labelstudio.api.text_files import DEFAULT_FILE_BYTES, LONGEST_SILENCE_S, TextFiles
from mraru.labelstudio.api.token_renewal import RenewingClient
from mraru.labelstudio.api.view_client import ViewCalls
from mraru.labelstudio.texts.html_text import read_instruction
from mraru.records import ProjectDescription


class LabelStudioClient(ViewCalls, PredictionCalls, TaskCalls):
    """One Label Studio, seen by the user of one token.

    Every method raises:
        LabelStudioUnreachable: no answer.
        LabelStudioRefused: an answer that is no success: wrong token, no such project, no permission.
        LabelStudioError: whatever answers is no Label Studio.
    """

    def __init__(self, url: str, token: str, timeout_s: float, *, max_file_bytes: int = DEFAULT_FILE_BYTES) -> None:
        """Make no request yet; `token` is a personal access token, or a legacy one where those are allowed.

        Args:
            max_file_bytes: of a file that holds a task's text.

        Raises:
            LabelStudioRefused: the token has expired.
        """
        self.url = url.rstrip("/")
        with told_clearly(self.url):
            # With its slash, an address below a path keeps the path when the token is exchanged.
            self._http = RenewingClient(self._renew, timeout=timeout_s, follow_redirects=True)
            self._sdk = LabelStudio(  # type: ignore[no-untyped-call]
                base_url=self.url + "/", api_key=token, timeout=timeout_s, httpx_client=self._http
            )
        requests = FileRequests(
            self.url,
            self._http,
            self._make_headers,
            timeout_s=min(timeout_s, LONGEST_SILENCE_S),
            max_bytes=max_file_bytes,
        )
        self._files = TextFiles(requests, self.url)

    def close(self) -> None:
        """Close the connections to Label Studio."""
        self._files.close()
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_headers(self) -> dict[str, str]:
        """The headers of a request, with a token that is valid now."""
        with told_clearly(self.url, "the token"):
            return dict(self._sdk._client_wrapper.get_headers())

    def _renew(self, refused: str) -> str | None:
        """Another access token than the refused one; None for a legacy token, which cannot be exchanged."""
        tokens = self._sdk._client_wrapper._tokens_client
        if tokens._use_legacy_token:
            return None
        if tokens._access_token == refused:  # else another thread has fetched one
            tokens._access_token = None
        return str(tokens.api_key)

    def find_user(self, *, once: bool = False) -> str:
        """Whose token it is: the user's address or name; `once`: failures are not tried again."""
        with told_clearly(self.url, "the user of the token"):
            user = self._sdk.users.whoami(request_options=ONCE if once else None)
            if user.id is None:
                raise describe_foreign(self.url)
        return user.email or user.username or ""

    def describe_project(self, project_id: int) -> ProjectDescription:
        """What Label Studio says of a project.

        Raises:
            ProjectGone: it says that there is none.
        """
        with self._told(project_id):
            try:
                project = self._sdk.projects.get(project_id)
            except ApiError as exc:
                if exc.status_code == HTTPStatus.NOT_FOUND and isinstance(exc.body, Mapping):  # no proxy's page
                    raise describe_gone(self.url, project_id) from None
                raise
            if project.id != project_id:
                raise describe_foreign(self.url)
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

    def find_training_start(self, project_id: int) -> int:
        """After how many annotations each Label Studio sends Start Training by itself; 0: never."""
        with self._told(project_id):
            return self._sdk.projects.get(project_id).min_annotations_to_start_training or 0

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

    def _told(self, project_id: int) -> AbstractContextManager[None]:
        return told_clearly(self.url, f"project {project_id}")


def _auth_fields(basic_auth: tuple[str, str] | None) -> dict[str, str]:
    if basic_auth is None:
        return {}
    return {"auth_method": "BASIC_AUTH", "basic_auth_user": basic_auth[0], "basic_auth_pass": basic_auth[1]}
