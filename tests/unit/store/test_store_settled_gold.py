from __future__ import annotations

from mraru.store.store import Store


def test_what_was_settled_is_replaced_as_a_whole_and_changes_are_counted(store: Store) -> None:
    assert store.settled_gold.load(1) == {}
    assert store.settled_gold.replace_all(1, {"a": "x", "b": "y", "c": "x"}) == 3
    assert store.settled_gold.replace_all(1, {"a": "x", "b": "x", "d": "y"}) == 3  # b changed, c went, d came
    assert store.settled_gold.load(1) == {"a": "x", "b": "x", "d": "y"}
    assert store.settled_gold.replace_all(1, {"a": "x", "b": "x", "d": "y"}) == 0
    assert store.settled_gold.replace_all(1, {}) == 3
    assert store.settled_gold.load(1) == {}


def test_more_texts_than_a_statement_takes_are_kept(store: Store) -> None:
    labels = {f"hash-{number}": "x" for number in range(1201)}
    assert store.settled_gold.replace_all(1, labels) == 1201
    assert store.settled_gold.load(1) == labels


def test_projects_do_not_see_each_others(store: Store) -> None:
    store.settled_gold.replace_all(1, {"a": "x"})
    store.settled_gold.replace_all(2, {"a": "y"})
    store.settled_gold.replace_all(1, {})
    assert store.settled_gold.load(2) == {"a": "y"}
