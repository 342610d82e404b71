"""The client of the `openai` package for OpenAI, Azure OpenAI and every compatible server."""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit

import httpx2
from openai import AzureOpenAI, DefaultHttpxClient, OpenAI

from mraru.teachers.servers.call_failures import CallRefused
from mraru.teachers.servers.server_name import OPENAI_URL

AZURE_HOSTS = ("azure.com", "azure-api.net")
OPENAI_HOSTS = ("openai.com", *AZURE_HOSTS)
NO_KEY = "none"  # the client insists on a key; servers without keys ignore it
_AZURE_PATH = re.compile(r"/openai(?:/v1|/deployments(?:/[^/]+)?)?/?\Z")  # the client adds its own


def make_client(
    *,
    api_key: str | None,
    base_url: str | None,
    api_version: str | None,
    timeout_s: float,
    on_headers: Callable[[Mapping[str, str]], None] | None,
) -> OpenAI:
    """A client that never retries and reads nothing from the environment; nothing is sent.

    Args:
        api_key: None for servers without keys.
        base_url: OpenAI's own when None.
        api_version: of Azure OpenAI's deployments; None for any other server, and for Azure's `/openai/v1`.
        on_headers: told the headers of every answer of the server, refusals too, in the calling thread.

    Raises:
        CallRefused: the key holds characters that no HTTP header may carry, or Azure's address is missing.
    """
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        raise CallRefused("OPENAI_API_KEY holds characters that no key has: copy it again.")
    http_client = _make_http_client(on_headers)
    if api_version is not None:
        if base_url is None:
            raise CallRefused("OPENAI_BASE_URL: set it to the endpoint of Azure OpenAI, or unset OPENAI_API_VERSION.")
        return AzureOpenAI(
            api_key=api_key or NO_KEY,
            azure_endpoint=_AZURE_PATH.sub("", base_url),
            api_version=api_version,
            timeout=timeout_s,
            max_retries=0,
            http_client=http_client,
        )
    return OpenAI(
        api_key=api_key or NO_KEY,
        base_url=base_url or OPENAI_URL,
        timeout=timeout_s,
        max_retries=0,
        http_client=http_client,
    )


def token_limit_name(base_url: str | None) -> str:
    """What the server probably calls the limit of answer tokens.

    OpenAI's and Azure's reasoning models refuse the older `max_tokens`. Mistral refuses the newer name, and
    Ollama ignores it without a word, which would leave the cost of an answer unbounded.

    >>> token_limit_name(None), token_limit_name("https://openai.com.example.org/v1")
    ('max_completion_tokens', 'max_tokens')
    """
    return "max_completion_tokens" if _is_of(base_url, OPENAI_HOSTS) else "max_tokens"


def is_azure_server(base_url: str | None) -> bool:
    """Whether an address is one of Azure's.

    >>> is_azure_server("https://mine.openai.azure.com/openai/v1"), is_azure_server(None)
    (True, False)
    """
    return _is_of(base_url, AZURE_HOSTS)


def _is_of(base_url: str | None, hosts: Sequence[str]) -> bool:
    host = urlsplit(base_url or OPENAI_URL).hostname or ""
    return any(host == known or host.endswith(f".{known}") for known in hosts)


class _ClosingClient(DefaultHttpxClient):
    """Closes its connections when nobody holds it any more, as the package's own does."""

    def __del__(self) -> None:
        if not self.is_closed:
            with contextlib.suppress(Exception):  # the interpreter may be shutting down
                self.close()


def _make_http_client(on_headers: Callable[[Mapping[str, str]], None] | None) -> DefaultHttpxClient:
    hooks = {"response": [lambda response: on_headers(response.headers)]} if on_headers else {}
    return _ClosingClient(verify=_known_certificates(), event_hooks=hooks)


@cache
def _known_certificates() -> ssl.SSLContext:
    """Whom connections trust: read once, since it takes longer than all else that makes a client."""
    return httpx2.create_ssl_context()
