"""Label Studio's refusals, told as what happened and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.parse_error import ParsingError

from mraru.errors import LabelStudioError, LabelStudioRefused, LabelStudioUnreachable, PrivateAddressRefused

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
        LabelStudioUnreachable: no answer.
        PrivateAddressRefused: the address that was given to Label Studio is one that it blocks.
        LabelStudioRefused: any other answer that is no success; `status` is its HTTP status.
        LabelStudioError: an answer that is not Label Studio's.
    """
    try:
        yield
    except httpx.HTTPError as exc:
        raise LabelStudioUnreachable(
            f"Label Studio at {url} cannot be reached ({type(exc).__name__}): "
            "check LABEL_STUDIO_URL and that it is running."
        ) from exc
    except (ParsingError, json.JSONDecodeError) as exc:
        failure = LabelStudioError(f"What answers at {url} does not speak as Label Studio does ({type(exc).__name__}).")
        raise failure from None
    except ApiError as exc:
        raise describe_refusal(url, exc.status_code or 0, exc.body, subject) from None


def describe_refusal(url: str, status: int, body: object, subject: str = "") -> LabelStudioError:
    """The error behind an answer that is no success."""
    detail = _read_detail(body)
    about = f" ({subject})" if subject else ""
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


def _read_detail(body: object) -> str:
    """What Label Studio says in words: its detail and validation messages, without HTML."""
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
