"""Whether Label Studio accepts the token, and if not, what kind of token it wants."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from enum import StrEnum
from http import HTTPStatus

import httpx

from mraru.doctor.examined import Examined
from mraru.doctor.findings import Finding, Severity
from mraru.doctor.label_studio.address import TIMEOUT_S
from mraru.errors import LabelStudioRefused, LabelStudioUnreachable

MAKE_ONE = (
    "Make a personal access token in Label Studio (Account & Settings > Personal Access Token) and set "
    "LABEL_STUDIO_API_KEY to it."
)


class TokenKind(StrEnum):
    """What Label Studio gives out."""

    LEGACY = "legacy token"
    PERSONAL = "personal access token"
    ACCESS = "access token"  # that a personal one is exchanged for; lasts five minutes


def find_kind(token: str) -> TokenKind:
    """Of which kind a token is, by what stands in it.

    >>> claims = base64.urlsafe_b64encode(b'{"token_type": "refresh"}').decode().rstrip("=")
    >>> find_kind(f"e30.{claims}.c2ln"), find_kind("0123abc")
    (<TokenKind.PERSONAL: 'personal access token'>, <TokenKind.LEGACY: 'legacy token'>)
    """
    parts = token.split(".")
    if len(parts) != 3:
        return TokenKind.LEGACY
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return TokenKind.LEGACY
    is_access = isinstance(claims, dict) and claims.get("token_type") == "access"
    return TokenKind.ACCESS if is_access else TokenKind.PERSONAL


def check_token(examined: Examined) -> Iterator[Finding]:
    """Label Studio knows whose token it is."""
    kind = find_kind(str(examined.token))
    if kind is TokenKind.ACCESS:
        yield _refused(
            "token-short-lived",
            "LABEL_STUDIO_API_KEY is an access token, which Label Studio gives for five minutes in exchange for a "
            "personal access token.",
            MAKE_ONE,
        )
        return
    try:
        examined.client.find_user()
    except LabelStudioUnreachable as exc:
        yield Finding(
            code="label-studio-unreachable",
            severity=Severity.ERROR,
            message=f"Whose token it is could not be asked: {exc}",
            remedy="See to it that Label Studio runs; its log says more.",
            is_blocking=True,
        )
    except LabelStudioRefused as exc:
        if "has expired" in str(exc):
            yield _refused("token-expired", "The token in LABEL_STUDIO_API_KEY has expired.", MAKE_ONE)
        elif kind is TokenKind.LEGACY:
            yield _refused_legacy(exc)
        else:
            yield _refused_personal(examined, exc)


def _refused_legacy(exc: LabelStudioRefused) -> Finding:
    if "legacy token" in str(exc) and "disabled" in str(exc):
        return _refused(
            "legacy-token-refused",
            "LABEL_STUDIO_API_KEY is a legacy token, and this organization of Label Studio's takes none.",
            f"{MAKE_ONE} Or an administrator allows legacy tokens (Organization > API Tokens Settings).",
        )
    return _refused(
        "token-refused",
        "Label Studio does not accept the token in LABEL_STUDIO_API_KEY, which is no personal access token (those have "
        "three parts with dots between them): it is a legacy token of somebody else's Label Studio, or was cut.",
        MAKE_ONE,
    )


def _refused_personal(examined: Examined, exc: LabelStudioRefused) -> Finding:
    status = _try_exchange(examined)
    if status == HTTPStatus.OK:
        return _refused(
            "personal-token-refused",
            "LABEL_STUDIO_API_KEY is a personal access token that Label Studio knows, and yet it refuses what is asked "
            "with it: its user is not active, or the organization takes no personal access tokens.",
            "See to it that the user is active and that personal access tokens are allowed (Organization > API Tokens "
            "Settings). Or set LABEL_STUDIO_API_KEY to a legacy token, where those are allowed.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return _refused(
            "personal-token-unknown",
            "LABEL_STUDIO_API_KEY is a personal access token, and this Label Studio knows no such tokens: it is older "
            "than they are.",
            "Set LABEL_STUDIO_API_KEY to the legacy token of Account & Settings, or update Label Studio.",
        )
    return _refused(
        "token-refused",
        "Label Studio does not accept the personal access token in LABEL_STUDIO_API_KEY: it was revoked, its user is "
        f"gone, or it is of another Label Studio ({exc.status}).",
        MAKE_ONE,
    )


def _try_exchange(examined: Examined) -> int | None:
    """With which status Label Studio answers where personal tokens are exchanged; None: with none."""
    address = f"{str(examined.label_studio_url).rstrip('/')}/api/token/refresh/"
    try:
        return httpx.post(
            address, json={"refresh": examined.token}, timeout=TIMEOUT_S, follow_redirects=False
        ).status_code
    except httpx.HTTPError:
        return None


def _refused(code: str, message: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, remedy=remedy, is_blocking=True)
