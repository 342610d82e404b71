"""Everything that a process of ours may need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from mraru.bootstrap.embedder_factory import make_embedder, make_token_embedder
from mraru.bootstrap.label_studio_clients import LabelStudioClients
from mraru.bootstrap.made_once import made_once
from mraru.bootstrap.webhook_secret import keep_secret
from mraru.budget_records import Budget
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import ProjectSettingInvalid, ProjectUnknown
from mraru.projects.retry_pauses import Pauses
from mraru.schema_records import ConfigSelection
from mraru.settings import Settings
from mraru.settings.project_fields import override_settings
from mraru.store.store import Store, open_store

if TYPE_CHECKING:
    from mraru.bootstrap.student_factory import StudentFactory
    from mraru.bootstrap.teaching.batch_teacher_factory import BatchTeacherFactory
    from mraru.bootstrap.teaching.definition_factory import DefinitionFactory
    from mraru.bootstrap.teaching.llm_checks import LLMChecks
    from mraru.bootstrap.teaching.llm_factory import LLMFactory
    from mraru.bootstrap.teaching.server_guards import ServerGuards
    from mraru.bootstrap.teaching.teacher_factory import TeacherFactory
    from mraru.labelstudio.api.label_studio_client import LabelStudioClient
    from mraru.labelstudio.api.label_studio_users import People
    from mraru.projects.learning.training import Training
    from mraru.projects.predictions.predicting import Predictor
    from mraru.projects.project_loop import ProjectLoop
    from mraru.schema_records import LabelSchema


class Services:
    """Everything that a process of ours may need, made when it is first asked for.

    Whatever makes parts of one kind is a factory of its own, handed what it needs: this class only puts them together.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = threading.Event()  # set when this process is asked to end
        self.pauses = Pauses()
        self._began_at = clock()

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

    @made_once
    def store(self) -> Store:
        return open_store(self.store_path, self.clock, self.settings.lost_after_s)

    @made_once
    def embedder(self) -> CachedEmbedder:
        return CachedEmbedder(make_embedder(self.settings), self.store.vectors)

    @made_once
    def student_embedder(self) -> CachedEmbedder:
        """What the student reads: `embedder`, unless the student reads tokens."""
        tokens = make_token_embedder(self.settings)
        return self.embedder if tokens is None else CachedEmbedder(tokens, self.store.vectors)

    @made_once
    def students(self) -> StudentFactory:
        from mraru.bootstrap.student_factory import StudentFactory

        return StudentFactory(self.settings)

    @made_once
    def server_guards(self) -> ServerGuards:
        """What all teachers of this process share that ask one model of one server."""
        from mraru.bootstrap.teaching.server_guards import ServerGuards

        return ServerGuards(self.settings, sleep=self.stopping.wait, clock=self.clock, book=self.store.teacher_health)

    @made_once
    def llms(self) -> LLMFactory:
        """The LLMs themselves, with no books around them."""
        from mraru.bootstrap.teaching.llm_factory import LLMFactory

        return LLMFactory(
            self.settings, store=self.store, embedder=self.embedder, clock=self.clock, guards=self.server_guards
        )

    @made_once
    def teachers(self) -> TeacherFactory:
        """The teachers as projects ask them, booked and guarded."""
        from mraru.bootstrap.teaching.teacher_factory import TeacherFactory

        return TeacherFactory(
            self.settings,
            store=self.store,
            embedder=self.embedder,
            llms=self.llms,
            guards=self.server_guards,
            sleep=self.stopping.wait,
        )

    @made_once
    def batch_teachers(self) -> BatchTeacherFactory:
        from mraru.bootstrap.teaching.batch_teacher_factory import BatchTeacherFactory

        return BatchTeacherFactory(self.settings, store=self.store, llms=self.llms)

    @made_once
    def definitions(self) -> DefinitionFactory:
        """Who drafts definitions of labels, and trials of drafts."""
        from mraru.bootstrap.teaching.definition_factory import DefinitionFactory

        return DefinitionFactory(
            self.settings,
            store=self.store,
            llms=self.llms,
            teachers=self.teachers,
            guards=self.server_guards,
            should_stop=self.stopping.is_set,
        )

    @made_once
    def llm_checks(self) -> LLMChecks:
        from mraru.bootstrap.teaching.llm_checks import LLMChecks

        return LLMChecks(
            self.settings,
            store=self.store,
            llms=self.llms,
            guards=self.server_guards,
            sleep=self.stopping.wait,
            clock=self.clock,
            began_at=self._began_at,
        )

    @made_once
    def predictor(self) -> Predictor:
        from mraru.projects.predictions.predicting import Predictor

        return Predictor(
            store=self.store,
            embedder=self.student_embedder,
            folder=self.settings.model_dir,
            timeout_s=self.settings.predict_timeout_s,
            files=self.students.files,
        )

    @made_once
    def people(self) -> People:
        """Names of Label Studio's users."""
        from mraru.labelstudio.api.label_studio_users import People

        return People(self.clock)

    @made_once
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

    @made_once
    def _clients(self) -> LabelStudioClients:
        return LabelStudioClients(self.settings, lambda project_id: self.store.projects.get(project_id))

    def label_studio(self, project_id: int | None = None) -> LabelStudioClient:
        """See `LabelStudioClients.for_project`."""
        return self._clients.for_project(project_id)

    def open_label_studio(self, timeout_s: float) -> LabelStudioClient:
        """See `LabelStudioClients.open_own`."""
        return self._clients.open_own(timeout_s)

    def close_clients(self) -> None:
        """See `LabelStudioClients.close`."""
        self._clients.close()

    def budget_of(self, project_id: int) -> Budget:
        """Of this project."""
        return self.store.project_settings.budget_of(project_id, self.settings.budget)

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

    def selection_for(self, project_id: int | None) -> ConfigSelection:
        """What people chose of a project's label config, which holds in full from its next sync on.

        Of a stored project, `projects.project_schema` says what it asks; None: of no project.
        """
        chosen = self.settings_for(project_id) if project_id is not None and self.has_store else self.settings
        return chosen.selection

    def make_training(self, project_id: int, schema: LabelSchema) -> Training:
        from mraru.projects.learning.training import Training

        settings = self.settings_for(project_id)
        return Training(
            store=self.store,
            project_id=project_id,
            embedder=self.student_embedder,
            make_student=partial(self.students.make, settings, schema),
            folder=settings.model_dir,
            soft_labels=settings.soft_labels,
            files=self.students.files,
        )

    def make_loop(self, project_id: int) -> ProjectLoop:
        """The loop of a project, ready for its next piece of work."""
        from mraru.bootstrap.sampler_factory import make_sampler
        from mraru.bootstrap.stopping_criteria import make_stopping_criteria
        from mraru.projects.project_context import ProjectContext
        from mraru.projects.project_loop import ProjectLoop

        settings = self.settings_for(project_id)
        context = ProjectContext(
            store=self.store,
            label_studio=self.label_studio(project_id),
            views=self.label_studio(project_id) if settings.tabs else None,
            embedder=self.embedder,
            student_embedder=self.student_embedder,
            sampler=make_sampler(settings),
            stopping_criteria=make_stopping_criteria(settings),
            make_student=lambda schema: self.students.make(settings, schema),
            make_teacher=self.teachers.for_rounds,
            make_batch_teachers=self.batch_teachers.for_project,
            check_teacher=self.llm_checks.check_before_rounds,
            make_training=self.make_training,
            config=settings,
            clock=self.clock,
            should_stop=lambda: self.stopping.is_set() or self.store.leases.is_lost(project_id),
            pauses=self.pauses,
        )
        return ProjectLoop(project_id, context)
