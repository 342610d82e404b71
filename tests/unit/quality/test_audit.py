from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mraru.quality.audit.audit_sample import (
    AuditFrame,
    next_draws,
    order_from,
    place_turns,
    settled_sample,
    start_of_sample,
    turn_places,
)
from mraru.records import hash_text

HASHES = [hash_text(f"text {number}") for number in range(400)]
START = start_of_sample(0, 1, AuditFrame.CORPUS)


def test_the_order_is_a_permutation_that_begins_at_the_point() -> None:
    ordered = order_from(START, HASHES)
    assert sorted(ordered) == sorted(HASHES)
    assert ordered[0] == min(name for name in HASHES if name >= START)


@pytest.mark.parametrize("other", [(1, 1, AuditFrame.CORPUS), (0, 2, AuditFrame.CORPUS), (0, 1, AuditFrame.TEACHER)])
def test_seed_project_and_frame_each_give_another_point(other: tuple[int, int, AuditFrame]) -> None:
    assert start_of_sample(*other) != START


def test_every_text_is_as_likely_in_the_sample() -> None:
    names = HASHES[:20]
    drawn = Counter(
        name for seed in range(4000) for name in order_from(start_of_sample(seed, 1, AuditFrame.CORPUS), names)[:5]
    )
    gaps = {name: drawn[name] / 4000 for name in names}
    assert sum(gaps.values()) == pytest.approx(5.0)
    over_texts = np.mean([hash_text(f"{seed} {name}") < "4" for seed in range(50) for name in names])
    assert over_texts == pytest.approx(0.25, abs=0.05)  # texts fall anywhere on the circle


def test_the_sample_grows_at_its_end_and_stays_while_tasks_come_and_go() -> None:
    ordered = order_from(START, HASHES)
    first = next_draws(ordered, (), (), 20)
    assert next_draws(ordered, (), (), 30)[:20] == first
    without_others = [name for name in HASHES if name in first or name.endswith("0")]
    assert next_draws(order_from(START, without_others), (), (), 20) == first


def test_nothing_is_drawn_while_enough_wait() -> None:
    assert next_draws("abcdef", drawn="abc", settled="a", n_waiting=2) == ()
    assert next_draws("abcdef", drawn="abc", settled="a", n_waiting=0) == ()
    assert next_draws("abc", drawn="abc", settled="abc", n_waiting=5) == ()


def test_a_text_that_comes_into_the_stretch_is_drawn_next() -> None:
    assert next_draws("abxcdef", drawn="abc", settled="abc", n_waiting=2) == ("x", "d")


def test_what_was_labelled_before_the_draw_belongs_to_the_sample() -> None:
    draws = next_draws("abcdef", drawn="", settled="acf", n_waiting=2)
    assert draws == ("a", "b", "c", "d")
    assert settled_sample("abcdef", draws, settled="abcf").members == ("a", "b", "c")


def test_what_people_chose_to_label_behind_the_first_that_waits_does_not_count() -> None:
    assert settled_sample("abcdefgh", drawn="abcdef", settled="abdefgh").members == ("a", "b")


def test_deleted_texts_leave_the_sample() -> None:
    assert settled_sample("acd", drawn="abcd", settled="abc").members == ("a", "c")


def test_few_newcomers_are_left_out_until_their_turn() -> None:
    ordered = [*HASHES[:10], "newcomer", *HASHES[10:40]]
    found = settled_sample(ordered, drawn=HASHES[:30], settled=set(HASHES[:30]))
    assert found.members == tuple(HASHES[:30])
    assert found.n_newcomers == 1


def test_many_newcomers_leave_the_stretch_before_the_first_of_them() -> None:
    newcomers = [f"newcomer {number}" for number in range(10)]
    ordered = [*HASHES[:12], *newcomers, *HASHES[12:40]]
    found = settled_sample(ordered, drawn=HASHES[:30], settled=set(HASHES[:30]))
    assert found.members == tuple(HASHES[:12])
    labelled = {*HASHES[:30], *newcomers}
    assert len(settled_sample(ordered, [*HASHES[:30], *newcomers], labelled).members) == 40


def test_draws_of_few_texts_that_wait_do_not_keep_later_ones_from_counting() -> None:
    """The last of the texts was drawn when there was no other; then the first ones came, and people labelled these."""
    ordered = HASHES[:40]
    found = settled_sample(ordered, drawn=[HASHES[39], *HASHES[:10]], settled=set(HASHES[:10]))
    assert found.members == tuple(HASHES[:10])
    assert found.n_newcomers == 0


@pytest.mark.parametrize("share", [0.03, 0.1, 0.25, 0.4, 0.5])
def test_the_audit_gets_its_share_of_the_places_one_in_each_block(share: float) -> None:
    places = turn_places(share, 1000, np.random.default_rng(7))
    assert len(places) == int(share * 1000)
    assert len(set(places)) == len(places)
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] < 1000
    for turn, place in enumerate(places):
        assert turn / share - 1 <= place <= (turn + 1) / share


def test_places_are_the_same_by_seed_and_cannot_be_guessed() -> None:
    by_seed = [turn_places(0.1, 500, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert by_seed[0] == by_seed[1] != by_seed[2]
    assert len({place % 10 for place in by_seed[0]}) > 5


def test_without_a_share_the_audit_has_no_place() -> None:
    assert turn_places(0.0, 1000, np.random.default_rng(0)) == []


def queue(scores: dict[int, float], moved: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda task: (moved.get(task, scores[task]), task))


def test_each_audit_task_comes_to_its_place() -> None:
    scores = {task: task / 100 for task in range(100)}
    moved = place_turns(scores, turns=[90, 80, 95], places=[3, 11, 20])
    ordered = queue(scores, moved)
    assert [ordered[place] for place in (3, 11, 20)] == [90, 80, 95]
    assert all(0.0 <= score <= 1.0 for score in moved.values())
    assert scores == {task: task / 100 for task in range(100)}


def test_a_task_waits_for_its_turn_also_where_review_would_bring_it_sooner() -> None:
    scores = {task: task / 100 for task in range(100)}
    ordered = queue(scores, place_turns(scores, turns=[1, 90], places=[5, 8]))
    assert (ordered[5], ordered[8]) == (1, 90)


def test_places_beyond_the_queue_come_after_it_in_their_order_and_tasks_that_are_not_pushed_are_left_out() -> None:
    moved = place_turns({1: 0.1, 2: 0.9, 3: 0.05}, turns=[2, 77, 3], places=[5, 6, 7])
    assert list(moved) == [2, 3]
    assert 0.1 < moved[2] < moved[3] < 1.0
    assert place_turns({}, turns=[2], places=[0]) == {}


def test_turns_among_equal_scores_have_an_order() -> None:
    moved = place_turns(dict.fromkeys(range(20), 0.6), turns=[9, 3, 7], places=[2, 5, 8])
    assert list(moved) == [9, 3, 7]
    assert moved[9] < moved[3] < moved[7]
    assert moved[9] == pytest.approx(0.6, abs=1e-4)


def test_the_first_place_may_belong_to_the_audit() -> None:
    moved = place_turns({1: 0.25, 2: 0.5, 3: 0.9}, turns=[3], places=[0])
    assert moved == {3: 0.125}
