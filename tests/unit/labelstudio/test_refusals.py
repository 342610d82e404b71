from __future__ import annotations

import json

import httpx
import pytest
from label_studio_sdk.core.api_error import ApiError

from fakes.odd_server import make_token, odd_server
from mraru.errors import LabelStudioRefused, LabelStudioUnreachable, PrivateAddressRefused
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.label_studio_refusals import describe_refusal, told_clearly

URL = "http://label-studio:8080"

# As Label Studio 1.23.2 answered `POST /api/ml/` with its default settings.
RECORDED_403 = {
    "id": "0d96bcb9-7ce1-4e3d-b1cf-6dbd953c1c49",
    "status_code": 403,
    "version": "1.23.2",
    "detail": "URL resolves to a reserved network address (block: 127.0.0.0/8)",
    "exc_info": None,
}


def test_a_blocked_address_names_the_settings_to_change() -> None:
    error = describe_refusal(URL, 403, RECORDED_403)
    assert isinstance(error, PrivateAddressRefused)
    assert error.status == 403
    for setting in (
        "ML_BLOCK_LOCAL_IP=false",
        "SSRF_PROTECTION_ENABLED=false",
        "USE_DEFAULT_BANNED_SUBNETS=false",
    ):
        assert setting in str(error)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"detail": "Token is invalid"}, "LABEL_STUDIO_API_KEY"),
        (403, {"detail": "You do not have permission"}, "does not let the user"),
        (404, "<!doctype html><html>...", "project 12"),
        (400, {"detail": "Validation error", "validation_errors": {"x": ["see <a href='y'>this</a>"]}}, "see this"),
        (409, None, "answered 409"),
    ],
)
def test_other_refusals_say_what_happened(status: int, body: object, said: str) -> None:
    error = describe_refusal(URL, status, body, "project 12")
    assert isinstance(error, LabelStudioRefused)
    assert not isinstance(error, PrivateAddressRefused)
    assert error.status == status
    assert said in str(error)
    assert "<" not in str(error)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 524])
@pytest.mark.parametrize("body", ["<html><h1>Bad gateway</h1></html>", {"detail": "Busy"}, None])
def test_what_passes_is_no_refusal(status: int, body: object) -> None:
    error = describe_refusal(URL, status, body, "project 12")
    assert isinstance(error, LabelStudioUnreachable)
    assert f"answered {status} (project 12)" in str(error)
    assert "<" not in str(error)
    assert "LABEL_STUDIO_API_KEY" not in str(error)


@pytest.mark.parametrize("body", ["<html>Down for maintenance</html>", "", "[]", '{"id": 13, "title": "another"}'])
def test_an_answer_of_something_else_passes_too(body: str) -> None:
    """Such as a proxy's page with status 200, in the middle of the work."""
    with odd_server(lambda path: (200, body)) as url:
        client = LabelStudioClient(url, "a-legacy-token", timeout_s=5)
        with client, pytest.raises(LabelStudioUnreachable, match="does not speak as Label Studio does"):
            client.describe_project(12)


def test_an_access_token_that_is_refused_is_fetched_anew_once() -> None:
    """As at its very end, where the two clocks differ."""
    asked: list[tuple[str, str]] = []

    def answer(path: str, authorization: str) -> tuple[int, str]:
        asked.append((path, authorization))
        if path.startswith("/api/token/refresh"):
            return 200, json.dumps({"access": make_token(f"access-{len(asked)}", 9e9)})
        if len({used for path, used in asked if path.startswith("/api/projects")}) < 2:
            return 401, json.dumps({"detail": "Token is invalid or expired"})
        return 200, json.dumps({"id": 12, "title": "News"})

    with odd_server(answer) as url:
        client = LabelStudioClient(url, make_token("refresh", 9e9), timeout_s=5)
        with client:
            assert client.describe_project(12).title == "News"
    exchanged = [path for path, _ in asked if path.startswith("/api/token/refresh")]
    assert len(exchanged) == 2
    assert len(asked) == 4


def test_a_token_that_is_refused_twice_is_told() -> None:
    def answer(path: str, authorization: str) -> tuple[int, str]:
        if path.startswith("/api/token/refresh"):
            return 200, json.dumps({"access": make_token("access", 9e9)})
        return 401, json.dumps({"detail": "User is not active"})

    with odd_server(answer) as url:
        client = LabelStudioClient(url, make_token("refresh", 9e9), timeout_s=5)
        with client, pytest.raises(LabelStudioRefused, match="User is not active"):
            client.describe_project(12)


def test_the_session_cookie_in_the_sdks_error_goes_no_further() -> None:
    with pytest.raises(LabelStudioRefused) as raised, told_clearly(URL):
        raise ApiError(status_code=401, headers={"set-cookie": "sessionid=secret"}, body={"detail": "no"})
    assert raised.value.__suppress_context__
    assert "secret" not in str(raised.value)


def test_no_answer_names_the_address() -> None:
    with pytest.raises(LabelStudioUnreachable, match="label-studio:8080"), told_clearly(URL):
        raise httpx.ConnectError("refused")


def test_an_expired_token_is_told_before_any_request() -> None:
    # Header and claims of a personal access token whose `exp` lies in 1970; its signature is void.
    expired = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MX0.c2ln"
    with pytest.raises(LabelStudioRefused, match="expired") as raised:
        LabelStudioClient(URL, expired, timeout_s=1)
    assert expired not in str(raised.value)
