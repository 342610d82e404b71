"""Answers to a prompt that differs in a renamed label alone are not paid for again."""

from __future__ import annotations

from dataclasses import replace

from mraru.budget_records import Budget
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.store import Store

FIRST = TeacherIdentity(model="m", prompt_version="p1", server="s")
SECOND = replace(FIRST, prompt_version="p2")
THIRD = replace(FIRST, prompt_version="p3")


def answer(
    store: Store,
    identity: TeacherIdentity,
    text: str,
    label: str | None,
    project_id: int = 1,
    parameters: str | None = None,
) -> None:
    call = store.ledger.reserve(
        project_id=project_id,
        identity=identity,
        text_hash=text,
        cost_bound_usd=0.0,
        tokens_bound=1,
        budget=Budget(),
    )
    shares = ((label, 0.75), ("other", 0.25)) if label is not None else None
    store.ledger.settle(call, TeacherAnswer(label=label, raw="", probabilities=shares, parameters=parameters))


def rename(store: Store, old: str, new: str, identity: TeacherIdentity, *names: str) -> None:
    store.former_prompts.note_latest(1, [identity], old, {old, *names})
    store.label_renames.rename(1, old, new)


def found(store: Store, identity: TeacherIdentity, text: str, project_id: int = 1) -> str | None:
    known = store.project_ledger(project_id).find_answer(identity, text)
    return known.label if known is not None else "asked"


def test_an_answer_with_the_old_label_is_one_with_the_new(store: Store) -> None:
    answer(store, FIRST, "a", "old")
    answer(store, FIRST, "b", "other")
    answer(store, FIRST, "c", None)
    assert found(store, SECOND, "a") == "asked"
    rename(store, "old", "new", SECOND)
    assert [found(store, SECOND, text) for text in "abcd"] == ["new", "other", None, "asked"]
    known = store.project_ledger(1).find_answer(SECOND, "a")
    assert known is not None
    assert known.from_ledger
    assert known.probabilities == (("new", 0.75), ("other", 0.25))


def test_an_answer_to_the_present_prompt_comes_first(store: Store) -> None:
    answer(store, FIRST, "a", "old")
    answer(store, SECOND, "a", "other")
    rename(store, "old", "new", SECOND)
    assert found(store, SECOND, "a") == "other"


def test_answers_pass_through_several_renamings(store: Store) -> None:
    answer(store, FIRST, "a", "x")
    answer(store, FIRST, "b", "other")
    rename(store, "x", "y", SECOND)
    answer(store, SECOND, "c", "y")
    rename(store, "y", "z", THIRD, "x")
    assert [found(store, THIRD, text) for text in "abcd"] == ["z", "other", "z", "asked"]


def test_only_the_last_prompt_before_the_renaming_counts(store: Store) -> None:
    answer(store, FIRST, "a", "old")
    answer(store, SECOND, "b", "old")  # another definition, so what was answered before was to be asked again
    rename(store, "old", "new", THIRD)
    assert [found(store, THIRD, text) for text in "ab"] == ["asked", "new"]


def test_another_model_a_later_prompt_and_other_projects_know_nothing_of_it(store: Store) -> None:
    answer(store, FIRST, "a", "old")
    rename(store, "old", "new", SECOND)
    assert found(store, replace(SECOND, model="another"), "a") == "asked"
    assert found(store, THIRD, "a") == "asked"
    assert found(store, SECOND, "a", project_id=2) == "asked"


def test_a_renaming_that_was_taken_back_finds_nothing(store: Store) -> None:
    answer(store, FIRST, "a", "old")
    rename(store, "old", "new", SECOND)
    store.label_renames.forget(1, ["old"])
    store.former_prompts.forget(1, ["old"])
    assert found(store, SECOND, "a") == "asked"


def test_a_draft_of_a_definition_is_no_answer_to_a_text(store: Store) -> None:
    answer(store, replace(FIRST, prompt_version="draft-1"), "question", "old")
    rename(store, "old", "new", SECOND)
    assert found(store, SECOND, "question") == "asked"


def test_of_a_teacher_that_shows_examples_answers_with_and_without_any_pass_through_a_renaming(store: Store) -> None:
    old_bare = replace(FIRST, prompt_version="p1-without")
    for identity, text, parameters in ((FIRST, "a", '{"examples": ["h"]}'), (old_bare, "b", "{}")):
        answer(store, identity, text, "old", parameters=parameters)
    now = replace(SECOND, other_versions=("p2-without",))
    rename(store, "old", "new", now)
    assert [found(store, now, text) for text in "ab"] == ["new", "new"]
    assert [found(store, SECOND, text) for text in "ab"] == ["new", "asked"]  # measured by itself
    assert [found(store, replace(SECOND, prompt_version="p2-without"), text) for text in "ab"] == ["asked", "new"]
