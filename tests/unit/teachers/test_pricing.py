from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mraru.errors import PriceUnknown
from mraru.teachers.prices.pricing import Price, find_price

LOCAL = "http://localhost:11434/v1"


def test_the_settings_win_over_the_published_price() -> None:
    assert find_price("gpt-4.1-mini", None, 7.0, 9.0) == Price(input_usd_per_mtok=7.0, output_usd_per_mtok=9.0)


def test_a_local_model_is_free_when_the_settings_say_so() -> None:
    free = find_price("llama", LOCAL, 0.0, 0.0)
    assert free.cost_usd(prompt_tokens=10**9, completion_tokens=10**9) == 0.0


def test_one_setting_leaves_the_other_to_the_published_price() -> None:
    price = find_price("gpt-4.1-mini", None, 7.0, None)
    assert (price.input_usd_per_mtok, price.output_usd_per_mtok) == (7.0, pytest.approx(1.6))


@pytest.mark.parametrize("base_url", [None, "https://api.openai.com/v1"])
def test_openai_models_have_their_published_price(base_url: str | None) -> None:
    price = find_price("gpt-4.1-mini", base_url, None, None)
    assert price.input_usd_per_mtok == pytest.approx(0.4)
    assert price.output_usd_per_mtok == pytest.approx(1.6)


def test_another_known_server_has_its_own_price_for_a_model() -> None:
    price = find_price("openai/gpt-4.1-mini", "https://openrouter.ai/api/v1", None, None)
    assert price.input_usd_per_mtok > 0


@pytest.mark.parametrize(
    ("model", "base_url", "given"),
    [
        ("gpt-4.1-mini", LOCAL, (None, None)),  # the name alone decides nothing
        ("gpt-4.1-mini", LOCAL, (1.0, None)),
        ("no-such-model", None, (None, None)),
        ("no-such-model", "https://api.groq.com/openai/v1", (None, None)),
    ],
)
def test_an_unknown_price_names_the_settings_to_make(
    model: str, base_url: str | None, given: tuple[float | None, float | None]
) -> None:
    with pytest.raises(PriceUnknown) as caught:
        find_price(model, base_url, *given)
    message = str(caught.value)
    assert "MRARU_INPUT_USD_PER_MTOK" in message
    assert "MRARU_OUTPUT_USD_PER_MTOK" in message
    assert "0 for a local model" in message
    assert model in message


def prices(model: str, base_url: str | None) -> tuple[float, float]:
    price = find_price(model, base_url, None, None)
    return price.input_usd_per_mtok, price.output_usd_per_mtok


@pytest.mark.parametrize("model", ["meta-llama/llama-3.3-70b-instruct:free", "nobody/knows-this-one:free"])
@pytest.mark.parametrize("base_url", ["https://openrouter.ai/api/v1", "https://OpenRouter.ai/api/v1/"])
def test_models_that_openrouter_calls_free_cost_nothing_there(model: str, base_url: str) -> None:
    assert prices(model, base_url) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-4.1-mini:free", None),
        ("llama-3.3-70b-versatile:free", "https://api.groq.com/openai/v1"),
        ("phi-4-reasoning:free", "https://mine.openai.azure.com"),
        ("qwen/qwen3-8b:free", "https://openrouter.ai.example.org/api/v1"),
        ("qwen/qwen3-8b:free", "https://proxy.example.org/openrouter.ai/api/v1"),
        ("openai/gpt-4.1-mini:nitro", "https://openrouter.ai/api/v1"),  # the fastest provider, at its price
        ("openai/gpt-4.1-mini:online", "https://openrouter.ai/api/v1"),  # searches are paid beside the tokens
    ],
)
def test_a_suffix_that_is_not_sure_to_be_free_is_no_price(model: str, base_url: str | None) -> None:
    with pytest.raises(PriceUnknown):
        prices(model, base_url)


def test_openrouters_cheapest_server_costs_no_more_than_what_is_listed() -> None:
    url = "https://openrouter.ai/api/v1"
    assert prices("openai/gpt-4.1-mini:floor", url) == prices("openai/gpt-4.1-mini", url)
    for model, server in [("no-such/model:floor", url), ("gpt-4.1-mini:floor", None)]:
        with pytest.raises(PriceUnknown, match=f"price of {model}"):
            prices(model, server)


@pytest.mark.parametrize(("suffix", "reason"), [("nitro", "rate for priority"), ("online", "searches in the web")])
def test_what_a_suffix_costs_beside_the_listed_price_is_said(suffix: str, reason: str) -> None:
    with pytest.raises(PriceUnknown, match=rf"is unknown \(':{suffix}' .*{reason}.*MRARU_INPUT_USD_PER_MTOK"):
        prices(f"openai/gpt-4.1-mini:{suffix}", "https://openrouter.ai/api/v1")


@pytest.mark.parametrize("base_url", [None, "https://api.openai.com/v1"])
def test_a_fine_tuned_model_has_the_price_of_fine_tuned_ones(base_url: str | None) -> None:
    base = prices("gpt-4o-mini", base_url)
    assert prices("ft:gpt-4o-mini-2024-07-18:org::id", base_url) == pytest.approx((2 * base[0], 2 * base[1]))


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("ft:gpt-4.1-mini-2025-04-14:org::id", None),
        ("ft:gpt-4.1-mini-2025-04-14:org::id", "https://eu.api.openai.com/v1"),
        ("ft:gpt-4.1-mini-2025-04-14:org:gpt-4o-mini:id", None),
        ("gpt-4.1-mini.ft-0e208cf33a6a466994aff31a08aba678", "https://mine.openai.azure.com"),
        ("ft:mistral-small-latest:org:20250101:id", "https://api.mistral.ai/v1"),
    ],
)
def test_a_fine_tuned_model_never_has_the_price_of_its_base(model: str, base_url: str | None) -> None:
    with pytest.raises(PriceUnknown):
        prices(model, base_url)


@pytest.mark.parametrize(
    ("model", "regional", "world"),
    [
        *(("gpt-4.1-mini", f"https://{region}.api.openai.com/v1", None) for region in ("eu", "us", "au", "in", "jp")),
        ("mistral-small-latest", "https://api.eu.mistral.ai/v1", "https://api.mistral.ai/v1"),
        ("mistral-small-latest", "https://api.us.mistral.ai/v1", "https://api.mistral.ai/v1"),
        ("gpt-4.1-mini", "https://mine.openai.azure.com", None),
        ("gpt-4.1-mini", "https://mine.openai.azure.com/openai/v1/", None),
        ("gpt-4.1-mini", "https://eastus.api.cognitive.microsoft.com", None),
        ("gpt-4.1-mini", "https://mine.cognitiveservices.azure.com/", None),
        ("gpt-4.1-mini", "https://mine.services.ai.azure.com/openai/v1", None),
        (
            "gemini-2.5-flash",
            "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/endpoints/openapi",
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi",
        ),
    ],
)
def test_a_region_is_priced_with_what_regions_take_more(model: str, regional: str, world: str | None) -> None:
    listed = prices(model, world)
    assert prices(model, regional) == pytest.approx((1.1 * listed[0], 1.1 * listed[1]))


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("gpt-4.1-mini", "http://eu.api.openai.com/v1"),
        ("gpt-4.1-mini", "https://api.openai.com.example.org/v1"),
        ("gpt-4.1-mini", "https://eu.api.openai.com.example.org/v1"),
        ("gpt-4.1-mini", "https://evil-eu.api.openai.com/v1"),
        ("gpt-4.1-mini", "https://mine.openai.azure.com.example.org"),
        ("mistral-small-latest", "https://api.xx.mistral.ai/v1"),
        ("openai.gpt-oss-20b-1:0", "https://bedrock-runtime.eu-west-2.amazonaws.com/openai/v1"),
    ],
)
def test_an_address_that_is_not_sure_to_have_the_listed_price_has_none(model: str, base_url: str) -> None:
    with pytest.raises(PriceUnknown):
        prices(model, base_url)


def test_where_bedrock_has_the_listed_price_it_is_found() -> None:
    listed = prices("openai.gpt-oss-20b-1:0", "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1")
    assert listed == prices("openai.gpt-oss-20b-1:0", "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1")


def test_of_a_price_that_changes_within_the_day_the_highest_counts() -> None:
    prices = {
        find_price(
            "deepseek-chat",
            "https://api.deepseek.com",
            None,
            None,
            now=datetime(2026, 11, 24, hour, tzinfo=UTC),
        )
        for hour in (0, 12, 20)
    }
    assert len(prices) == 1


def test_a_longer_prompt_may_reach_a_dearer_tier() -> None:
    url = "https://generativelanguage.googleapis.com/v1beta/openai/"
    short = find_price("gemini-2.5-pro", url, None, None)
    long = find_price("gemini-2.5-pro", url, None, None, longest_prompt_tokens=300_000)
    assert short.input_usd_per_mtok == pytest.approx(1.25)
    assert long.input_usd_per_mtok > short.input_usd_per_mtok


def test_prompt_and_answer_tokens_have_each_their_price() -> None:
    price = Price(input_usd_per_mtok=2.0, output_usd_per_mtok=10.0)
    assert price.cost_usd(prompt_tokens=1000, completion_tokens=100) == pytest.approx(0.003)
