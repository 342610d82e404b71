from __future__ import annotations

from fakes.clocks import HandClock
from mraru.web.dashboard.recent_figures import LEAST_AGE_S, MOST_AGE_S, N_KEPT, RecentFigures


class Counter:
    def __init__(self) -> None:
        self.n_made = 0

    def make(self) -> int:
        self.n_made += 1
        return self.n_made


def test_figures_are_kept_while_nothing_has_changed() -> None:
    clock, counter = HandClock(), Counter()
    recent = RecentFigures(clock)
    assert recent.get("a", "basis", counter.make) == (1, True)
    clock.advance(MOST_AGE_S - 1)
    assert recent.get("a", "basis", counter.make) == (1, True)
    clock.advance(1)
    assert recent.get("a", "basis", counter.make) == (2, True)


def test_figures_of_a_moment_ago_are_given_out_once_more_and_said_to_be_so() -> None:
    clock, counter = HandClock(), Counter()
    recent = RecentFigures(clock)
    recent.get("a", "basis", counter.make)
    clock.advance(LEAST_AGE_S - 1)
    assert recent.get("a", "another", counter.make) == (1, False)
    clock.advance(1)
    assert recent.get("a", "another", counter.make) == (2, True)


def test_only_so_many_are_kept() -> None:
    counter, recent = Counter(), RecentFigures(HandClock())
    for name in range(N_KEPT + 1):
        recent.get(name, "basis", counter.make)
    assert recent.get(N_KEPT, "basis", counter.make) == (N_KEPT + 1, True)
    assert recent.get(0, "basis", counter.make) == (N_KEPT + 2, True)
