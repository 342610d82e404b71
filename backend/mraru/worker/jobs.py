"""The jobs: deal with a project's inbox, do its next piece of work, look after all projects each minute."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from huey import SqliteHuey, crontab

from mraru.bootstrap import Services
from mraru.errors import (
    LabelStudioError,
    LabelStudioRefused,
    MRaruError,
    ProjectBusy,
    SettingsError,
    StoreDamaged,
    StoreFault,
    WorkInterrupted,
)
from mraru.plugins import comes_from_outside
from mraru.projects.round_controls import start_rounds
from mraru.projects.syncing.corrections import handle_inbox
from mraru.store.projects.project_repository import ProjectState
from mraru.worker.job_queue import TIMEOUT_S, OnceWaiting, prepare_queue
from mraru.worker.permission import ASK_AGAIN_S, Permission, begin_where_allowed

if TYPE_CHECKING:
    from mraru.projects.project_context import Advance

logger = logging.getLogger(__name__)


class Jobs:
    """The queue and what stands in it; web server and worker each have one over the same file."""

    def __init__(self, services: Services) -> None:
        """Open the queue.

        Raises:
            StoreError: MODEL_DIR cannot be used.
        """
        self._services = services
        self.huey = SqliteHuey(
            "mraru",
            filename=str(prepare_queue(services.settings.model_dir)),
            storage_class=OnceWaiting,
            results=False,
            timeout=TIMEOUT_S,
        )
        self._work = self.huey.task(name="work")(self.work)
        self._wake = self.huey.task(name="wake")(self.wake)
        self.huey.periodic_task(crontab(minute="*"), name="look_after_all")(self.look_after_all)

    def wake(self, project_id: int) -> None:
        """Have the worker look at a project: once, however often this is called before it does.

        Where the queue cannot be written, the worker finds what there is to do within a minute.
        """
        self.huey.enqueue(self._work.s(project_id, id=f"work {project_id}"))  # jobs of one project are equal

    def stop(self) -> None:
        """Let jobs under way end at the next text."""
        self._services.stopping.set()

    def resume_all(self) -> None:
        """After a restart: free what a crash left locked and go on with every project."""
        store = self._services.store
        store.leases.break_dead()
        for project in store.projects.list_all():
            store.projects.try_again(project.project_id)  # settings may be others now
            self.wake(project.project_id)

    def look_after_all(self) -> None:
        """Wake projects that have something to do, and no others: those that rest cost one question in all."""
        try:
            self._wake_due()
        except StoreFault as exc:
            logger.error("projects could not be looked after: %s", exc, extra={"event": "store_fault"})

    def _wake_due(self) -> None:
        store = self._services.store
        for due in store.due_projects.list_due(self._services.clock(), self._services.settings.reconcile_every_s):
            if due.is_to_be_read:
                store.projects.request_sync(due.project_id)
                store.events.forget_done()  # about once an hour
            self.wake(due.project_id)

    def work(self, project_id: int) -> None:
        """Deal with the inbox of a project, then do its next piece of work."""
        from mraru.worker.draft_jobs import work_on_drafts  # late: commands that only wake the worker do without

        store = self._services.store
        try:
            if self._services.stopping.is_set() or store.projects.get(project_id) is None:
                return
            if handle_inbox(store, project_id, self._services.clock):
                self._start_training(project_id)
            if store.events.has_open(project_id):
                self.wake(project_id)  # behind the other projects
            with store.leases.hold(project_id):
                store.projects.set_wanted(project_id, False)
                if begin_where_allowed(self._services, project_id) is Permission.NOT_YET:
                    self._wake_later(project_id)
                if not self._is_gone(project_id):
                    self._secure_webhook(project_id)
                    work_on_drafts(self._services, project_id)
                advance = self._services.make_loop(project_id).advance()
            self._go_on(project_id, advance)
        except ProjectBusy:
            self._leave_word(project_id)
        except WorkInterrupted as exc:  # the next start of the worker goes on, or another one has
            logger.info("project %d is left: %s", project_id, exc, extra={"event": "interrupted"})
        except StoreFault as exc:
            logger.error("project %d is left as it is: %s", project_id, exc, extra={"event": "store_fault"})
            self._note_fault(project_id, exc)
        except MRaruError as exc:
            before = store.projects.get(project_id)
            is_news = before is None or (before.state, before.reason) != (ProjectState.FAILED, str(exc))
            self._note_failed(project_id, str(exc))
            level = logging.ERROR if is_news else logging.DEBUG  # it is tried again each minute
            logger.log(level, "project %d failed: %s", project_id, exc, extra={"event": "failed"})
        except BaseException as exc:  # a fault of ours, or of a part: people must see it in the project's state
            if comes_from_outside(exc):
                raise
            reason = f"an unexpected {type(exc).__name__}: the worker's log says where"
            self._note_failed(project_id, reason)
            logger.exception("project %d failed", project_id, extra={"event": "failed"})

    def _note_failed(self, project_id: int, reason: str) -> None:
        """Say what failed beside the loop; it is tried again with all that have something to do."""
        self._note(project_id, ProjectState.FAILED, reason)

    def _note_fault(self, project_id: int, exc: StoreFault) -> None:
        """Say why it waits where even that can be written; a damaged store does not become whole by itself."""
        if isinstance(exc, StoreDamaged):
            self._note(project_id, ProjectState.FAILED, str(exc))
        else:
            retry_at = self._services.clock() + self._services.settings.retry_delay_s
            self._note(project_id, ProjectState.PAUSED, str(exc), retry_at)

    def _note(self, project_id: int, state: ProjectState, reason: str, retry_at: float | None = None) -> None:
        store = self._services.store
        try:
            with store.database.write():
                store.projects.set_state(project_id, state, reason, retry_at)
                store.due_projects.note(project_id, retry_at or 0.0)
        except StoreFault as exc:
            logger.error("the state of project %d was not written: %s", project_id, exc, extra={"event": "store_fault"})

    def _leave_word(self, project_id: int) -> None:
        try:
            self._services.store.projects.set_wanted(project_id, True)
        except StoreFault as exc:
            logger.error("project %d is left as it is: %s", project_id, exc, extra={"event": "store_fault"})

    def _wake_later(self, project_id: int) -> None:
        waiting = [*self.huey.pending(), *self.huey.scheduled()]
        if not any(isinstance(job, self._wake.task_class) and job.args == (project_id,) for job in waiting):
            self._wake.schedule((project_id,), delay=ASK_AGAIN_S)

    def _start_training(self, project_id: int) -> None:
        """Anybody can send Start Training: it starts what was allowed before, and asks for the rest."""
        store = self._services.store
        project = store.projects.get(project_id)
        if project is not None and project.state is ProjectState.CONNECTED and not project.is_allowed:
            store.projects.ask_start(project_id, self._services.clock())
        else:
            start_rounds(store, project_id, self._services.settings_for(project_id).go_on_rounds)

    def _go_on(self, project_id: int, advance: Advance) -> None:
        project = self._services.store.projects.get(project_id)
        if advance.more or (project is not None and project.is_wanted):
            self.wake(project_id)

    def _is_gone(self, project_id: int) -> bool:
        project = self._services.store.projects.get(project_id)
        return project is not None and project.state is ProjectState.GONE

    def _secure_webhook(self, project_id: int) -> None:
        """Give the webhook of a backend that was added by hand the secret that makes its events trusted."""
        from mraru.labelstudio.connecting.connection import secure_webhook

        store = self._services.store
        project = store.projects.get(project_id)
        if project is None or project.is_webhook_secured or project.backend_url is None or not project.is_allowed:
            return
        try:
            client = self._services.label_studio(project_id)
            secret = self._services.webhook_secret.get_secret_value()
            if secure_webhook(client, project_id, project.backend_url, secret):
                store.projects.set_webhook_secured(project_id)
        except (LabelStudioError, SettingsError) as exc:
            if isinstance(exc, LabelStudioRefused) and exc.status == HTTPStatus.NOT_FOUND:
                store.projects.request_sync(project_id)  # the project may be gone: the sync says so
            logger.warning(
                "it could not be seen whether the webhook of project %d has its secret; until then its events may only "
                "ask for a sync: %s",
                project_id,
                exc,
                extra={"event": "webhook_unsecured"},
            )
