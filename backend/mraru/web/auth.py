"""Who may call: basic auth on every route where it is set; Label Studio's webhook brings a secret instead."""

from __future__ import annotations

import hmac

from flask import request
from pydantic import SecretStr
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from mraru.settings import Settings

SECRET_HEADER = "X-MRARU-Secret"


def carries_secret(secret: SecretStr) -> bool:
    """Whether the request brings the webhook's secret."""
    given = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(given.encode(), secret.get_secret_value().encode())


def require_login(settings: Settings, secret: SecretStr) -> None:
    """Let the request pass or answer 401.

    Label Studio sends basic auth with everything but the webhook that it makes by itself.
    """
    if settings.basic_auth_user is None or settings.basic_auth_pass is None:
        return
    if request.path == "/webhook" and carries_secret(secret):
        return
    given = request.authorization
    if given is not None and given.type == "basic":
        is_user = hmac.compare_digest((given.username or "").encode(), settings.basic_auth_user.encode())
        password = settings.basic_auth_pass.get_secret_value()
        is_password = hmac.compare_digest((given.password or "").encode(), password.encode())
        if is_user and is_password:
            return
    raise Unauthorized(
        "User name and password are needed (BASIC_AUTH_USER, BASIC_AUTH_PASS).",
        www_authenticate=WWWAuthenticate("basic", {"realm": "mraru"}),
    )
