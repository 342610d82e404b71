from __future__ import annotations

import httpx
import pytest
from label_studio_sdk.core.api_error import ApiError

from mraru.errors import LabelStudioRefused, LabelStudioUnreachable, PrivateAddressRefused
from mraru.labelstudio.client import LabelStudioClient
from mraru.labelstudio.refusals import describe_refusal, told_clearly

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
        (500, None, "answered 500"),
    ],
)
def test_other_refusals_say_what_happened(status: int, body: object, said: str) -> None:
    error = describe_refusal(URL, status, body, "project 12")
    assert isinstance(error, LabelStudioRefused)
    assert not isinstance(error, PrivateAddressRefused)
    assert error.status == status
    assert said in str(error)
    assert "<" not in str(error)


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
