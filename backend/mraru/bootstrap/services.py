"""Everything that a process of ours may need."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from mraru.bootstrap.check_services import CheckServices
from mraru.bootstrap.recently_used import RecentlyUsed
from mraru.bootstrap.webhook_secret import keep_secret
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.errors import ProjectSettingInvalid, ProjectUnknown, SettingsError
from mraru.interfaces import Sampler, Student
from mraru.projects.retry_pauses import Pauses
from mraru.settings import Settings
from mraru.settings.project_fields import override_settings
from mraru.store.store import Store, open_store
from mraru.students.fine_tuned.distilbert import DistilBertStudent
from mraru.students.fine_tuned.fine_tuning import FineTuning, load_pretrained

if TYPE_CHECKING:
    from mraru.labelstudio.api.label_studio_client import LabelStudioClient
    from mraru.labelstudio.api.label_studio_users import People
    from mraru.projects.learning.training import StudentFiles, Training
    from mraru.projects.predictions.predicting import Predictor
    from mraru.projects.project_loop import ProjectLoop

MOST_CLIENTS = 16  # one, unless each project's address and token come with /setup
DISTILBERT = DistilBertStudent.name


class Services(CheckServices):
    """Everything that a process of ours may need, made when it is first asked for."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        super().__init__(settings, clock)
        self.pauses = Pauses()
        self._clients: RecentlyUsed[tuple[str, str], LabelStudioClient] = RecentlyUsed(MOST_CLIENTS)

    @property
    def store_path(self) -> Path:
        return self.settings.model_dir / "mraru.sqlite3"

    @property
    def has_store(self) -> bool:
        """Whether a backend has ever kept something in MODEL_DIR."""
        return self.store_path.exists()

    def require_store(self) -> Store:
        """The store, for commands that have nothing to do where there is none: they make no empty one.

        Raises:
            ProjectUnknown: no backend has kept anything in MODEL_DIR.
        """
        if not self.has_store:
            raise ProjectUnknown(
                f"No backend has kept anything in {self.settings.model_dir}: run this where `mraru serve` runs, or set "
                "MODEL_DIR to its folder."
            )
        return self.store

    @cached_property
    def store(self) -> Store:
        return open_store(self.store_path, self.clock, self.settings.lost_after_s)

    @cached_property
    def embedder(self) -> CachedEmbedder:
        settings = self.settings
        inner = SentenceTransformerEmbedder(
            settings.embedding_model,
            batch_size=settings.embedding_batch_size,
            threads=settings.embedding_threads,
        )
        return CachedEmbedder(inner, self.store.vectors)

    @cached_property
    def student_embedder(self) -> CachedEmbedder:
        """What the student reads: `embedder`, unless the student reads tokens."""
        settings = self.settings
        if settings.student != DISTILBERT:
            return self.embedder
        inner = TokenIdEmbedder(settings.distilbert_model, max_tokens=settings.distilbert_max_tokens)
        return CachedEmbedder(inner, self.store.vectors)

    @cached_property
    def predictor(self) -> Predictor:
        from mraru.projects.predictions.predicting import Predictor

        return Predictor(
            store=self.store,
            embedder=self.student_embedder,
            folder=self.settings.model_dir,
            timeout_s=self.settings.predict_timeout_s,
            files=self.student_files,
        )

    @cached_property
    def people(self) -> People:
        """Names of Label Studio's users."""
        from mraru.labelstudio.api.label_studio_users import People

        return People(self.clock)

    @cached_property
    def webhook_secret(self) -> SecretStr:
        """The set secret, or one made at random and kept in MODEL_DIR for every process."""
        if self.settings.webhook_secret is not None:
            return self.settings.webhook_secret
        return SecretStr(keep_secret(self._secret_path))

    @property
    def kept_webhook_secret(self) -> SecretStr | None:
        """The same, but None where a backend has yet to make one: for whoever only looks."""
        is_there = self.settings.webhook_secret is not None or self._secret_path.exists()
        return self.webhook_secret if is_there else None

    @property
    def _secret_path(self) -> Path:
        return self.settings.model_dir / "webhook-secret"

    def label_studio(self, project_id: int | None = None) -> LabelStudioClient:
        """A client with the set address and token; else, where that is allowed, with what `/setup` said of the project.

        A set token never goes to an address that a caller named: both are of the settings, or both of the same caller.

        Raises:
            SettingsError: neither is there.
        """
        url, token = self.settings.label_studio_url, self.settings.label_studio_api_key
        if self.settings.uses_setup_token and project_id is not None:
            project = self.store.projects.get(project_id)
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
        return self._clients.get(key, lambda: LabelStudioClient(*key, timeout_s=self.settings.label_studio_timeout_s))

    def open_label_studio(self, timeout_s: float) -> LabelStudioClient:
        """A client of its own with the set address and token, for the caller to close.

        Raises:
            SettingsError: they are not set.
            LabelStudioRefused: the token has expired.
        """
        settings = self.settings
        if not settings.label_studio_url or settings.label_studio_api_key is None:
            raise SettingsError("LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY: not set")
        from mraru.labelstudio.api.label_studio_client import LabelStudioClient

        return LabelStudioClient(
            settings.label_studio_url, settings.label_studio_api_key.get_secret_value(), timeout_s=timeout_s
        )

    def close_clients(self) -> None:
        """Close the connections to Label Studio; whoever asks it again opens new ones."""
        for client in self._clients.take_all():
            client.close()

    def settings_for(self, project_id: int) -> Settings:
        """The settings with what people set for this project alone: read anew at each call.

        Raises:
            ProjectSettingInvalid: a value that was possible when it was set is so no more.
        """
        try:
            return override_settings(self.settings, self.store.project_settings.load(project_id))
        except ProjectSettingInvalid as exc:
            remedy = f"`mraru set {project_id} --unset NAME` takes a value back"
            raise ProjectSettingInvalid(f"Of what was set for project {project_id}: {exc}. {remedy}.") from exc

    def make_student(self, settings: Settings | None = None) -> Student:
        """A fresh student as a project's settings say, or as the server's do."""
        from mraru.bootstrap.student_factory import make_distilbert, make_student

        settings = settings or self.settings
        if settings.student != DISTILBERT:
            return make_student(settings.student, settings.calibration, settings.seed)
        return make_distilbert(self.fine_tuning, settings.calibration)

    @property
    def fine_tuning(self) -> FineTuning:
        """How the student distilbert learns."""
        settings = self.settings
        return FineTuning(
            model=settings.distilbert_model,
            epochs=settings.distilbert_epochs,
            threads=settings.embedding_threads,
            seed=settings.seed,
        )

    @property
    def student_files(self) -> StudentFiles:
        from mraru.bootstrap.student_factory import DISTILBERT_FILES
        from mraru.projects.learning.training import EVERY_SKOPS_FILE

        return DISTILBERT_FILES if self.settings.student == DISTILBERT else EVERY_SKOPS_FILE

    def fetch_student_model(self) -> None:
        """Download what the student begins with, unless it is there or the student needs nothing.

        Raises:
            StudentModelMissing: it cannot be fetched.
        """
        if self.settings.student == DISTILBERT:
            self.student_embedder.embed([])
            load_pretrained(self.fine_tuning, n_classes=2)

    def make_sampler(self, settings: Settings | None = None) -> Sampler:
        from mraru.bootstrap.sampler_factory import make_sampler

        return make_sampler(settings or self.settings)

    def make_training(self, project_id: int) -> Training:
        from mraru.projects.learning.training import Training

        settings = self.settings_for(project_id)
        return Training(
            store=self.store,
            project_id=project_id,
            embedder=self.student_embedder,
            make_student=partial(self.make_student, settings),
            folder=settings.model_dir,
            soft_labels=settings.soft_labels,
            files=self.student_files,
        )

    def make_loop(self, project_id: int) -> ProjectLoop:
        """The loop of a project, ready for its next piece of work."""
        from mraru.projects.project_context import ProjectContext
        from mraru.projects.project_loop import ProjectLoop

        settings = self.settings_for(project_id)
        context = ProjectContext(
            store=self.store,
            label_studio=self.label_studio(project_id),
            views=self.label_studio(project_id) if settings.tabs else None,
            embedder=self.embedder,
            student_embedder=self.student_embedder,
            sampler=self.make_sampler(settings),
            make_student=partial(self.make_student, settings),
            make_teacher=self.make_round_teacher,
            make_batch_teachers=self.make_batch_teachers,
            check_teacher=self.check_before_rounds,
            make_training=self.make_training,
            config=settings,
            clock=self.clock,
            should_stop=lambda: self.stopping.is_set() or self.store.leases.is_lost(project_id),
            pauses=self.pauses,
        )
        return ProjectLoop(project_id, context)
