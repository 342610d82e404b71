"""Addresses of servers, as published prices are listed by them, and what a regional address costs more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

REGIONAL_FACTOR = 1.1  # of the price without a region, at each server that is listed here


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAddress:
    """Where a server's prices are listed."""

    url: str | None  # None: OpenAI's
    factor: float = 1.0  # of the listed price to the most that this server takes


# OpenAI: 10 % more for models since March 2026 (developers.openai.com/api/docs/guides/data-residency).
# Mistral: 10 % more (docs.mistral.ai/inference/regional-inference).
# Azure: an address does not tell a global deployment from one of a data zone or a region, which takes 10 % more.
# Vertex AI: 10 % more at the address of a region.
_REGIONAL = (
    (r"[a-z]{2}\.api\.openai\.com", "https://api.openai.com/v1"),
    (r"api\.(?:eu|us)\.mistral\.ai", "https://api.mistral.ai/v1"),
    (r"(?:[^.]+\.)?(?:openai|cognitiveservices|services\.ai)\.azure\.com", "https://openai.azure.com"),
    (r"[^.]+\.azure-api\.net", "https://openai.azure.com"),
    (r"[a-z0-9]+\.api\.cognitive\.microsoft\.com", "https://openai.azure.com"),
    (r"[a-z]+-[a-z]+\d+-aiplatform\.googleapis\.com", "https://aiplatform.googleapis.com"),
)
_OPENROUTER = frozenset({"openrouter.ai", "api.openrouter.ai"})
# openrouter.ai/docs/guides/routing/model-variants: `:floor` may take a discounted tier, `:nitro` a dearer one.
_SURCHARGES = {
    "nitro": "takes the fastest server, at its rate for priority where it has one",
    "online": "adds searches in the web, which are paid beside the tokens",
}
_BEDROCK = re.compile(r"bedrock-runtime\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_LISTED_REGIONS = frozenset({"us-east-1", "us-east-2", "us-west-2"})  # whose prices are the listed ones
_PROFILES = ("global.", "us.", "eu.", "jp.", "apac.", "au.")  # of Bedrock: listed at their own price, or not at all


def find_price_address(base_url: str | None) -> PriceAddress:
    """Where the prices of a server are listed; its own address, unless it is known as another one's region.

    >>> find_price_address("https://eu.api.openai.com/v1")
    PriceAddress(url='https://api.openai.com/v1', factor=1.1)
    >>> find_price_address("http://localhost:11434/v1")
    PriceAddress(url='http://localhost:11434/v1', factor=1.0)
    """
    host = _secure_host(base_url)
    for pattern, url in _REGIONAL:
        if re.fullmatch(pattern, host):
            return PriceAddress(url=url, factor=REGIONAL_FACTOR)
    return PriceAddress(url=base_url)


def is_free(model: str, base_url: str | None) -> bool:
    """Whether the model's name says that it costs nothing at this server: so it is at OpenRouter, and only there.

    >>> [is_free("qwen/qwen3-8b:free", url) for url in ("https://openrouter.ai/api/v1", "https://api.groq.com/v1")]
    [True, False]
    """
    return model.endswith(":free") and _secure_host(base_url) in _OPENROUTER


def strip_routing(model: str, base_url: str | None) -> str:
    """A model's name without OpenRouter's `:floor`: the cheapest server first, so never more than is listed.

    >>> strip_routing("qwen/qwen3-8b:floor", "https://openrouter.ai/api/v1"), strip_routing("qwen3:floor", None)
    ('qwen/qwen3-8b', 'qwen3:floor')
    """
    return model.removesuffix(":floor") if _secure_host(base_url) in _OPENROUTER else model


def find_surcharge(model: str, base_url: str | None) -> str:
    """Why a suffix of OpenRouter's costs more than what is listed for the model; empty where none does.

    >>> find_surcharge("openai/gpt-4.1-mini:online", "https://openrouter.ai/api/v1")
    "':online' adds searches in the web, which are paid beside the tokens"
    """
    suffix = model.rpartition(":")[2] if ":" in model else ""
    reason = _SURCHARGES.get(suffix) if _secure_host(base_url) in _OPENROUTER else None
    return f"':{suffix}' {reason}" if reason else ""


def has_price_of_its_own(model: str, base_url: str | None) -> bool:
    """Whether what the model costs at this server may be more than what is listed: in most regions of Bedrock.

    >>> has_price_of_its_own("openai.gpt-oss-20b-1:0", "https://bedrock-runtime.eu-west-2.amazonaws.com/openai/v1")
    True
    """
    bedrock = _BEDROCK.fullmatch(_secure_host(base_url))
    return bedrock is not None and bedrock["region"] not in _LISTED_REGIONS and not model.startswith(_PROFILES)


def is_host_of(api_pattern: str, url: str) -> bool:
    """Whether a pattern of addresses matches more than the beginning of another host's name.

    >>> [is_host_of(r"https://api\\.openai\\.com", f"https://api.openai.com{rest}") for rest in ("/v1", ".example.org")]
    [True, False]
    """
    found = re.match(api_pattern, url)
    if found is None or found.end() == len(url):
        return True
    return found[0][-1] in "./" or url[found.end()] in "/:?#"


def _secure_host(base_url: str | None) -> str:
    """The host's name in lower case; empty where the address is not one of https."""
    parts = urlsplit(base_url or "")
    return (parts.hostname or "") if parts.scheme == "https" else ""
