"""Who may call: basic auth on every route where it is set; Label Studio's webhook brings a secret instead.

Without a login only this machine's own callers are answered, unless a setting that calls itself unsafe says otherwise.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import secrets

from flask import request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from mraru.labelstudio.connecting.connection import SECRET_HEADER
from mraru.loopback import is_loopback
from mraru.settings import Settings

logger = logging.getLogger(__name__)

ENCODINGS = ("utf-8", "latin-1")  # browsers send the first, Label Studio (by `requests`) the second
LONGEST_SHOWN = 40  # characters of a name that did not log in
# Of one address, in each process. A wrong pair counts once, however often it comes: a Label Studio that was told an old
# password locks nobody out.
WRONG_PAIRS = parse("10/minute")
SAME_PAIR = parse("1/hour")


def carries_secret(secret: SecretStr) -> bool:
    """Whether the request brings the webhook's secret."""
    given = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode(), secret.get_secret_value().encode())


class Gate:
    """Lets a request pass or refuses it; remembers who tried passwords."""

    def __init__(self, settings: Settings, webhook_secret: SecretStr) -> None:
        self._settings = settings
        self._webhook_secret = webhook_secret
        self._key = secrets.token_bytes(32)  # what was typed wrongly is not kept as it is
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self) -> None:
        """Let the request pass, or answer 401, 403 or 429.

        Label Studio sends basic auth with everything but the webhook that it makes by itself.
        """
        expected = self._settings.basic_auth
        address = request.remote_addr or "localhost"  # without one it came through a socket file
        if expected is None:
            if not self._settings.unsafe_no_login and not is_loopback(address):
                raise Forbidden(
                    "Without a login this backend answers callers on its own machine alone: set BASIC_AUTH_USER and "
                    "BASIC_AUTH_PASS."
                )
            return
        if request.path == "/webhook" and carries_secret(self._webhook_secret):
            return
        given = _read_login(request.headers.get("Authorization", ""))
        if given is not None and not self._limiter.test(WRONG_PAIRS, address):
            raise TooManyRequests("Too many wrong passwords came from this address: wait a minute.", retry_after=60)
        if given is not None and _is_login(given, expected):
            return
        if given is not None and any(given):
            self._note_wrong(address, given)
        raise Unauthorized(
            "User name and password are needed (BASIC_AUTH_USER, BASIC_AUTH_PASS).",
            www_authenticate=WWWAuthenticate("basic", {"realm": "mraru", "charset": "UTF-8"}),
        )

    def _note_wrong(self, address: str, given: tuple[bytes, bytes]) -> None:
        digest = hmac.new(self._key, b"\0".join(given), hashlib.sha256).hexdigest()
        if not self._limiter.hit(SAME_PAIR, address, digest):
            return
        self._limiter.hit(WRONG_PAIRS, address)
        user = given[0].decode("utf-8", "replace")[:LONGEST_SHOWN]
        logger.warning("a login as %r from %s was refused", user, address, extra={"event": "login_refused"})


def _read_login(header: str) -> tuple[bytes, bytes] | None:
    """User name and password of a basic auth header, as they were sent; None where it holds none.

    >>> _read_login("Basic dXNlcjpww6Rzcw==")
    (b'user', b'p\\xc3\\xa4ss')
    >>> _read_login("Bearer abc") is None
    True
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def _is_login(given: tuple[bytes, bytes], expected: tuple[str, str]) -> bool:
    """Whether this is the expected pair in one of the encodings; all are compared, so that the time tells nothing."""
    found = False
    for encoding in ENCODINGS:
        pairs = zip(given, (part.encode(encoding, "replace") for part in expected), strict=True)
        is_encodable = all(_can_encode(part, encoding) for part in expected)
        found |= all([hmac.compare_digest(told, known) for told, known in pairs]) and is_encodable
    return found


def _can_encode(part: str, encoding: str) -> bool:
    try:
        part.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
