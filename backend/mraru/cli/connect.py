"""`mraru connect` and `mraru disconnect`: thin over `labelstudio.connect`, and the words for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from mraru.bootstrap import Services
from mraru.errors import NotConnected, ProjectBusy
from mraru.labelstudio.client import LabelStudioClient
from mraru.labelstudio.connect import (
    ConnectReport,
    connect_project,
    disconnect_project,
    has_trace,
    is_registered,
)
from mraru.labelstudio.label_config import NOTE_NAME, parse_label_config
from mraru.loop.tabs import Tabs
from mraru.settings import Settings
from mraru.store.projects import Project, ProjectState
from mraru.teaching.zero_shot_record import ADVICE, describe_record
from mraru.worker.jobs import Jobs

TITLE = "M-RARU"  # of the backend in Label Studio


def connect_command(
    settings: Settings, project_id: int, backend_url: str | None = None, console: Console | None = None
) -> None:
    """Connect and say what was done and what comes next.

    Args:
        backend_url: as Label Studio reaches this backend; None: as the settings say.

    Raises:
        LabelConfigError: the project's label config is not supported.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    services = Services(settings)
    with services.label_studio() as client:
        project = client.describe_project(project_id)
        schema = parse_label_config(project.label_config)
        report = connect_to_backend(services, client, project_id, (backend_url or settings.own_url).rstrip("/"))
        restored = _restore_tabs(services, client, project_id)
    for step in (*report.steps, *restored):
        console.print(f"- {step}")
    if not report.changed and not restored:
        console.print(f"Project {project_id} '{project.title}' was connected already: nothing changed.")
        return
    planned = services.settings_for(project_id) if services.has_store else settings
    teacher = settings.llm_name if settings.uses_llm else "the built-in zero-shot teacher (no LLM)"
    console.print(
        f"Project {project_id} '{project.title}' is connected: {teacher} labels texts as "
        f"{', '.join(schema.labels)}, with at most {planned.max_calls} calls and ${planned.max_cost_usd:.2f}."
    )
    if not settings.uses_llm:
        console.print(f"{describe_record()} {ADVICE}")
    if schema.note_name is None:
        console.print(
            "To read what LLM and student say beside each prediction, add this to its label config: "
            f'<TextArea name="{NOTE_NAME}" toName="{schema.to_name}" editable="false" maxSubmissions="1"/>'
        )
    if not settings.auto_start:
        console.print("Press 'Start Training' in the project's settings (Model) to begin.")


def connect_to_backend(
    services: Services, client: LabelStudioClient, project_id: int, backend_url: str
) -> ConnectReport:
    """Connect, holding the project's lease where that can be had, and wake the worker then.

    Registering the backend makes Label Studio call `/setup`, upon which the worker would begin at once.
    """
    secret = services.webhook_secret.get_secret_value()
    with _hold_lease(services, project_id) as is_alone:
        known = services.store.projects.get(project_id) if services.has_store else None
        report = connect_project(
            client,
            project_id,
            backend_url=backend_url,
            title=TITLE,
            webhook_secret=secret,
            basic_auth=services.settings.basic_auth,
            is_alone=is_alone,
            pushed_version=known.served_version if known is not None else None,
        )
    if is_alone:
        Jobs(services).wake(project_id)
    return report


@contextmanager
def _hold_lease(services: Services, project_id: int) -> Iterator[bool]:
    """Keep the worker from beginning; False where it is at work already, or is not of this MODEL_DIR."""
    with ExitStack() as stack:
        is_alone = services.has_store
        if is_alone:
            try:
                stack.enter_context(services.store.leases.hold(project_id))
            except ProjectBusy:
                is_alone = False
        yield is_alone


def disconnect_command(
    settings: Settings, project_id: int, backend_url: str | None = None, console: Console | None = None
) -> None:
    """Disconnect and say what was done.

    Args:
        backend_url: as above; None: the one by which Label Studio reached it, and the settings'.

    Raises:
        NotConnected: nothing was there to disconnect, so nothing was changed.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    services = Services(settings)
    with services.label_studio() as client:
        known = services.store.projects.get(project_id) if services.has_store else None
        url = backend_url or _find_own_url(client, project_id, settings.own_url, known)
        is_idle = known is None or known.state is ProjectState.DISCONNECTED
        _check_connected(client, project_id, url.rstrip("/"), is_idle=is_idle)
        report = disconnect_project(client, project_id, backend_url=url.rstrip("/"))
        if known is not None and known.state is not ProjectState.DISCONNECTED:
            services.store.projects.disconnect(project_id)
            if known.is_started:
                console.print("- stopped its rounds: the teacher is asked nothing more")
        n_tabs = Tabs(services.store, client, project_id).remove() if services.has_store else 0
    for step in report.steps:
        console.print(f"- {step}")
    if n_tabs:
        console.print(f"- Removed {n_tabs} of our tabs from its Data Manager; those of the team stay.")


def _find_own_url(client: LabelStudioClient, project_id: int, own_url: str, known: Project | None) -> str:
    """The address at which Label Studio has this backend: the settings', or the one by which it was called."""
    called = known.backend_url if known is not None else None
    if called is not None and not is_registered(client, project_id, own_url):
        return called if is_registered(client, project_id, called) else own_url
    return own_url


def _check_connected(client: LabelStudioClient, project_id: int, url: str, *, is_idle: bool) -> None:
    """See that there is something to disconnect, and that it is what is meant.

    Args:
        is_idle: nothing is done for the project here.
    """
    if has_trace(client, project_id, url):
        return
    others = [row.url for row in client.list_backends(project_id) if row.title == TITLE]
    if others:
        raise NotConnected(
            f"Project {project_id} is not connected to {url}, but to {', '.join(others)}, so nothing was changed: name "
            f"the address with --backend-url {others[0]} (or set MRARU_BACKEND_URL)."
        )
    if is_idle:
        raise NotConnected(f"Project {project_id} was not connected to {url}: nothing was changed.")


def _restore_tabs(services: Services, client: LabelStudioClient, project_id: int) -> list[str]:
    """Have tabs of ours that the team deleted made again; a first connection has none."""
    if not services.has_store or not services.settings.tabs:
        return []
    n_restored = Tabs(services.store, client, project_id).restore()
    again = f"the next round makes them again, or `mraru tabs {project_id}` now."
    return [f"{n_restored} of our tabs had been deleted: {again}"] if n_restored else []
