from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mraru.errors import PriceUnknown
from mraru.teaching.pricing import Price, find_price

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
