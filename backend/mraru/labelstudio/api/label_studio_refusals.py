"""Label Studio's refusals, told as what happened and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus

import httpx
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.parse_error import ParsingError

from mraru.errors import (
    LabelStudioError,
    LabelStudioRefused,
    LabelStudioUnreachable,
    PrivateAddressRefused,
    ProjectGone,
)

PASSING_STATUSES = frozenset({408, 425, 429})
PRIVATE_ADDRESS_MARK = "reserved network address"
PRIVATE_ADDRESS_REMEDY = (
    "Label Studio refuses backends and webhooks on local and private addresses. Start it with "
    "ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false, or with USE_DEFAULT_BANNED_SUBNETS=false, "
    "then connect again. One of the first two alone is not enough."
)


@contextmanager
def told_clearly(url: str, subject: str = "") -> Iterator[None]:
    """Turn every failure of the API into one of ours; `subject` says what was asked for.

    The SDK's own errors are not kept as causes: they print the response's headers, session cookie included.

    Raises:
        LabelStudioUnreachable: no answer, or one that says nothing of what was asked: a server that is overloaded or
            broken, a proxy's page. A later attempt may succeed.
        PrivateAddressRefused: the address that was given to Label Studio is one that it blocks.
        LabelStudioRefused: any other answer that is no success; `status` is its HTTP status.
    """
    try:
        yield
    except httpx.HTTPError as exc:
        raise LabelStudioUnreachable(
            f"Label Studio at {url} cannot be reached ({type(exc).__name__}): "
            "check LABEL_STUDIO_URL and that it is running."
        ) from exc
    except (ParsingError, ValueError, TypeError, AttributeError, KeyError) as exc:  # the SDK's, over foreign JSON
        raise describe_foreign(url) from exc
    except ApiError as exc:
        if (exc.status_code or 0) in range(200, 300):  # so the SDK tells a body that is no JSON
            raise describe_foreign(url) from None
        raise describe_refusal(url, exc.status_code or 0, exc.body, subject) from None


def describe_foreign(url: str) -> LabelStudioUnreachable:
    """The error behind an answer that is not Label Studio's."""
    return LabelStudioUnreachable(
        f"What answers at {url} does not speak as Label Studio does: a proxy, a page of maintenance, or "
        "LABEL_STUDIO_URL names something else."
    )


def describe_gone(url: str, project_id: int) -> ProjectGone:
    """The error behind a 404 of a whole project; Label Studio gives the same one to users who may not see it."""
    return ProjectGone(
        f"Label Studio at {url} has no project {project_id}, or the user of LABEL_STUDIO_API_KEY may not see it.",
        status=HTTPStatus.NOT_FOUND,
    )


def describe_refusal(url: str, status: int, body: object, subject: str = "") -> LabelStudioError:
    """The error behind an answer that is no success."""
    detail = _read_detail(body)
    about = f" ({subject})" if subject else ""
    if is_passing(status):
        return LabelStudioUnreachable(
            f"Label Studio at {url}, or a proxy before it, answered {status}{about}: {detail}.",
            status=status,
        )
    if status == 403 and PRIVATE_ADDRESS_MARK in detail:
        return PrivateAddressRefused(f"{detail}. {PRIVATE_ADDRESS_REMEDY}", status=status)
    if status == 401:
        message = (
            f"Label Studio at {url} does not accept the token in LABEL_STUDIO_API_KEY, or, where that is not set, the "
            f"one that it sent itself when the backend was connected: {detail}. Make a personal access token under "
            "Account & Settings and set LABEL_STUDIO_API_KEY to it; legacy tokens work only where the organization "
            "allows them."
        )
    elif status == 403:
        message = f"Label Studio at {url} does not let the user of LABEL_STUDIO_API_KEY do this{about}: {detail}."
    elif status == 404:
        message = f"Label Studio at {url} has no such thing{about}, or the user of LABEL_STUDIO_API_KEY may not see it."
    else:
        message = f"Label Studio at {url} answered {status}{about}: {detail}."
    return LabelStudioRefused(message, status=status)


def is_passing(status: int) -> bool:
    """Whether a status says nothing of what was asked, only that it cannot be answered now.

    >>> [is_passing(status) for status in (429, 502, 503, 401, 404)]
    [True, True, True, False, False]
    """
    return status in PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _read_detail(body: object) -> str:
    """What Label Studio says in words: its detail and validation messages, without HTML.

    >>> _read_detail('{"status_code": 500, "detail": "It failed."}'), _read_detail("<html>"), _read_detail("{no JSON")
    ('It failed', 'it gave no reason', '{no JSON')
    """
    if isinstance(body, str) and body.lstrip().startswith("{"):
        with suppress(ValueError):
            body = json.loads(body)
    if isinstance(body, Mapping):
        parts = [str(body.get("detail") or "")]
        problems = body.get("validation_errors")
        for messages in problems.values() if isinstance(problems, Mapping) else ():
            parts += [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]
        text = ": ".join(part for part in parts if part)
    elif isinstance(body, str) and not body.lstrip().startswith("<"):
        text = body
    else:
        text = ""
    text = " ".join(re.sub(r"<[^>]+>", "", text).split())
    return text[:600].rstrip(".") or "it gave no reason"
