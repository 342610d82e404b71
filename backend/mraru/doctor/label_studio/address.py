"""Whether Label Studio answers at its address, and whether its clock goes as ours."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, NothingToExamine, Severity
from mraru.labelstudio.api.label_studio_refusals import is_passing
from mraru.loopback import is_loopback

TIMEOUT_S = 10.0  # for an answer that takes Label Studio milliseconds
MOST_APART_S = 60.0  # seconds between two clocks
VERSION_KEYS = ("release", "label-studio-os-package")  # of what Label Studio says of its version


def check_address_set(examined: Examined) -> Iterator[Finding]:
    """Address and token of Label Studio are set, or came with `/setup` where that is allowed."""
    if examined.label_studio_url is None or examined.token is None:
        yield Finding(
            code="label-studio-not-set",
            severity=Severity.ERROR,
            message="LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY are not set, so no project can be worked on.",
            remedy="Set both, in the environment or in a file .env where `mraru serve` runs; the token is a personal "
            "access token from Label Studio's Account & Settings.",
            is_blocking=True,
        )


def check_address(examined: Examined) -> Iterator[Finding]:
    """What answers at the address is Label Studio."""
    url = str(examined.label_studio_url)
    try:
        answer = httpx.get(f"{url.rstrip('/')}/api/version/", timeout=TIMEOUT_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        yield _explain_silence(examined, url, exc)
        return
    if is_passing(answer.status_code):
        yield Finding(
            code="label-studio-unreachable",
            severity=Severity.ERROR,
            message=f"Label Studio at {url}, or a proxy before it, answers {answer.status_code}.",
            remedy="See to it that Label Studio runs; its log says more. If a proxy stands before it: to its log.",
            is_blocking=True,
        )
    elif not _is_label_studio(answer):
        yield Finding(
            code="no-label-studio",
            severity=Severity.ERROR,
            message=f"What answers at {url} is no Label Studio (status {answer.status_code} for /api/version/).",
            remedy="Set LABEL_STUDIO_URL to the address that stands in the browser before /projects. If that is it: a "
            "proxy or a login page stands before Label Studio and must let the backend through.",
            is_blocking=True,
        )
    else:
        examined.date_there = answer.headers.get("Date") if "Age" not in answer.headers else None  # kept by a proxy


def check_clocks(examined: Examined) -> Iterator[Finding]:
    """Both clocks say about the same, to the minute."""
    try:
        there = parsedate_to_datetime(examined.date_there or "").timestamp()
    except ValueError:
        raise NothingToExamine("Label Studio does not say its time") from None
    apart_s = there - examined.services.clock()
    if abs(apart_s) > MOST_APART_S:
        yield Finding(
            code="clocks-apart",
            severity=Severity.WARNING,
            message=f"Label Studio's clock is {abs(apart_s):,.0f} s {'ahead of' if apart_s > 0 else 'behind'} this "
            "machine's. Its access tokens live five minutes.",
            remedy="Have both machines set their clocks by NTP (such as `timedatectl set-ntp true`).",
        )


def _is_label_studio(answer: httpx.Response) -> bool:
    try:
        told = answer.json()
    except ValueError:
        return False
    return answer.is_success and isinstance(told, dict) and any(key in told for key in VERSION_KEYS)


def _explain_silence(examined: Examined, url: str, exc: Exception) -> Finding:
    host = urlsplit(url).hostname or ""
    if examined.machine.is_container and is_loopback(host):
        return Finding(
            code="localhost-in-container",
            severity=Severity.ERROR,
            message=f"Label Studio cannot be reached at {url} ({type(exc).__name__}): this runs in a container, where "
            f"{host} is the container itself.",
            remedy="Set LABEL_STUDIO_URL to the name of Label Studio's container where both are on one network (such "
            "as http://label-studio:8080), or to http://host.docker.internal:8080 where it runs on the host. If this "
            "container has the host's network: see to it that Label Studio runs.",
            is_blocking=True,
        )
    return Finding(
        code="label-studio-unreachable",
        severity=Severity.ERROR,
        message=f"Label Studio cannot be reached at {url} ({type(exc).__name__}).",
        remedy="See to it that it runs, that LABEL_STUDIO_URL is its address as seen from this machine, and that no "
        "firewall stands between. A proxy that is set (HTTP_PROXY) is used.",
        is_blocking=True,
    )
