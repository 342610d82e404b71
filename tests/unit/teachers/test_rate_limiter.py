from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.clocks import PassingClock
from mraru.errors import WorkInterrupted
from mraru.teachers.servers.call_failures import CallThrottled
from mraru.teachers.servers.rate_limiter import RateLimiter


@pytest.fixture
def passing() -> PassingClock:
    return PassingClock()


def make_limiter(passing: PassingClock, **limits: float) -> RateLimiter:
    return RateLimiter(**limits, clock=passing, sleep=passing.sleep)


def headers(kind: str, limit: int, remaining: int, reset: str) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(remaining),
        f"x-ratelimit-reset-{kind}": reset,
    }


def test_without_any_limit_nobody_waits(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    for _ in range(1000):
        limiter.finish(limiter.wait_for_turn(10_000))
    assert passing.slept == []


def test_a_set_limit_lets_its_number_through_and_then_waits_for_the_oldest_to_age(passing: PassingClock) -> None:
    limiter = make_limiter(passing, requests_per_minute=3)
    for _ in range(3):
        limiter.finish(limiter.wait_for_turn(1))
        passing.advance(10)
    assert passing.slept == []
    limiter.wait_for_turn(1)
    assert passing.slept == [30.0]


@pytest.mark.parametrize("seed", range(5))
def test_no_sixty_seconds_hold_more_than_was_set(passing: PassingClock, seed: int) -> None:
    rng = random.Random(seed)
    limiter = make_limiter(passing, requests_per_minute=20, tokens_per_minute=1000)
    sent: list[tuple[float, int]] = []
    for _ in range(300):
        n_tokens = rng.randint(1, 200)
        turn = limiter.wait_for_turn(n_tokens)
        sent.append((turn.at, n_tokens))
        passing.advance(rng.random())
        limiter.finish(turn)
    for at, _ in sent:
        within = [n_tokens for other, n_tokens in sent if at - 60 < other <= at]
        assert len(within) <= 20
        assert sum(within) <= 1000
    assert passing.now - sent[0][0] < 60 * 300 * 100 / 1000 * 1.5  # it does not wait much longer than it must


def test_tokens_that_were_not_used_make_room_for_others(passing: PassingClock) -> None:
    limiter = make_limiter(passing, tokens_per_minute=1000)
    limiter.finish(limiter.wait_for_turn(900), n_tokens=100)
    limiter.wait_for_turn(900)
    assert passing.slept == []
    limiter.wait_for_turn(1)
    assert passing.slept == [60.0]


def test_a_call_that_was_not_sent_counts_for_nothing(passing: PassingClock) -> None:
    limiter = make_limiter(passing, requests_per_minute=1, tokens_per_minute=10)
    limiter.finish(limiter.wait_for_turn(10), n_requests=0, n_tokens=0)
    limiter.wait_for_turn(10)
    assert passing.slept == []


def test_a_call_larger_than_the_limit_waits_for_all_of_it_and_goes(passing: PassingClock) -> None:
    limiter = make_limiter(passing, tokens_per_minute=100)
    limiter.wait_for_turn(40)
    limiter.wait_for_turn(5000)
    assert passing.slept == [60.0]


def test_what_the_server_says_remains_is_all_there_is(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.learn(headers("requests", limit=60, remaining=1, reset="59s"))
    limiter.wait_for_turn(1)
    assert passing.slept == []
    limiter.wait_for_turn(1)
    assert passing.slept == [pytest.approx(1.0)]


def test_a_bucket_that_had_time_is_full_again_and_no_fuller(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.learn(headers("tokens", limit=100, remaining=0, reset="60s"))
    passing.advance(600)
    limiter.wait_for_turn(100)
    assert passing.slept == []
    limiter.wait_for_turn(50)
    assert passing.slept == [pytest.approx(30.0)]


def test_the_servers_count_beats_ours(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.learn(headers("requests", limit=60, remaining=0, reset="60s"))
    limiter.learn(headers("requests", limit=60, remaining=60, reset="0s"))
    for _ in range(60):
        limiter.finish(limiter.wait_for_turn(1))
    assert passing.slept == []


def test_calls_under_way_are_taken_off_what_the_server_says_remains(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    with ThreadPoolExecutor(1) as other_thread:
        other_thread.submit(limiter.wait_for_turn, 700).result(10)
        limiter.wait_for_turn(100)  # our own: the server has counted it
        limiter.learn(headers("tokens", limit=6000, remaining=1000, reset="50s"))
    limiter.wait_for_turn(300)
    assert passing.slept == []
    limiter.wait_for_turn(100)
    assert passing.slept == [pytest.approx(1.0)]


def test_tokens_are_not_given_back_twice_when_the_server_has_counted_them(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.learn(headers("tokens", limit=6000, remaining=6000, reset="0s"))
    turn = limiter.wait_for_turn(6000)
    limiter.learn(headers("tokens", limit=6000, remaining=5900, reset="1s"))
    limiter.finish(turn, n_tokens=100)
    limiter.wait_for_turn(5900)
    limiter.wait_for_turn(100)
    assert passing.slept == [pytest.approx(1.0)]


def test_tokens_are_given_back_when_the_server_said_nothing(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.learn(headers("tokens", limit=6000, remaining=6000, reset="0s"))
    limiter.finish(limiter.wait_for_turn(6000), n_tokens=100)
    limiter.wait_for_turn(5900)
    assert passing.slept == []


def test_a_pause_that_the_server_asked_for_holds_for_all(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.pause(20)
    limiter.pause(5)
    limiter.wait_for_turn(1)
    assert passing.slept == [20.0]


def test_a_wait_that_is_too_long_is_left_to_the_project(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    limiter.pause(10_000_000)
    with pytest.raises(CallThrottled) as caught:
        limiter.wait_for_turn(1)
    assert caught.value.retry_after_s == 3600.0  # however long the server asked for
    assert not caught.value.maybe_billed
    assert passing.slept == []


def test_waiting_ends_when_the_process_does(passing: PassingClock) -> None:
    limiter = make_limiter(passing, requests_per_minute=1)
    limiter.wait_for_turn(1)
    passing.ends = True
    with pytest.raises(WorkInterrupted):
        limiter.wait_for_turn(1)
    assert len(passing.slept) == 1


def test_threads_together_keep_to_the_limit(passing: PassingClock) -> None:
    limiter = make_limiter(passing, requests_per_minute=10)

    def call(_: int) -> float:
        turn = limiter.wait_for_turn(1)
        limiter.finish(turn)
        return turn.at

    with ThreadPoolExecutor(8) as threads:
        moments = sorted(threads.map(call, range(40)))
    assert len(moments) == 40
    assert all(later - earlier >= 60 for earlier, later in zip(moments, moments[10:], strict=False))


def test_the_told_limits_can_be_shown(passing: PassingClock) -> None:
    limiter = make_limiter(passing)
    assert limiter.told_per_minute("requests") is None
    limiter.learn(headers("requests", limit=500, remaining=499, reset="120ms"))
    limiter.learn(headers("tokens", limit=1_000_000, remaining=999_000, reset="86.37s"))
    assert limiter.told_per_minute("requests") == 500
    assert limiter.told_per_minute("tokens") == 690


def test_each_request_that_a_call_took_counts(passing: PassingClock) -> None:
    limiter = make_limiter(passing, requests_per_minute=4)
    turn = limiter.wait_for_turn(1)
    for _ in range(3):  # asked again with the error shown, for example
        limiter.learn({})
    limiter.finish(turn)
    limiter.wait_for_turn(1)
    assert passing.slept == []
    limiter.wait_for_turn(1)
    assert passing.slept == [60.0]
