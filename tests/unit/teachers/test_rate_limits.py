from __future__ import annotations

import pytest

from mraru.teachers.servers.rate_limits import LimitKind, ToldLimit, read_duration_s, read_limit

OPENAI = {
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": "499",
    "x-ratelimit-reset-requests": "120ms",
    "x-ratelimit-limit-tokens": "200000",
    "x-ratelimit-remaining-tokens": "199000",
    "x-ratelimit-reset-tokens": "300ms",
}


@pytest.mark.parametrize(("kind", "limit", "remaining"), [("requests", 500, 499), ("tokens", 200_000, 199_000)])
def test_the_limits_of_openai_are_read_as_per_minute(kind: LimitKind, limit: float, remaining: float) -> None:
    told = read_limit(OPENAI, kind)
    assert told is not None
    assert (told.limit, told.remaining, told.per_minute) == (limit, remaining, limit)


def test_a_limit_of_a_day_is_known_by_how_slowly_it_grows_back() -> None:
    told = ToldLimit(limit=14_400, remaining=14_399, reset_s=6.0)
    assert told.per_minute == pytest.approx(10.0)


@pytest.mark.parametrize("reset_s", [0.0, 0.001])
def test_a_reset_that_was_rounded_to_almost_nothing_is_still_above_zero_per_minute(reset_s: float) -> None:
    assert ToldLimit(limit=60, remaining=60, reset_s=reset_s).per_minute == 60


def test_without_a_reset_the_limit_is_one_of_a_minute() -> None:
    told = read_limit({"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "30"}, "requests")
    assert told == ToldLimit(limit=60, remaining=30, reset_s=30.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"x-ratelimit-limit-requests": "many"},
        {"x-ratelimit-limit-requests": "0"},
        {"x-ratelimit-remaining-requests": "-1"},
        {"x-ratelimit-remaining-requests": "nan"},
        {"x-ratelimit-remaining-requests": ""},
    ],
)
def test_headers_that_make_no_sense_tell_nothing(changed: dict[str, str]) -> None:
    assert read_limit({**OPENAI, **changed}, "requests") is None


@pytest.mark.parametrize("value", ["", "-3s", "3 s", "inf", "1s later", "99999999999", None])
def test_what_is_no_duration_is_not_read(value: str | None) -> None:
    assert read_duration_s(value) is None


def test_more_remaining_than_the_limit_counts_as_the_limit() -> None:
    told = read_limit({**OPENAI, "x-ratelimit-remaining-requests": "900"}, "requests")
    assert told is not None
    assert told.remaining == 500
