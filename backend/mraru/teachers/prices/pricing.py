"""What a token costs: from the settings, else from the package genai-prices. No network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from mraru.errors import PriceUnknown
from mraru.teachers.prices.price_addresses import (
    find_price_address,
    find_surcharge,
    has_price_of_its_own,
    is_free,
    is_host_of,
    strip_routing,
)

TOKENS_PER_MTOK = 1_000_000
FINE_TUNED = "ft:"  # begins the names of fine-tuned models, which cost more than those that they were made of
LONGEST_PROMPT_TOKENS = 100_000  # decides the tier where a price grows with the prompt's length


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars per million tokens; cached prompt tokens are counted in full."""

    input_usd_per_mtok: float
    output_usd_per_mtok: float

    def cost_usd(self, *, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens cost.

        >>> Price(input_usd_per_mtok=0.4, output_usd_per_mtok=1.6).cost_usd(
        ...     prompt_tokens=1_000_000, completion_tokens=500_000)
        1.2
        """
        return (
            prompt_tokens * self.input_usd_per_mtok + completion_tokens * self.output_usd_per_mtok
        ) / TOKENS_PER_MTOK


def find_price(
    model: str,
    base_url: str | None,
    input_usd_per_mtok: float | None,
    output_usd_per_mtok: float | None,
    *,
    longest_prompt_tokens: int = LONGEST_PROMPT_TOKENS,
    now: datetime | None = None,
) -> Price:
    """The price of a model: what the settings say, else what is published for this very server.

    A model's name alone decides nothing: the same model costs something else on another server.
    Where a price changes within the day, the highest of the day counts; at a region's address, what regions take
    more. What may cost more than is published is unknown.

    Raises:
        PriceUnknown: neither the settings nor genai-prices know it.
    """
    if input_usd_per_mtok is not None and output_usd_per_mtok is not None:
        return Price(input_usd_per_mtok=input_usd_per_mtok, output_usd_per_mtok=output_usd_per_mtok)
    now = now or datetime.now(UTC)
    published = [
        _published_price(model, base_url, longest_prompt_tokens, now + timedelta(hours=hours)) for hours in range(24)
    ]
    dearest_input = max(price.input_usd_per_mtok for price in published)
    dearest_output = max(price.output_usd_per_mtok for price in published)
    return Price(
        input_usd_per_mtok=dearest_input if input_usd_per_mtok is None else input_usd_per_mtok,
        output_usd_per_mtok=dearest_output if output_usd_per_mtok is None else output_usd_per_mtok,
    )


def _published_price(model: str, base_url: str | None, prompt_tokens: int, at: datetime) -> Price:
    if is_free(model, base_url):
        return Price(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0)
    name, model = model, strip_routing(model, base_url)
    usage = PricedUsage(input_tokens=prompt_tokens, output_tokens=prompt_tokens)
    address = find_price_address(base_url)
    try:
        if address.url is None:
            found = calc_price(usage, model, provider_id="openai", genai_request_timestamp=at)
        else:
            found = calc_price(usage, model, provider_api_url=address.url, genai_request_timestamp=at)
    except LookupError as exc:
        raise PriceUnknown(_unknown(name, base_url)) from exc
    is_another = model.startswith(FINE_TUNED) and not found.model.id.startswith(FINE_TUNED)
    is_elsewhere = address.url is not None and not is_host_of(found.provider.api_pattern, address.url)
    is_listed = found.model_price.input_mtok is not None and found.model_price.output_mtok is not None
    if is_another or is_elsewhere or not is_listed or has_price_of_its_own(model, base_url):
        raise PriceUnknown(_unknown(name, base_url))
    per_mtok = address.factor * TOKENS_PER_MTOK / prompt_tokens
    return Price(
        input_usd_per_mtok=float(found.input_price) * per_mtok,
        output_usd_per_mtok=float(found.output_price) * per_mtok,
    )


def _unknown(model: str, base_url: str | None) -> str:
    server = "OpenAI" if base_url is None else base_url
    surcharge = find_surcharge(model, base_url)
    known = f" ({surcharge})" if surcharge else ""
    return (
        f"The price of {model} at {server} is unknown{known}, so the budget in dollars cannot be kept: set "
        "MRARU_INPUT_USD_PER_MTOK and MRARU_OUTPUT_USD_PER_MTOK (dollars per million tokens; 0 for a local model)."
    )
