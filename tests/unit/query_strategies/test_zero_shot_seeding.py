from __future__ import annotations

import numpy as np

from mraru.query_strategies.zero_shot_seeding import GIVE_UP_AFTER, contrast, draw_nearest, fill_draw


def nobody(n_texts: int) -> np.ndarray:
    return np.zeros(n_texts, dtype=np.bool_)


def test_the_nearest_unknown_text_of_each_class_is_drawn() -> None:
    nearness = np.array([[0.9, 0.0], [0.8, 0.1], [0.1, 0.7], [0.0, 0.6]], dtype=np.float32)
    drawn = draw_nearest(nearness, np.array([True, False, False, False]), 4, np.random.default_rng(0))
    assert sorted(near.row for near in drawn) == [1, 2]
    assert {near.probability for near in drawn} == {1.0}


def test_more_classes_than_draws_take_turns_at_random_with_equal_chances() -> None:
    nearness = np.eye(6, dtype=np.float32)
    rng = np.random.default_rng(0)
    drawn = [near for _ in range(1000) for near in draw_nearest(nearness, nobody(6), 2, rng)]
    assert {near.probability for near in drawn} == {2 / 6}
    counts = np.bincount([near.row for near in drawn], minlength=6)
    assert (np.abs(counts - 2000 / 6) < 80).all()


def test_a_text_that_is_nearest_to_two_classes_is_drawn_once() -> None:
    nearness = np.array([[0.9, 0.9], [0.1, 0.1]], dtype=np.float32)
    assert [near.row for near in draw_nearest(nearness, nobody(2), 2, np.random.default_rng(0))] == [0]


def test_a_class_whose_nearest_texts_were_all_of_others_gets_no_turn() -> None:
    nearness = np.linspace(1, 0, 40, dtype=np.float32)[:, None]
    is_known = np.arange(40) < GIVE_UP_AFTER - 1
    assert [near.row for near in draw_nearest(nearness, is_known, 1, np.random.default_rng(0))] == [GIVE_UP_AFTER - 1]
    is_known[GIVE_UP_AFTER - 1] = True
    assert draw_nearest(nearness, is_known, 1, np.random.default_rng(0)) == []


def test_nothing_is_drawn_of_nothing() -> None:
    rng = np.random.default_rng(0)
    assert draw_nearest(np.zeros((0, 3), dtype=np.float32), nobody(0), 2, rng) == []
    assert draw_nearest(np.zeros((3, 0), dtype=np.float32), nobody(3), 2, rng) == []


def test_likeness_to_another_class_counts_against_a_text() -> None:
    similarities = np.array([[0.80, 0.79, 0.0], [0.70, 0.10, 0.2]], dtype=np.float32)
    assert similarities[:, 0].argmax() == 0
    assert contrast(similarities)[:, 0].argmax() == 1
    assert contrast(similarities).shape == similarities.shape


def test_a_single_class_has_nothing_to_be_told_apart_from() -> None:
    similarities = np.array([[0.8], [0.7]], dtype=np.float32)
    np.testing.assert_array_equal(contrast(similarities), similarities)


def test_a_text_drawn_near_a_class_and_anywhere_counts_once_and_keeps_its_chance() -> None:
    assert fill_draw({"a": 0.5, "b": 0.5}, ["b", "c", "a", "d", "e"], 4) == {"a": 0.5, "b": 0.5, "c": 1.0, "d": 1.0}
    assert fill_draw({"a": 0.5}, [], 4) == {"a": 0.5}
