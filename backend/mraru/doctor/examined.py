"""What is examined: the services, the project, and what earlier checks have learned for the later ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mraru.bootstrap import Services
from mraru.doctor.machine import Machine
from mraru.errors import ProjectSettingInvalid
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.registrations import RegisteredBackend, RegisteredWebhook, is_same_url
from mraru.records import ProjectDescription
from mraru.schema_records import ConfigSelection, LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project

TITLE = "M-RARU"  # as `mraru connect` names the backend in Label Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectThere:
    """A project as Label Studio has it."""

    description: ProjectDescription
    backends: tuple[RegisteredBackend, ...]
    webhooks: tuple[RegisteredWebhook, ...]


class Examined:
    """Given to every check. Whoever reads `there` or `schema` needs the check that found it."""

    def __init__(self, services: Services, machine: Machine, project_id: int | None) -> None:
        """Look at nothing yet.

        Args:
            project_id: None: the installation alone is examined.
        """
        self.services = services
        self.machine = machine
        self._project_id = project_id
        self.there: ProjectThere | None = None  # None: not known, or not yet
        self.is_missing_there = False  # Label Studio says that it has no such project
        self.schema: LabelSchema | None = None
        self.is_store_usable = False
        self.silent_urls: set[str] = set()  # of this backend, where it does not answer: that is said once
        self.tells_of_texts = False  # a finding does, so the project's warning about them is left out
        self.date_there: str | None = None  # what Label Studio's clock said, as HTTP has it

    @property
    def settings(self) -> Settings:
        return self.services.settings

    @property
    def model_dir(self) -> Path:
        return self.settings.model_dir

    @property
    def project_id(self) -> int:
        assert self._project_id is not None, "checks of a project are made for one alone"
        return self._project_id

    @property
    def has_project(self) -> bool:
        return self._project_id is not None

    @property
    def known(self) -> Project | None:
        """The project as the store has it."""
        if self._project_id is None or not self.is_store_usable:
            return None
        return self.services.store.projects.get(self._project_id)

    @property
    def selection(self) -> ConfigSelection:
        """What people chose of the label config; a value that is no longer possible is another check's finding."""
        try:
            return self.services.selection_for(self.project_id if self.is_store_usable else None)
        except ProjectSettingInvalid:
            return self.settings.selection

    @property
    def known_there(self) -> ProjectThere:
        assert self.there is not None
        return self.there

    @property
    def known_schema(self) -> LabelSchema:
        assert self.schema is not None
        return self.schema

    @property
    def label_studio_url(self) -> str | None:
        """Where Label Studio is said to be; None: nobody has said it."""
        known = self.known
        if self.settings.uses_setup_token and known is not None and known.hostname:
            return known.hostname
        return self.settings.label_studio_url

    @property
    def token(self) -> str | None:
        known = self.known
        if self.settings.uses_setup_token and known is not None and known.access_token:
            return known.access_token
        key = self.settings.label_studio_api_key
        return key.get_secret_value() if key is not None else None

    @property
    def client(self) -> LabelStudioClient:
        """Label Studio as the backend asks it.

        Raises:
            SettingsError: its address or token is not set.
            LabelStudioRefused: the token has expired.
        """
        return self.services.label_studio(self._project_id)

    @property
    def own_urls(self) -> tuple[str, ...]:
        """Where Label Studio should reach this backend: as the settings say, and as it was called."""
        urls = [self.settings.own_url]
        known = self.known
        if self.settings.backend_url is None and known is not None and known.backend_url:
            urls.append(known.backend_url)
        return tuple(urls)

    def is_own(self, url: str) -> bool:
        return any(is_same_url(url, own) for own in self.own_urls)

    @property
    def own_backends(self) -> tuple[RegisteredBackend, ...]:
        """Rows of Label Studio's that lead to this backend."""
        return tuple(row for row in (self.there.backends if self.there else ()) if self.is_own(row.url))
