from __future__ import annotations

from mraru.store.projects.applied_stop_rules import FiredRule
from mraru.store.store import Store


def test_a_rule_that_fires_stands_until_it_no_longer_holds(store: Store) -> None:
    assert store.stop_rules.note(1, {"stable": "why"}, 5, 1.0) == {"stable": "why"}
    store.stop_rules.note(1, {"stable": "why"}, 5, 2.0)
    assert store.stop_rules.list_all(1) == [FiredRule(rule="stable", reason="why", fired_at=1.0, overruled_until=None)]
    assert store.stop_rules.note(1, {}, 5, 3.0) == {}
    assert store.stop_rules.list_all(1) == []


def test_new_figures_of_a_rule_take_the_place_of_the_old_ones(store: Store) -> None:
    store.stop_rules.note(1, {"stable": "why"}, 5, 1.0)
    store.stop_rules.note(1, {"stable": "all the more"}, 5, 2.0)
    (row,) = store.stop_rules.list_all(1)
    assert (row.reason, row.fired_at) == ("all the more", 1.0)


def test_an_overruled_rule_is_silent_until_so_many_rounds_are_done(store: Store) -> None:
    store.stop_rules.note(1, {"stable": "why"}, 5, 1.0)
    assert store.stop_rules.overrule(1, 8) == ["stable"]
    assert store.stop_rules.note(1, {"stable": "why"}, 5, 2.0) == {}
    assert store.stop_rules.note(1, {"stable": "why"}, 7, 3.0) == {}
    assert store.stop_rules.note(1, {"stable": "why"}, 8, 4.0) == {"stable": "why"}
    assert store.stop_rules.list_all(1) == [FiredRule(rule="stable", reason="why", fired_at=4.0, overruled_until=None)]
    assert store.stop_rules.overrule(1, 18) == ["stable"]


def test_a_rule_that_did_not_fire_is_not_overruled_with_the_others(store: Store) -> None:
    store.stop_rules.note(1, {"stable": "why"}, 5, 1.0)
    store.stop_rules.overrule(1, 15)
    assert store.stop_rules.note(1, {"stable": "why", "target": "reached"}, 6, 2.0) == {"target": "reached"}


def test_an_overruled_rule_stays_so_while_it_does_not_hold(store: Store) -> None:
    store.stop_rules.note(1, {"stable": "why"}, 5, 1.0)
    store.stop_rules.overrule(1, 15)
    store.stop_rules.note(1, {}, 6, 2.0)
    assert store.stop_rules.note(1, {"stable": "again"}, 7, 3.0) == {}


def test_nothing_stands_that_could_be_overruled(store: Store) -> None:
    assert store.stop_rules.overrule(1, 15) == []


def test_no_project_overrules_the_rules_of_another(store: Store) -> None:
    for project_id in (1, 2):
        store.stop_rules.note(project_id, {"stable": "why"}, 5, 1.0)
    store.stop_rules.overrule(1, 15)
    assert store.stop_rules.note(2, {"stable": "why"}, 5, 2.0) == {"stable": "why"}
