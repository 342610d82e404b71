from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.clocks import HandClock
from mraru.embedding.embedding_turns import Patience, Place, Turns
from mraru.errors import CallerLeft, TooBusy

WAIT_S = 30.0  # seconds; nothing takes so long unless it hangs


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def turns(clock: HandClock) -> Turns:
    return Turns(clock)


def patience(clock: HandClock, waits_s: float = 80.0) -> Patience:
    return Patience(deadline=clock() + waits_s)


def take(place: Place, clock: HandClock, n_texts: int, took_s: float) -> None:
    with place.turn(n_texts):
        clock.now += took_s


def learn_pace(turns: Turns, clock: HandClock, pace_s: float) -> None:
    """The first turn loads the model and does not count."""
    with turns.line_up(2, patience(clock, 1e6)) as place:
        take(place, clock, 1, 1000.0)
        take(place, clock, 1, pace_s)


def watched(clock: HandClock) -> tuple[Patience, threading.Event]:
    """Patience without end, and what is set once its owner has come to wait."""
    arrived = threading.Event()

    def has_left() -> bool:
        arrived.set()
        return False

    return Patience(deadline=clock() + 1e6, has_left=has_left), arrived


def test_the_one_with_the_fewest_texts_goes_next_and_one_at_a_time(turns: Turns, clock: HandClock) -> None:
    order: list[int] = []
    n_inside, most_inside = 0, 0

    def work(n_texts: int, mine: Patience) -> None:
        nonlocal n_inside, most_inside
        with turns.line_up(n_texts, mine) as place, place.turn(n_texts):
            n_inside += 1
            most_inside = max(most_inside, n_inside)
            order.append(n_texts)
            n_inside -= 1

    done = []
    with ThreadPoolExecutor() as threads, turns.line_up(1000, patience(clock)) as first:
        with first.turn(1):
            for n_texts in (100, 7, 30):
                mine, arrived = watched(clock)
                done.append(threads.submit(work, n_texts, mine))
                assert arrived.wait(WAIT_S)
        for one in done:
            one.result(WAIT_S)
    assert (order, most_inside) == ([7, 30, 100], 1)


def test_who_cannot_be_done_in_time_behind_others_is_told_at_once(turns: Turns, clock: HandClock) -> None:
    learn_pace(turns, clock, pace_s=1.0)
    with turns.line_up(50, patience(clock)), pytest.raises(TooBusy, match="Other requests come first"):
        enter(turns, 60, patience(clock, 80.0))


def test_who_is_alone_goes_on_until_the_deadline_however_much_there_is(turns: Turns, clock: HandClock) -> None:
    learn_pace(turns, clock, pace_s=1.0)
    with turns.line_up(5000, patience(clock, 80.0)) as place:
        for _ in range(2):
            take(place, clock, 32, 40.0)
        with pytest.raises(TooBusy, match="still being embedded"), place.turn(32):
            pass


def test_a_first_turn_that_loads_the_model_frightens_nobody_away(turns: Turns, clock: HandClock) -> None:
    with turns.line_up(1, patience(clock)) as place:
        take(place, clock, 1, 60.0)
    mine, arrived = watched(clock)
    with ThreadPoolExecutor() as threads, turns.line_up(9, patience(clock)) as ahead:
        with ahead.turn(9):
            waiting = threads.submit(lambda: enter(turns, 10, mine))
            assert arrived.wait(WAIT_S)
        assert waiting.result(WAIT_S)


def enter(turns: Turns, n_texts: int, mine: Patience) -> bool:
    with turns.line_up(n_texts, mine) as place, place.turn(n_texts):
        return True


def test_who_has_left_is_not_worked_for(turns: Turns, clock: HandClock) -> None:
    with pytest.raises(CallerLeft):
        enter(turns, 1, Patience(deadline=clock() + 80.0, has_left=lambda: True))


def test_a_turn_that_fails_leaves_the_model_free(turns: Turns, clock: HandClock) -> None:
    with pytest.raises(KeyError), turns.line_up(3, patience(clock)) as place, place.turn(1):
        raise KeyError
    assert enter(turns, 1, patience(clock))
