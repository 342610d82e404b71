"""`mraru connect` and `mraru disconnect`: thin over `labelstudio.connecting.connection`, and the words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from rich.console import Console

from mraru.bootstrap import Services
from mraru.cli.label_studio.connect_check import ConnectCheck
from mraru.cli.label_studio.label_config_choice import LabelConfigChoice
from mraru.cli.label_studio.text_preview import preview_texts
from mraru.errors import LabelStudioError, NotConnected, ProjectBusy, ProjectGone
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.connecting.connection import (
    ConnectReport,
    connect_project,
    disconnect_project,
    has_trace,
    list_former_urls,
)
from mraru.labelstudio.label_configs.label_config import NOTE_NAME, parse_label_config
from mraru.projects.gone_projects import explain_gone
from mraru.projects.predictions.data_manager_tabs import Tabs
from mraru.projects.syncing.text_look import note_addresses
from mraru.quantities import spell_quantity
from mraru.records import ProjectDescription
from mraru.schema_records import ConfigSelection, LabelSchema
from mraru.settings import Settings
from mraru.store.projects.creation_times import is_same_moment
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.teachers.zero_shot.zero_shot_record import ADVICE, describe_record
from mraru.worker.jobs import Jobs

TITLE = "M-RARU"  # of the backend in Label Studio


def connect_command(
    services: Services,
    project_id: int,
    backend_url: str | None = None,
    console: Console | None = None,
    *,
    force: bool = False,
    with_check: bool = True,
    only: str | None = None,
    texts: Sequence[str] = (),
) -> None:
    """Connect and say what was done and what comes next.

    Args:
        backend_url: as Label Studio reaches this backend; None: as the settings say.
        force: connect also a project whose texts are none.
        with_check: ask each LLM one question, before the worker may; that it fails undoes nothing.
        only: names of the controls to answer, with commas between them; None: as it was set before.
        texts: the text tags to read beside the control's own; none: as it was set before.

    Raises:
        LabelConfigError: the project's label config is not supported, or has not what is chosen of it.
        ProjectReplaced: the stored project of this number is another one; nothing was registered.
        TextsUnfit: money would be spent on what are no texts; nothing was registered.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    settings = services.settings
    client = services.label_studio()
    project = _find_project(services, client, project_id)
    if services.has_store:
        services.store.projects.require_same(project)
    choice = LabelConfigChoice(services, project_id, only, texts)
    schema = parse_label_config(project.label_config, choice.selection)
    overruled = preview_texts(services, client, project, schema, console, force=force)
    check = ConnectCheck(services, project_id, schema, is_wanted=with_check)
    url = (backend_url or settings.own_url).rstrip("/")
    with choice.kept():
        report = connect_to_backend(services, client, project_id, url, check, choice.selection, overruled=overruled)
    for step in (*report.steps, *choice.steps):
        console.print(f"- {step}")
    if schema.left_out:
        console.print(f"! Not answered: {'; '.join(schema.left_out)}.", soft_wrap=True)
    if choice.selection.only is not None and not choice.steps:
        console.print(
            f"- Answers '{choice.selection.only}' alone, as chosen before: `mraru set {project_id} --unset MRARU_ONLY` "
            "has all questions answered."
        )
    if not report.changed and choice.steps:
        console.print(f"Project {project_id} '{project.title}' was connected already, and is read anew now.")
        return
    if not report.changed:
        console.print(f"Project {project_id} '{project.title}' was connected already: nothing changed.")
        return
    planned = services.settings_for(project_id) if services.has_store else settings
    teacher = "the built-in zero-shot teacher (no LLM)" if settings.uses_zero_shot else settings.teacher_name
    console.print(
        f"Project {project_id} '{project.title}' is connected: {teacher} labels texts "
        f"{_say_labels(schema)}, "
        f"with at most {spell_quantity(planned.max_calls, 'call')} and ${planned.max_cost_usd:.2f}."
    )
    if settings.uses_zero_shot:
        console.print(f"{describe_record()} {ADVICE}")
    for line in check.lines:
        console.print(line, soft_wrap=True)
    if schema.note_name is None:
        console.print(
            "To read what LLM and student say beside each prediction, add this to its label config: "
            f'<TextArea name="{NOTE_NAME}" toName="{schema.to_name}" editable="false" maxSubmissions="1"/>'
        )
    if not settings.auto_start:
        console.print("Press 'Start Training' in the project's settings (Model) to begin.")


def _say_labels(schema: LabelSchema) -> str:
    """What texts may be labelled with; of several questions, each with its labels.

    >>> from mraru.questions import ask_together
    >>> from mraru.schema_records import Choice
    >>> mood, topic = (LabelSchema(from_name=name, to_name="t", text_field="x", choices=(Choice(value=label),))
    ...                for name, label in (("mood", "good"), ("topic", "sport")))
    >>> _say_labels(mood), _say_labels(ask_together([mood, topic]))
    ('as good', 'in one call each: mood as good; topic as sport')
    """
    if schema.questions:
        questions = (f"{question.from_name} {_say_labels(question)}" for question in schema.questions)
        return f"in one call each: {'; '.join(questions)}"
    which = "with any of" if schema.is_multiple else "as"
    seen = ", where people see it" if schema.conditions else ""
    return f"{which} {', '.join(schema.labels)}{seen}"


def _find_project(services: Services, client: LabelStudioClient, project_id: int) -> ProjectDescription:
    """The project as Label Studio has it.

    Raises:
        ProjectGone: there is none; says what to do, which depends on whether something is kept of one here.
    """
    try:
        return client.describe_project(project_id)
    except ProjectGone as gone:
        is_known = services.has_store and services.store.projects.get(project_id) is not None
        remedy = "Take the number from the project's address in the browser (/projects/NUMBER)."
        message = explain_gone(gone, project_id) if is_known else f"{gone} {remedy}"
        raise ProjectGone(message, status=gone.status) from None


def connect_to_backend(
    services: Services,
    client: LabelStudioClient,
    project_id: int,
    backend_url: str,
    check: ConnectCheck | None = None,
    selection: ConfigSelection | None = None,
    *,
    overruled: str | None = None,
) -> ConnectReport:
    """Connect, holding the project's lease where that can be had, and wake the worker then.

    Registering the backend makes Label Studio call `/setup`, upon which the worker would begin at once.

    Args:
        check: of the LLMs, run while the worker waits, if anything changed.
        selection: what is chosen of the label config; None: as it was set before.
        overruled: what speaks against the project's texts, and people were told; the worker asks no second time.
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
            selection=services.selection_for(project_id) if selection is None else selection,
            is_alone=is_alone,
            pushed_version=known.served_version if known is not None else None,
        )
        if is_alone:  # else a push of the worker makes the tabs
            report = _add_tabs(services, client, project_id, report)
        if overruled is not None and is_alone and services.store.projects.get(project_id) is not None:
            note_addresses(services.store, project_id, overruled, services.clock())
        if check is not None and report.changed:
            check.run(is_alone=is_alone)
    if known is not None and known.state is ProjectState.GONE:
        services.store.projects.try_again(project_id)
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
        backend_url: as above; None: the settings', that by which Label Studio reached it, and former ones.

    Raises:
        NotConnected: nothing was there to disconnect, so nothing was changed.
        ProjectGone: Label Studio has no such project.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    services = Services(settings)
    with services.label_studio() as client:
        there = _find_project(services, client, project_id)
        known = services.store.projects.get(project_id) if services.has_store else None
        urls = [backend_url.rstrip("/")] if backend_url else _find_own_urls(services, client, project_id, known)
        is_idle = known is None or known.state is ProjectState.DISCONNECTED
        _check_connected(client, project_id, urls, is_idle=is_idle)
        reports = [disconnect_project(client, project_id, backend_url=url) for url in urls]
        if known is not None and known.state is not ProjectState.DISCONNECTED:
            services.store.projects.disconnect(project_id)
            if known.is_started:
                console.print("- stopped its rounds: the teacher is asked nothing more")
        # tabs are known by their numbers, which are the team's own in another project of this number
        is_same = known is not None and is_same_moment(known.created_at, there.created_at)
        n_tabs = Tabs(services.store, client, project_id).remove() if is_same else 0
    for step in dict.fromkeys(step for report in reports for step in report.steps):
        console.print(f"- {step}")
    if n_tabs:
        console.print(f"- Removed {n_tabs} of our tabs from its Data Manager; those of the team stay.")


def _find_own_urls(services: Services, client: LabelStudioClient, project_id: int, known: Project | None) -> list[str]:
    """The addresses at which Label Studio has, or had, this backend; the settings' where it has it nowhere."""
    urls = [services.settings.own_url.rstrip("/")]
    if known is not None and known.backend_url is not None:
        urls.append(known.backend_url.rstrip("/"))
    if services.has_store or services.settings.webhook_secret is not None:  # else it never connected anything
        urls += list_former_urls(client, project_id, services.webhook_secret.get_secret_value())
    traced = [url for url in dict.fromkeys(urls) if has_trace(client, project_id, url)]
    return traced or urls[:1]


def _check_connected(client: LabelStudioClient, project_id: int, urls: Sequence[str], *, is_idle: bool) -> None:
    """See that there is something to disconnect, and that it is what is meant.

    Args:
        is_idle: nothing is done for the project here.
    """
    if any(has_trace(client, project_id, url) for url in urls):
        return
    url = urls[0]
    others = [row.url for row in client.list_backends(project_id) if row.title == TITLE]
    if others:
        raise NotConnected(
            f"Project {project_id} is not connected to {url}, but to {', '.join(others)}, so nothing was changed: name "
            f"the address with --backend-url {others[0]} (or set MRARU_BACKEND_URL)."
        )
    if is_idle:
        raise NotConnected(f"Project {project_id} was not connected to {url}: nothing was changed.")


def _add_tabs(services: Services, client: LabelStudioClient, project_id: int, report: ConnectReport) -> ConnectReport:
    """Make the tabs again that a disconnect took out; a first connection has none. The caller holds the lease."""
    if not services.settings.tabs:
        return report
    try:
        kept = Tabs(services.store, client, project_id).keep(is_starting=True)
    except LabelStudioError as exc:
        step = f"Our tabs could not be made again ({exc}) `mraru tabs {project_id}` tries again."
        return replace(report, steps=(*report.steps, step))
    steps = [f"Made our tabs again: {', '.join(kept.made)}."] if kept.made else []
    if kept.deleted_by_team:
        again = f"`mraru tabs {project_id} --restore` makes them again."
        steps.append(f"Tabs that the team deleted stay deleted: {', '.join(kept.deleted_by_team)}. {again}")
    changed = report.changed or bool(kept.made)
    return replace(report, steps=(*report.steps, *steps), changed=changed)
