from __future__ import annotations

import json

import pytest

from fakes.examined import WELL
from fakes.odd_server import make_token, odd_server
from fakes.services import MakeServices
from mraru.doctor.examined import Examined
from mraru.doctor.findings import Severity
from mraru.doctor.label_studio.access_token import check_token

# As Label Studio 1.23.2 says it.
NO_LEGACY = "Authentication token no longer valid: legacy token authentication has been disabled for this organization"
PERSONAL = make_token("refresh", 9e9)


class TokenServer:
    """Answers what is asked with a token as a Label Studio of one kind does."""

    def __init__(self, *, exchange: int = 200, user: int = 200, detail: str = "Token is invalid") -> None:
        self.exchange, self.user, self.detail = exchange, user, detail
        self.sent: list[str] = []

    def __call__(self, path: str, authorization: str) -> tuple[int, str]:
        self.sent.append(path)
        refusal = json.dumps({"detail": self.detail})
        if path.startswith("/api/token/refresh"):
            return self.exchange, json.dumps({"access": make_token("access", 9e9)}) if self.exchange == 200 else refusal
        return self.user, json.dumps({"id": 1, "email": "a@example.com"}) if self.user == 200 else refusal


def findings_of(server: TokenServer, token: str, new_services: MakeServices) -> list[tuple[str, str]]:
    """Code and remedy of what is found."""
    with odd_server(server) as url:
        services = new_services(label_studio_url=url, label_studio_api_key=token, label_studio_timeout_s=5)
        found = list(check_token(Examined(services, WELL, None)))
    assert all(finding.severity is Severity.ERROR and finding.is_blocking for finding in found)
    assert not any(token in finding.message + finding.remedy for finding in found)
    return [(finding.code, finding.remedy) for finding in found]


@pytest.mark.parametrize("token", [PERSONAL, "0123456789abcdef"], ids=["personal", "legacy"])
def test_a_token_that_is_accepted_is_well(token: str, new_services: MakeServices) -> None:
    assert findings_of(TokenServer(), token, new_services) == []


@pytest.mark.parametrize(
    ("token", "server", "code", "advice"),
    [
        (make_token("refresh", 1), TokenServer(), "token-expired", "Make a personal access token"),
        (make_token("access", 9e9), TokenServer(), "token-short-lived", "Make a personal access token"),
        ("0123", TokenServer(user=401, detail=NO_LEGACY), "legacy-token-refused", "allows legacy tokens"),
        ("0123", TokenServer(user=401), "token-refused", "Make a personal access token"),
        (PERSONAL, TokenServer(exchange=401), "token-refused", "Make a personal access token"),
        (PERSONAL, TokenServer(exchange=404), "personal-token-unknown", "legacy token"),
        (PERSONAL, TokenServer(user=401), "personal-token-refused", "personal access tokens are allowed"),
        (PERSONAL, TokenServer(user=502), "label-studio-unreachable", "its log"),
        (PERSONAL, TokenServer(exchange=503), "label-studio-unreachable", "its log"),
    ],
    ids=["expired", "access", "no legacy", "unknown legacy", "revoked", "old", "not allowed", "502", "exchange 503"],
)
def test_a_token_that_is_refused_is_told_by_its_kind(
    token: str, server: TokenServer, code: str, advice: str, new_services: MakeServices
) -> None:
    ((found, remedy),) = findings_of(server, token, new_services)
    assert found == code
    assert advice in remedy


def test_a_token_that_can_never_work_is_sent_nowhere(new_services: MakeServices) -> None:
    for token in (make_token("refresh", 1), make_token("access", 9e9)):
        server = TokenServer()
        findings_of(server, token, new_services)
        assert server.sent == []
