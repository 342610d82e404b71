from __future__ import annotations

from fakes.clocks import HandClock
from mraru.budget_records import Budget
from mraru.records import TeacherAnswer, TeacherIdentity, hash_text
from mraru.store.store import Store

IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1", server="here")


def test_definitions_are_kept_by_project_and_label(store: Store) -> None:
    store.label_definitions.define(1, {"tech": " Computers.\n", "sport": "Games."})
    store.label_definitions.define(2, {"sport": "Hunting."})
    assert store.label_definitions.list_all(1) == {"sport": "Games.", "tech": "Computers."}
    assert store.label_definitions.list_all(3) == {}


def test_a_later_definition_replaces_and_an_empty_one_removes_only_its_own(store: Store) -> None:
    store.label_definitions.define(1, {"tech": "Computers.", "sport": "Games.", "food": "Eating."})
    store.label_definitions.define(1, {"tech": "Machines.", "sport": " \n"})
    assert store.label_definitions.list_all(1) == {"food": "Eating.", "tech": "Machines."}


def answer(store: Store, text: str, identity: TeacherIdentity, label: str | None, project_id: int = 1) -> None:
    call = store.ledger.reserve(
        project_id=project_id,
        identity=identity,
        text_hash=hash_text(text),
        cost_bound_usd=0.0,
        tokens_bound=0,
        budget=Budget(max_calls=100),
    )
    store.ledger.settle(call, TeacherAnswer(label=label, raw=""))


def test_an_answered_call_is_found_with_its_time_and_project(store: Store, clock: HandClock) -> None:
    answer(store, "a", IDENTITY, "sport", project_id=7)
    found = store.answered_calls.find(IDENTITY, hash_text("a"))
    assert found is not None
    assert (found.label, found.project_id, found.answered_at, found.identity) == ("sport", 7, clock(), IDENTITY)


def test_the_answer_of_another_prompt_model_or_server_is_not_found(store: Store) -> None:
    others = [
        TeacherIdentity(model="other", prompt_version="p1", server="here"),
        TeacherIdentity(model="simulated", prompt_version="p2", server="here"),
        TeacherIdentity(model="simulated", prompt_version="p1", server="there"),
    ]
    for other in others:
        answer(store, "a", other, "sport")
    assert store.answered_calls.find(IDENTITY, hash_text("a")) is None
    assert [call.identity for call in store.answered_calls.list_about([hash_text("a"), hash_text("b")])] == others


def test_a_call_that_failed_or_is_under_way_is_no_answer(store: Store) -> None:
    for name in ("released", "reserved"):
        call = store.ledger.reserve(
            project_id=1,
            identity=IDENTITY,
            text_hash=hash_text(name),
            cost_bound_usd=0.0,
            tokens_bound=0,
            budget=Budget(),
        )
        if name == "released":
            store.ledger.release(call, "turned away")
        assert store.answered_calls.find(IDENTITY, hash_text(name)) is None
