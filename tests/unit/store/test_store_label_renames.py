"""Labels that were renamed: what was said is kept as it was said, and read under the present name."""

from __future__ import annotations

import pytest

from mraru.records import Annotation, Prediction, TaskText, TeacherAnswer, TeacherIdentity, TeacherMode, Vote, hash_text
from mraru.store.review.opinions import ConfusionCell, Opinion
from mraru.store.store import Store

A, B = hash_text("a"), hash_text("b")


@pytest.fixture
def said(store: Store) -> Store:
    """Two texts that teacher, student and people have looked at."""
    store.tasks.save(1, [TaskText(task_id=1, text="a"), TaskText(task_id=2, text="b")])
    answers = {
        A: TeacherAnswer(label="old", raw="", probabilities=(("old", 0.5), ("new", 0.25), ("other", 0.25))),
        B: TeacherAnswer(
            label="other", raw="", votes=(Vote(teacher="x", label="old"), Vote(teacher="y", label="other"))
        ),
    }
    identity = TeacherIdentity(model=TeacherMode.ENSEMBLE, prompt_version="p1")
    for name, answer in answers.items():
        store.teacher_labels.save(1, text_hash=name, answer=answer, identity=identity, round_number=1, at=1.0)
    store.annotations.save(1, [Annotation(annotation_id=1, task_id=1, label="old")], 1.0)
    store.settled_gold.replace_all(1, {A: "old"})
    store.opinions.save(
        1,
        [
            Opinion(text_hash=A, label="new", confidence=0.75, final_label="old", score=0.5, is_out_of_fold=True),
            Opinion(text_hash=B, label="old", confidence=0.75, final_label="old", score=0.5, is_out_of_fold=True),
        ],
        1,
    )
    store.predictions.add(1, [Prediction(task_id=1, label="new", score=0.5, model_version="v")])
    return store


def test_a_label_renamed_twice_is_read_under_its_last_name(store: Store) -> None:
    store.label_renames.rename(1, "a", "b")
    store.label_renames.rename(1, "b", "c")
    store.label_renames.rename(1, "x", "c")
    assert store.label_renames.load(1) == {"a": "c", "b": "c", "x": "c"}
    assert store.label_renames.list_steps(1) == {"a": "b", "b": "c", "x": "c"}
    assert store.label_renames.forget(1, ["b", "never"]) == 1
    assert store.label_renames.load(1) == {"a": "b", "x": "c"}


def test_a_label_renamed_back_stands_for_itself(store: Store) -> None:
    store.label_renames.rename(1, "a", "b")
    store.label_renames.rename(1, "b", "a")
    assert store.label_renames.load(1) == {"b": "a"}


def test_what_anybody_said_is_read_under_the_new_name(said: Store) -> None:
    said.label_renames.rename(1, "old", "new")
    first, second = (said.teacher_labels.load(1, [A, B])[name] for name in (A, B))
    assert (first.label, first.probabilities, first.confidence) == ("new", {"new": 0.75, "other": 0.25}, 0.75)
    assert second.votes == (Vote(teacher="x", label="new"), Vote(teacher="y", label="other"))
    assert {row.text_hash: row.label for row in said.teacher_labels.list_all(1)} == {A: "new", B: "other"}
    assert [made.label for made in said.annotations.list_by_text(1)[A]] == ["new"]
    assert said.settled_gold.load(1) == {A: "new"}
    assert (said.opinions.load(1, [B])[B].label, said.opinions.load(1, [A])[A].final_label) == ("new", "new")
    assert said.opinions.count_final(1, ["new"]) == (2, 1)
    assert said.opinions.count_labels(1) == {"new": 2}


def test_teacher_and_student_agree_on_a_renamed_label(said: Store) -> None:
    disagreement = ConfusionCell(teacher_label="old", student_label="new")
    assert said.opinions.confusion(1)[disagreement] == 1
    assert [entry.task_id for entry in said.disagreements.list_after(1, 9)] == [1, 2]
    said.label_renames.rename(1, "old", "new")
    agreement = ConfusionCell(teacher_label="new", student_label="new")
    other = ConfusionCell(teacher_label="other", student_label="new")
    assert said.opinions.confusion(1) == {agreement: 1, other: 1}
    assert [row.text_hash for row in said.opinions.list_lowest(1, limit=9, cell=agreement)] == [A]
    assert [row.text_hash for row in said.opinions.list_lowest(1, limit=9, cell=other)] == [B]
    (left,) = said.disagreements.list_after(1, 9)
    assert (left.task_id, left.student_label, left.final_label) == (2, "new", "new")


def test_what_was_said_stays_as_it_was_said(said: Store) -> None:
    before = (said.teacher_labels.list_all(1), said.annotations.list_by_text(1), said.opinions.load(1, [A, B]))
    said.label_renames.rename(1, "old", "new")
    assert said.annotations.list_labels(1) == {"old"}
    said.label_renames.forget(1, ["old"])
    assert (said.teacher_labels.list_all(1), said.annotations.list_by_text(1), said.opinions.load(1, [A, B])) == before


def test_what_label_studio_holds_is_told_as_it_holds_it(said: Store) -> None:
    said.predictions.add(1, [Prediction(task_id=2, label="old", score=0.5, model_version="v")])
    said.label_renames.rename(1, "old", "new")
    assert said.predictions.load(1, "v", [2])[2].label == "old"


def test_other_projects_keep_their_labels(said: Store) -> None:
    said.label_renames.rename(2, "old", "new")
    assert said.teacher_labels.load(1, [A])[A].label == "old"
    assert said.label_renames.load(1) == {}


def test_a_task_is_open_while_the_label_that_people_gave_it_is_set_aside(said: Store) -> None:
    assert [task_id for task_id, _ in said.tasks.list_open(1)] == [2]
    assert said.set_aside_labels.replace_all(1, ["old"])
    assert not said.set_aside_labels.replace_all(1, ["old"])
    assert [task_id for task_id, _ in said.tasks.list_open(1)] == [1, 2]
    said.set_aside_labels.replace_all(2, ["old"])
    said.set_aside_labels.replace_all(1, [])
    assert [task_id for task_id, _ in said.tasks.list_open(1)] == [2]


def test_a_definition_is_copied_where_there_is_none(store: Store) -> None:
    store.label_definitions.define(1, {"old": "what it means", "other": "its own"})
    assert store.label_definitions.copy(1, "old", "new")
    assert not store.label_definitions.copy(1, "old", "other")
    assert not store.label_definitions.copy(1, "never", "more")
    assert store.label_definitions.list_all(1) == {"new": "what it means", "old": "what it means", "other": "its own"}


def test_a_draft_goes_on_under_the_new_name(store: Store) -> None:
    store.definition_drafts.want(1, "old")
    store.definition_drafts.want(1, "other")
    store.definition_drafts.rename_label(1, "old", "new")
    assert [draft.label for draft in store.definition_drafts.list_all(1)] == ["new", "other"]
    store.definition_drafts.rename_label(1, "new", "other")
    assert [draft.label for draft in store.definition_drafts.list_all(1)] == ["other"]
