"""The jobs: deal with a project's inbox, do its next piece of work, look after all projects each minute."""

from __future__ import annotations

import logging
from collections.abc import Callable

from huey import SqliteHuey, crontab

from mraru.bootstrap import Services
from mraru.errors import LabelStudioError, MRaruError, ProjectBusy, SettingsError, WorkInterrupted
from mraru.labelstudio.connect import secure_webhook
from mraru.loop.controls import start_rounds
from mraru.loop.corrections import handle_inbox
from mraru.loop.parts import Advance
from mraru.store.projects import ProjectState
from mraru.worker.definition_drafts import work_on_drafts
from mraru.worker.permission import ASK_AGAIN_S, Permission, begin_where_allowed

logger = logging.getLogger(__name__)


class Jobs:
    """The queue and what stands in it; web server and worker each have one over the same file."""

    def __init__(self, services: Services) -> None:
        self._services = services
        path = services.settings.model_dir / "jobs.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)  # of an earlier version
        self.huey = SqliteHuey(
            "mraru",
            filename=str(path),
            results=False,
            timeout=30,  # seconds to wait for another process's lock
        )
        work = self.huey.task(name="work")(self.work)
        self._work: Callable[[int], object] = work
        self._work_later: Callable[[int], object] = lambda project_id: work.schedule((project_id,), delay=ASK_AGAIN_S)
        self.huey.periodic_task(crontab(minute="*"), name="look_after_all")(self.look_after_all)

    def wake(self, project_id: int) -> None:
        """Have the worker look at a project."""
        self._work(project_id)

    def stop(self) -> None:
        """Let jobs under way end at the next text."""
        self._services.stopping.set()

    def resume_all(self) -> None:
        """After a restart: free what a crash left locked and go on with every project."""
        store = self._services.store
        store.leases.break_dead()
        for project in store.projects.list_all():
            store.projects.request_sync(project.project_id)
            self.wake(project.project_id)

    def look_after_all(self) -> None:
        """Wake projects whose corrections, retries or reconciliation may be due."""
        store = self._services.store
        now = self._services.clock()
        for project in store.projects.list_all():
            if not project.is_started:
                if project.start_asked_at is not None or store.batch_jobs.list_open(
                    project.project_id
                ):  # what they answered is paid for
                    self.wake(project.project_id)
                continue
            if project.synced_at is None or now - project.synced_at > self._services.settings.reconcile_every_s:
                store.projects.request_sync(project.project_id)
            self.wake(project.project_id)

    def work(self, project_id: int) -> None:
        """Deal with the inbox of a project, then do its next piece of work."""
        store = self._services.store
        if self._services.stopping.is_set() or store.projects.get(project_id) is None:
            return
        try:
            if handle_inbox(store, project_id, self._services.clock):
                self._start_training(project_id)
            with store.leases.hold(project_id):
                store.projects.set_wanted(project_id, False)
                if begin_where_allowed(self._services, project_id) is Permission.NOT_YET:
                    self._work_later(project_id)
                self._secure_webhook(project_id)
                work_on_drafts(self._services, project_id)
                advance = self._services.make_loop(project_id).advance()
        except ProjectBusy:
            store.projects.set_wanted(project_id, True)
            return
        except WorkInterrupted:
            return  # the next start of the worker goes on
        except MRaruError as exc:
            store.projects.set_state(project_id, ProjectState.FAILED, str(exc))
            logger.error("project %d failed: %s", project_id, exc, extra={"event": "failed"})
            return
        except Exception as exc:  # a fault of ours: people must see it in the project's state
            reason = f"an unexpected {type(exc).__name__}: the worker's log says where"
            store.projects.set_state(project_id, ProjectState.FAILED, reason)
            logger.exception("project %d failed", project_id, extra={"event": "failed"})
            return
        self._go_on(project_id, advance)

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

    def _secure_webhook(self, project_id: int) -> None:
        """Give the webhook of a backend that was added by hand the secret that makes its events trusted."""
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
            logger.warning(
                "it could not be seen whether the webhook of project %d has its secret; until then its events may only "
                "ask for a sync: %s",
                project_id,
                exc,
                extra={"event": "webhook_unsecured"},
            )
