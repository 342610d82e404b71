"""Who may call: basic auth on every route where it is set; Label Studio's webhook brings a secret instead."""

from __future__ import annotations

import hmac

from flask import request
from pydantic import SecretStr
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from mraru.labelstudio.connect import SECRET_HEADER
from mraru.settings import Settings


def carries_secret(secret: SecretStr) -> bool:
    """Whether the request brings the webhook's secret."""
    given = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode(), secret.get_secret_value().encode())


def require_login(settings: Settings, secret: SecretStr) -> None:
    """Let the request pass or answer 401.

    Label Studio sends basic auth with everything but the webhook that it makes by itself.
    """
    expected = settings.basic_auth
    if expected is None or (request.path == "/webhook" and carries_secret(secret)):
        return
    given = request.authorization
    if given is not None and given.type == "basic":
        pairs = zip((given.username, given.password), expected, strict=True)
        # every pair is compared, so that the time tells nothing
        if all([hmac.compare_digest((told or "").encode(), known.encode()) for told, known in pairs]):
            return
    raise Unauthorized(
        "User name and password are needed (BASIC_AUTH_USER, BASIC_AUTH_PASS).",
        www_authenticate=WWWAuthenticate("basic", {"realm": "mraru"}),
    )
