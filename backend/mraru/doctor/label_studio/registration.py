"""Whether Label Studio has the project, and this backend in it: once, at its address, with its webhook."""

from __future__ import annotations

from collections.abc import Iterator

from mraru.doctor.examined import TITLE, Examined, ProjectThere
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.errors import LabelStudioRefused, LabelStudioUnreachable
from mraru.labelstudio.api.label_studio_refusals import PRIVATE_ADDRESS_MARK, PRIVATE_ADDRESS_REMEDY
from mraru.labelstudio.api.registrations import RegisteredWebhook, is_same_url, webhook_url
from mraru.labelstudio.connecting.connection import SECRET_HEADER
from mraru.store.projects.creation_times import is_same_moment
from mraru.store.projects.project_repository import ProjectState

LONGEST_ERROR = 300  # characters of what Label Studio says of a backend


def check_project_there(examined: Examined) -> Iterator[Finding]:
    """The token's user sees the project and may change it."""
    client, project_id = examined.client, examined.project_id
    try:
        examined.there = ProjectThere(
            description=client.describe_project(project_id),
            backends=tuple(client.list_backends(project_id)),
            webhooks=tuple(client.list_webhooks(project_id)),
        )
    except LabelStudioRefused as exc:
        if exc.status == 404:
            examined.is_missing_there = True
            yield _blocking(
                "project-missing",
                f"Label Studio has no project {project_id}, or the token's user may not see it.",
                "Take the number from the project's address in the browser (/projects/NUMBER). If it is there: have an "
                "administrator add the token's user to its workspace." + _tell_how_to_forget(examined),
            )
        else:
            yield _blocking(
                "token-powerless",
                f"The token's user may not see what a backend needs of project {project_id}: {exc}",
                "Use a token of somebody who may change the project's settings.",
            )
    except LabelStudioUnreachable as exc:
        yield _blocking(
            "label-studio-unreachable",
            f"What Label Studio has of project {project_id} could not be asked: {exc}",
            "See to it that Label Studio runs; its log says more. Then run this again.",
        )


def check_project_here(examined: Examined) -> Iterator[Finding]:
    """The backend knows the project, and it is the same one."""
    known, project_id = examined.known, examined.project_id
    if known is None and examined.is_missing_there:
        yield Finding(
            code="project-unknown-here",
            severity=Severity.INFO,
            message=f"This backend does not know project {project_id} either.",
            is_blocking=True,
        )
    elif known is None:
        connect = f"un `mraru connect {project_id}` while `mraru serve` runs."
        yield _blocking(
            "project-unknown-here",
            f"This backend does not know project {project_id}: it was never connected, or to a backend with another "
            f"MODEL_DIR than {examined.model_dir.absolute()}.",
            f"R{connect}" if examined.there else f"If Label Studio has it, r{connect}",
        )
    elif known.state is ProjectState.DISCONNECTED:
        yield Finding(
            code="project-disconnected",
            severity=Severity.WARNING,
            message=f"Project {project_id} was disconnected, so nothing is done for it.",
            remedy=f"`mraru connect {project_id}` goes on where it stopped.",
        )
    elif examined.there and not is_same_moment(known.created_at, examined.there.description.created_at):
        yield _blocking(
            "project-replaced",
            f"Project {project_id} was made in Label Studio at {examined.there.description.created_at}, but the one in "
            f"MODEL_DIR at {known.created_at}: this is another Label Studio.",
            "Use another MODEL_DIR, or set LABEL_STUDIO_URL to the Label Studio that this MODEL_DIR is of.",
        )


def _tell_how_to_forget(examined: Examined) -> str:
    """What to do about what is kept of a project that was deleted; empty where nothing is."""
    if examined.known is None:
        return ""
    return f" If it was deleted: `mraru forget {examined.project_id}` removes what this backend keeps of it."


def check_backends(examined: Examined) -> Iterator[Finding]:
    """Label Studio has this backend, once, and reaches it."""
    project_id, there = examined.project_id, examined.known_there
    own = examined.own_backends
    connect = f"`mraru connect {project_id}`"
    if not own:
        yield Finding(
            code="backend-not-registered",
            severity=Severity.ERROR,
            message=f"Project {project_id} has no ML backend at {' or '.join(examined.own_urls)} in Label Studio.",
            remedy=f"Run {connect}. If Label Studio reaches this backend at another address: set MRARU_BACKEND_URL to "
            "it first. If Label Studio then refuses the address: " + PRIVATE_ADDRESS_REMEDY,
        )
    if len(own) > 1:
        numbers = ", ".join(str(row.backend_id) for row in own)
        yield Finding(
            code="backend-doubled",
            severity=Severity.WARNING,
            message=f"This backend is registered {len(own)} times in project {project_id} (rows {numbers}): Label "
            "Studio asks each for health and predictions.",
            remedy="Delete all but one in the project's Settings > Model. Or delete all at once with `mraru disconnect "
            f"{project_id}` and run {connect}, which begins the rounds again where they stopped.",
        )
    for row in there.backends:
        if row.title == TITLE and not examined.is_own(row.url):
            yield Finding(
                code="backend-former-address",
                severity=Severity.WARNING,
                message=f"Project {project_id} has an ML backend {TITLE!r} at {row.url}, which is not this backend's "
                f"address ({examined.settings.own_url}).",
                remedy=f"If it is a former address: `mraru disconnect {project_id} --backend-url {row.url}`, then "
                f"{connect}. If it is the right one: set MRARU_BACKEND_URL={row.url}. If it is another team's backend: "
                "one project should have one.",
            )
    silent = next((row for row in own if not row.is_connected), None)
    is_blocked = silent is not None and PRIVATE_ADDRESS_MARK in silent.error_message
    if silent is not None and (is_blocked or silent.url.rstrip("/") not in examined.silent_urls):
        error = " ".join(silent.error_message.split())[:LONGEST_ERROR].rstrip(".") or "it gave no reason"
        yield Finding(
            code="backend-address-blocked" if is_blocked else "backend-not-reached",
            severity=Severity.ERROR,
            message=f"Label Studio does not reach this backend at {silent.url}: {error}.",
            remedy=PRIVATE_ADDRESS_REMEDY
            if is_blocked
            else "Start `mraru serve` if it does not run. If it does: that address must lead to it as seen from Label "
            f"Studio's machine or container (MRARU_BACKEND_URL, MRARU_HOST); then {connect}. If the reason is 401: "
            f"{connect} gives Label Studio BASIC_AUTH_USER and BASIC_AUTH_PASS.",
        )


def check_webhooks(examined: Examined) -> Iterator[Finding]:
    """Label Studio tells the backend what people do: by one webhook, with its secret."""
    project_id, there = examined.project_id, examined.known_there
    own_addresses = [webhook_url(url) for url in examined.own_urls]
    own = [hook for hook in there.webhooks if any(is_same_url(hook.url, url) for url in own_addresses)]
    former = [hook for hook in there.webhooks if SECRET_HEADER in hook.headers and hook not in own]
    if not own and not former and not examined.own_backends:
        raise NothingToExamine("the backend is not registered in the project")
    connect = f"`mraru connect {project_id}`"
    if not own and examined.own_backends:
        yield Finding(
            code="webhook-missing",
            severity=Severity.ERROR,
            message=f"No webhook of project {project_id} leads to this backend, so it hears of corrections only when "
            "it reads the project anew, and Start Training does not reach it.",
            remedy=f"Run {connect}, which makes one. Where a backend is there without its webhook, Label Studio has "
            "mostly refused the webhook's address: " + PRIVATE_ADDRESS_REMEDY,
        )
    if len(own) > 1:
        yield Finding(
            code="webhook-doubled",
            severity=Severity.WARNING,
            message=f"{len(own)} webhooks of project {project_id} lead to this backend: each submit waits for all.",
            remedy=f"{connect} removes all but one.",
        )
    for hook in own[:1]:
        yield from _check_own_webhook(examined, hook, f"{connect} sets it right.")
    for hook in former:
        yield Finding(
            code="webhook-former-address",
            severity=Severity.WARNING,
            message=f"A webhook of project {project_id} with this backend's header leads to {hook.url}, which is "
            "not its address now. Where nothing answers there, each submit waits for it, up to 1 s.",
            remedy=f"Delete it in the project's Settings > Webhooks, or `mraru disconnect {project_id} "
            f"--backend-url {hook.url.removesuffix('/webhook')}`, then {connect}.",
        )


def _check_own_webhook(examined: Examined, hook: RegisteredWebhook, remedy: str) -> Iterator[Finding]:
    if not hook.is_active:
        yield Finding(
            code="webhook-inactive",
            severity=Severity.ERROR,
            message="The webhook to this backend is turned off in Label Studio.",
            remedy=remedy,
        )
    if not hook.sends_payload:
        yield Finding(
            code="webhook-without-payload",
            severity=Severity.ERROR,
            message="The webhook to this backend sends no payload, so no event says what it is about.",
            remedy=remedy,
        )
    secret = examined.services.kept_webhook_secret
    if secret is not None and hook.headers.get(SECRET_HEADER) != secret.get_secret_value():
        which = "another" if SECRET_HEADER in hook.headers else "no"
        yield Finding(
            code="webhook-without-secret",
            severity=Severity.WARNING,
            message=f"The webhook to this backend sends {which} secret in its header {SECRET_HEADER}, so what it says "
            "is not believed: corrections are read from Label Studio instead, which is slower.",
            remedy=remedy,
        )


def _blocking(code: str, message: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, remedy=remedy, is_blocking=True)
