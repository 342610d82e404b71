"""Clients of Label Studio, by the address and token that are set, or that came with `/setup`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import SecretStr

from mraru.bootstrap.recently_used import RecentlyUsed
from mraru.errors import SettingsError
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project

if TYPE_CHECKING:
    from mraru.labelstudio.api.label_studio_client import LabelStudioClient

MOST_CLIENTS = 16  # one, unless each project's address and token come with /setup


class LabelStudioClients:
    """Those that a process has open."""

    def __init__(self, settings: Settings, find_project: Callable[[int], Project | None]) -> None:
        self._settings = settings
        self._find_project = find_project
        self._kept: RecentlyUsed[tuple[str, str], LabelStudioClient] = RecentlyUsed(MOST_CLIENTS)

    def for_project(self, project_id: int | None = None) -> LabelStudioClient:
        """A client with the set address and token; else, where that is allowed, with what `/setup` said of the project.

        A set token never goes to an address that a caller named: both are of the settings, or both of the same caller.

        Raises:
            SettingsError: neither is there.
        """
        settings = self._settings
        url, token = settings.label_studio_url, settings.label_studio_api_key
        if settings.uses_setup_token and project_id is not None:
            project = self._find_project(project_id)
            if project is not None and project.hostname and project.access_token:
                url, token = project.hostname, SecretStr(project.access_token)
        if not url:
            raise SettingsError("LABEL_STUDIO_URL: set it to Label Studio's address, such as http://localhost:8080")
        if token is None:
            raise SettingsError(
                "LABEL_STUDIO_API_KEY: set it to a personal access token (Label Studio: Account & Settings)"
            )
        from mraru.labelstudio.api.label_studio_client import LabelStudioClient

        key = (url, token.get_secret_value())
        return self._kept.get(
            key,
            lambda: LabelStudioClient(
                *key, timeout_s=settings.label_studio_timeout_s, max_file_bytes=settings.max_file_bytes
            ),
        )

    def open_own(self, timeout_s: float) -> LabelStudioClient:
        """A client of its own with the set address and token, for the caller to close.

        Raises:
            SettingsError: they are not set.
            LabelStudioRefused: the token has expired.
        """
        settings = self._settings
        if not settings.label_studio_url or settings.label_studio_api_key is None:
            raise SettingsError("LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY: not set")
        from mraru.labelstudio.api.label_studio_client import LabelStudioClient

        return LabelStudioClient(
            settings.label_studio_url, settings.label_studio_api_key.get_secret_value(), timeout_s=timeout_s
        )

    def close(self) -> None:
        """Close the connections; whoever asks Label Studio again opens new ones."""
        for client in self._kept.take_all():
            client.close()
