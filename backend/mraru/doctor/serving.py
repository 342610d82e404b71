"""Whether the backend runs: its worker, and its web server at the address where Label Studio should reach it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.labelstudio.api.registrations import is_same_url
from mraru.labelstudio.connecting.backend_address import is_accepted_host
from mraru.loopback import is_loopback
from mraru.store.projects.project_repository import Project, ProjectState
from mraru.store.projects.worker_locks import FOLDER, list_workers

TIMEOUT_S = 5.0  # for an answer that takes the backend milliseconds
MODEL_CLASS = "MRaru"  # as `/health` says it
WAITING = (ProjectState.RUNNING, ProjectState.PAUSED)


def check_worker(examined: Examined) -> Iterator[Finding]:
    """One worker of this MODEL_DIR is alive."""
    if not examined.services.has_store:
        raise NothingToExamine("no backend has kept anything in MODEL_DIR")
    workers = list_workers(examined.model_dir)
    if workers is None:
        yield Finding(
            code="worker-not-seen",
            severity=Severity.INFO,
            message=f"Whether a worker runs cannot be seen: the locks in {examined.model_dir / FOLDER} cannot be read.",
            remedy="Run this as the user of `mraru serve`, on a disk that knows locks.",
        )
    elif not workers:
        waiting = [str(row.project_id) for row in _list_projects(examined) if row.state in WAITING]
        yield Finding(
            code="worker-dead",
            severity=Severity.ERROR if waiting else Severity.WARNING,
            message=f"No worker of MODEL_DIR ({examined.model_dir.absolute()}) is alive"
            + (f", and these projects wait for one: {', '.join(waiting)}." if waiting else "."),
            remedy="Start `mraru serve`, which starts one, or `mraru worker` beside a web server started otherwise. If "
            "one runs: it has another MODEL_DIR, or is of an earlier version, which cannot be seen.",
        )
    elif len(workers) > 1:
        yield Finding(
            code="several-workers",
            severity=Severity.WARNING,
            message=f"{len(workers)} workers work in one MODEL_DIR: {', '.join(workers)}. Each keeps the limits of "
            "requests a minute by itself, so together they may pass them.",
            remedy="Stop all but one `mraru serve`, or give each its own MODEL_DIR.",
        )


def _list_projects(examined: Examined) -> list[Project]:
    return examined.services.store.projects.list_all() if examined.is_store_usable else []


def check_own_address(examined: Examined) -> Iterator[Finding]:
    """At the address that Label Studio has, or is to get, this backend answers."""
    urls = [row.url for row in examined.own_backends] or [examined.settings.own_url]
    for url in dict.fromkeys(url.rstrip("/") for url in urls):
        if not is_accepted_host(url):
            yield Finding(
                code="backend-address-unfit",
                severity=Severity.ERROR,
                message=f"Label Studio accepts no webhook at {url}: the host's name must have a dot and no underscore, "
                "or be localhost or an IP address.",
                remedy="Give the backend such a name, in compose by a network alias such as mraru.internal, set "
                "MRARU_BACKEND_URL to it and connect again.",
                is_blocking=True,
            )
        yield from _ask_for_health(examined, url)
        if _is_local_to_another(examined, url) and not _is_reached(examined, url):
            yield Finding(
                code="backend-address-local",
                severity=Severity.WARNING,
                message=f"Label Studio ({examined.label_studio_url}) seems to be elsewhere, and this backend's address "
                f"{url} leads, for Label Studio, to its own machine.",
                remedy="Set MRARU_BACKEND_URL to this backend's address as Label Studio reaches it, and MRARU_HOST so "
                "that `mraru serve` listens there. If both are on one machine: nothing is wrong.",
            )


def _ask_for_health(examined: Examined, url: str) -> Iterator[Finding]:
    try:
        answer = httpx.get(f"{url}/health", timeout=TIMEOUT_S, auth=examined.settings.basic_auth)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        yield _explain_silence(examined, url, type(exc).__name__)
        return
    if _is_ours(answer):
        return
    if answer.status_code in (401, 403, 429):
        yield Finding(
            code="backend-refuses",
            severity=Severity.ERROR,
            message=f"The backend at {url} answers {answer.status_code}: {_read_error(answer)}",
            remedy="Run this with the BASIC_AUTH_USER and BASIC_AUTH_PASS of `mraru serve`. If the name of the address "
            "is refused: list it in MRARU_ALLOWED_HOSTS.",
        )
        return
    yield Finding(
        code="backend-is-another",
        severity=Severity.ERROR,
        message=f"What answers at {url} is not this backend (status {answer.status_code} for /health).",
        remedy="Another program has that port, or MRARU_BACKEND_URL leads elsewhere: set PORT or MRARU_BACKEND_URL, "
        "start `mraru serve` and connect again.",
    )


def _explain_silence(examined: Examined, url: str, why: str) -> Finding:
    if _is_reached(examined, url):
        return Finding(
            code="backend-not-seen-from-here",
            severity=Severity.INFO,
            message=f"The backend does not answer here at {url} ({why}), but Label Studio reaches it there.",
        )
    examined.silent_urls.add(url)
    return Finding(
        code="backend-not-answering",
        severity=Severity.ERROR,
        message=f"The backend does not answer at {url} ({why}).",
        remedy="Start `mraru serve`. If it runs: set MRARU_BACKEND_URL to the address at which Label Studio reaches "
        "it, and MRARU_HOST and PORT so that it listens there.",
    )


def _is_reached(examined: Examined, url: str) -> bool:
    """Whether Label Studio itself has just got an answer there."""
    return any(row.is_connected and is_same_url(row.url, url) for row in examined.own_backends)


def _is_local_to_another(examined: Examined, url: str) -> bool:
    there = examined.label_studio_url
    is_elsewhere = there is not None and not is_loopback(urlsplit(there).hostname or "")
    return is_elsewhere and is_loopback(urlsplit(url).hostname or "")


def _is_ours(answer: httpx.Response) -> bool:
    told = _read_object(answer)
    return answer.is_success and told.get("model_class") == MODEL_CLASS


def _read_error(answer: httpx.Response) -> str:
    return str(_read_object(answer).get("error") or "it gave no reason")


def _read_object(answer: httpx.Response) -> dict[str, object]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
