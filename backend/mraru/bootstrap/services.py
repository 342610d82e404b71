"""Everything that a process of ours may need."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from pydantic import SecretStr

from mraru.bootstrap.batch_teachers import BatchTeacherServices
from mraru.bootstrap.quality import quality_options
from mraru.bootstrap.samplers import SAMPLERS
from mraru.bootstrap.students import DISTILBERT, DISTILBERT_FILES, make_distilbert, make_student
from mraru.embedding.cached import CachedEmbedder
from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.errors import ProjectSettingInvalid, ProjectUnknown, SettingsError
from mraru.interfaces import Sampler, Student
from mraru.labelstudio.client import LabelStudioClient
from mraru.labelstudio.people import People
from mraru.loop.options import GoldConsensus, LoopOptions, SeedingMethod
from mraru.loop.parts import LoopParts
from mraru.loop.predicting import Predictor
from mraru.loop.runner import ProjectLoop
from mraru.loop.training import EVERY_SKOPS_FILE, StudentFiles, Training
from mraru.settings import Settings
from mraru.settings.project_fields import override_settings
from mraru.store.store import Store, open_store
from mraru.students.fine_tuning import FineTuning, load_pretrained


class Services(BatchTeacherServices):
    """Everything that a process of ours may need, made when it is first asked for."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        super().__init__(settings, clock)
        self._clients: dict[tuple[str, str], LabelStudioClient] = {}

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
        return People(self.clock)

    @cached_property
    def webhook_secret(self) -> SecretStr:
        """The set secret, or one made at random and kept in MODEL_DIR for every process."""
        if self.settings.webhook_secret is not None:
            return self.settings.webhook_secret
        return SecretStr(_keep_secret(self.settings.model_dir / "webhook-secret"))

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
        key = (url, token.get_secret_value())
        if key not in self._clients:
            self._clients[key] = LabelStudioClient(*key, timeout_s=self.settings.label_studio_timeout_s)
        return self._clients[key]

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
        settings = settings or self.settings
        return SAMPLERS[settings.sampler](settings)

    def make_training(self, project_id: int) -> Training:
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
        settings = self.settings_for(project_id)
        options = LoopOptions(
            budget=self.budget,
            total_budget=self.total_budget,
            batch_size=settings.batch_size,
            max_rounds=settings.max_rounds,
            seeding=SeedingMethod(settings.seeding),
            seeding_sample=settings.seeding_sample,
            seeding_limit=settings.seeding_limit,
            seed=settings.seed,
            teacher_concurrency=settings.teacher_concurrency,
            retrain_after=settings.retrain_after,
            retrain_delay_s=settings.retrain_delay_s,
            retry_delay_s=settings.retry_delay_s,
            soft_labels=settings.soft_labels,
            dawid_skene_min_texts=settings.dawid_skene_min_texts,
            gold_consensus=GoldConsensus(settings.gold_consensus),
            gold_min_texts=settings.gold_min_texts,
            audit_share=settings.audit_share,
            push_limit=settings.push_limit,
            quality=quality_options(settings),
            batch_api=settings.batch_api,
            batch_poll_s=settings.batch_poll_s,
        )
        parts = LoopParts(
            store=self.store,
            label_studio=self.label_studio(project_id),
            views=self.label_studio(project_id) if settings.tabs else None,
            embedder=self.embedder,
            student_embedder=self.student_embedder,
            sampler=self.make_sampler(settings),
            make_student=partial(self.make_student, settings),
            make_teacher=self.make_round_teacher,
            make_batch_teachers=self.make_batch_teachers,
            make_training=self.make_training,
            options=options,
            clock=self.clock,
            should_stop=self.stopping.is_set,
        )
        return ProjectLoop(project_id, parts)


def _keep_secret(path: Path) -> str:
    """Read the secret of a file, or make both; of two processes that make it, the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    try:
        os.link(fresh, path)  # fails when the file is there: never seen half-written
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="utf-8").strip()
