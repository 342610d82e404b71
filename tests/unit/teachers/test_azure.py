from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.openai_server import OpenAIServer
from mraru.errors import TeacherMisconfigured
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.servers.server_name import server_name

MakeTeacher = Callable[..., OpenAITeacher]


@pytest.mark.parametrize("suffix", ["", "/openai", "/openai/v1", "/openai/deployments/mine"])
def test_azure_is_asked_by_deployment_and_version_with_its_own_header(
    server: OpenAIServer, make_teacher: MakeTeacher, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION"):
        monkeypatch.setenv(name, "https://from-the-environment.example")
    endpoint = server.base_url.removesuffix("/v1")
    teacher = make_teacher(base_url=endpoint + suffix, api_version="2024-10-21", model="mine")
    assert teacher.label("text").label == "Business"
    request = server.requests[0]
    assert request.path == "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    assert request.api_key == "own-token-0123456789"
    assert "from-the-environment" not in request.authorization


def test_azure_without_an_endpoint_says_what_to_set(make_teacher: MakeTeacher) -> None:
    with pytest.raises(TeacherMisconfigured, match="OPENAI_BASE_URL"):
        make_teacher(base_url=None, api_version="2024-10-21")


def test_without_a_version_any_address_is_a_compatible_server(server: OpenAIServer, make_teacher: MakeTeacher) -> None:
    make_teacher(api_key=None).label("text")
    assert server.requests[0].path == "/v1/chat/completions"


def test_a_server_has_one_name_however_its_address_is_written() -> None:
    assert server_name("http://LOCALHOST:80/v1/") == server_name("http://localhost/v1")
    assert server_name("http://localhost:1234/v1") != server_name("http://localhost:8000/v1")
    assert server_name(None) == server_name("https://api.openai.com/v1")
    assert "secret" not in server_name("https://user:secret@gateway.example/v1?key=secret")
