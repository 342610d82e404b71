"""The client of the `openai` package for OpenAI, Azure OpenAI and every compatible server."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

from openai import AzureOpenAI, DefaultHttpxClient, OpenAI

from mraru.teaching.failures import CallRefused

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_HOSTS = ("openai.com", "azure.com", "azure-api.net")
NO_KEY = "none"  # the client insists on a key; servers without keys ignore it
_DEFAULT_PORTS = {"http": 80, "https": 443}
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
    http_client = _tell_headers(on_headers) if on_headers else None
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


def server_name(base_url: str | None) -> str:
    """The address of a server, written in one way: a model's name means another model on another server.

    >>> server_name(None), server_name("HTTP://user:key@Localhost:80/v1/?x=1"), server_name("http://[::1]:8000/v1")
    ('https://api.openai.com/v1', 'http://localhost/v1', 'http://[::1]:8000/v1')
    """
    parts = urlsplit(base_url or OPENAI_URL)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def token_limit_name(base_url: str | None) -> str:
    """What the server probably calls the limit of answer tokens.

    OpenAI's and Azure's reasoning models refuse the older `max_tokens`. Mistral refuses the newer name, and
    Ollama ignores it without a word, which would leave the cost of an answer unbounded.

    >>> token_limit_name(None), token_limit_name("https://openai.com.example.org/v1")
    ('max_completion_tokens', 'max_tokens')
    """
    host = urlsplit(base_url or OPENAI_URL).hostname or ""
    is_openai = any(host == known or host.endswith(f".{known}") for known in OPENAI_HOSTS)
    return "max_completion_tokens" if is_openai else "max_tokens"


class _ClosingClient(DefaultHttpxClient):
    """Closes its connections when nobody holds it any more, as the package's own does."""

    def __del__(self) -> None:
        if not self.is_closed:
            with contextlib.suppress(Exception):  # the interpreter may be shutting down
                self.close()


def _tell_headers(on_headers: Callable[[Mapping[str, str]], None]) -> DefaultHttpxClient:
    return _ClosingClient(event_hooks={"response": [lambda response: on_headers(response.headers)]})
