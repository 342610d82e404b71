"""Everything that a process of ours may need."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from mraru.bootstrap.batch_teachers import BatchTeacherServices
from mraru.embedding.cached import CachedEmbedder
from mraru.embedding.sentence_transformer import SentenceTransformerEmbedder
from mraru.errors import SettingsError
from mraru.interfaces import Sampler, Student
from mraru.labelstudio.client import LabelStudioClient
from mraru.loop.options import LoopOptions
from mraru.loop.parts import LoopParts
from mraru.loop.predicting import Predictor
from mraru.loop.runner import ProjectLoop
from mraru.loop.training import Training
from mraru.sampling.mraru import MRaru
from mraru.sampling.random_sampling import RandomSampling
from mraru.settings import Settings
from mraru.store.store import Store, open_store
from mraru.students.logistic_regression import LogisticRegressionStudent
from mraru.students.support_vector_machine import SupportVectorMachineStudent

STUDENTS: Mapping[str, Callable[[int], Student]] = {
    "logreg": LogisticRegressionStudent,
    "svm": SupportVectorMachineStudent,
}
SAMPLERS: Mapping[str, Callable[[int], Sampler]] = {
    "mraru": lambda max_passes: MRaru(max_passes=max_passes),
    "random": lambda max_passes: RandomSampling(),
}


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
    def predictor(self) -> Predictor:
        return Predictor(
            store=self.store,
            embedder=self.embedder,
            folder=self.settings.model_dir,
            timeout_s=self.settings.predict_timeout_s,
        )

    @cached_property
    def webhook_secret(self) -> SecretStr:
        """The set secret, or one made at random and kept in MODEL_DIR for every process."""
        if self.settings.webhook_secret is not None:
            return self.settings.webhook_secret
        return SecretStr(_keep_secret(self.settings.model_dir / "webhook-secret"))

    def label_studio(self, project_id: int | None = None) -> LabelStudioClient:
        """A client with the set address and token, or with what `/setup` said of the project.

        Raises:
            SettingsError: neither is there.
        """
        url, token = self.settings.label_studio_url, self.settings.label_studio_api_key
        project = self.store.projects.get(project_id) if project_id is not None else None
        if url is None and project is not None:
            url = project.hostname
        if token is None and project is not None and project.access_token:
            token = SecretStr(project.access_token)
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

    def make_student(self) -> Student:
        return STUDENTS[self.settings.student](self.settings.seed)

    def make_sampler(self) -> Sampler:
        return SAMPLERS[self.settings.sampler](self.settings.max_passes)

    def make_training(self, project_id: int) -> Training:
        return Training(
            store=self.store,
            project_id=project_id,
            embedder=self.embedder,
            make_student=self.make_student,
            folder=self.settings.model_dir,
            soft_labels=self.settings.soft_labels,
        )

    def make_loop(self, project_id: int) -> ProjectLoop:
        """The loop of a project, ready for its next piece of work."""
        settings = self.settings
        options = LoopOptions(
            budget=self.budget,
            total_budget=self.total_budget,
            batch_size=settings.batch_size,
            max_rounds=settings.max_rounds,
            seeding_limit=settings.seeding_limit,
            seed=settings.seed,
            teacher_concurrency=settings.teacher_concurrency,
            retrain_after=settings.retrain_after,
            retrain_delay_s=settings.retrain_delay_s,
            retry_delay_s=settings.retry_delay_s,
            soft_labels=settings.soft_labels,
            dawid_skene_min_texts=settings.dawid_skene_min_texts,
            push_limit=settings.push_limit,
            batch_api=settings.batch_api,
            batch_poll_s=settings.batch_poll_s,
        )
        parts = LoopParts(
            store=self.store,
            label_studio=self.label_studio(project_id),
            embedder=self.embedder,
            sampler=self.make_sampler(),
            make_student=self.make_student,
            make_teacher=self.make_teacher,
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
