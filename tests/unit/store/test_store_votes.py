from __future__ import annotations

from dataclasses import replace

from mraru.records import TeacherAnswer, TeacherIdentity, TeacherMode, Vote
from mraru.store.store import Store

VOTES = (Vote(teacher="a", label="x"), Vote(teacher="b", label=None))
ANSWER = TeacherAnswer(label="x", raw="", votes=VOTES, explanation="It says x.", probabilities=(("x", 1.0), ("y", 0.0)))


def save(store: Store, *, mode: str = TeacherMode.ENSEMBLE, project_id: int = 1, text_hash: str = "t") -> None:
    identity = TeacherIdentity(model=mode, prompt_version="p1")
    store.teacher_labels.save(project_id, text_hash=text_hash, answer=ANSWER, identity=identity, round_number=1, at=1.0)


def test_votes_are_kept_with_those_that_named_none(store: Store) -> None:
    save(store)
    (row,) = store.teacher_labels.list_all(1)
    assert row.votes == row.ensemble_votes == VOTES
    assert (row.model, row.prompt_version) == ("ensemble", "p1")


def test_the_votes_of_a_cascade_are_no_ensembles(store: Store) -> None:
    save(store, mode=TeacherMode.CASCADE)
    (row,) = store.teacher_labels.list_all(1)
    assert (row.votes, row.ensemble_votes) == (VOTES, ())


def test_settling_changes_label_and_probabilities_of_one_project_and_no_vote(store: Store) -> None:
    save(store)
    save(store, text_hash="u")
    save(store, project_id=2)
    assert store.teacher_labels.settle_votes(1, {"t": {"x": 0.2, "y": 0.8}, "u": {"x": 0.9, "y": 0.1}}) == 1
    t, u = store.teacher_labels.list_all(1)
    assert (t.label, t.probabilities, t.votes) == ("y", {"x": 0.2, "y": 0.8}, VOTES)
    assert t.explanation is None  # it argued for the former label
    assert (u.label, u.probabilities, u.explanation) == ("x", {"x": 0.9, "y": 0.1}, "It says x.")
    (other,) = store.teacher_labels.list_all(2)
    assert (other.label, other.probabilities) == ("x", {"x": 1.0, "y": 0.0})


def test_settling_again_changes_nothing(store: Store) -> None:
    save(store)
    posteriors = {"t": {"x": 0.5, "y": 0.5}}  # of equals the first
    assert store.teacher_labels.settle_votes(1, posteriors) == 0
    before = store.teacher_labels.list_all(1)
    assert store.teacher_labels.settle_votes(1, posteriors) == 0
    assert store.teacher_labels.list_all(1) == before


def test_a_text_counts_as_cut_while_the_limit_of_a_teacher_that_was_cut_is_above_that(store: Store) -> None:
    cut = (Vote(teacher="a", label=None, cut_at=100), Vote(teacher="b", label=None))
    identity = TeacherIdentity(model=TeacherMode.ENSEMBLE, prompt_version="p1")
    unlabelled = TeacherAnswer(label=None, raw="", votes=cut)
    store.teacher_labels.save(1, text_hash="t", answer=unlabelled, identity=identity, round_number=1, at=1.0)
    save(store, text_hash="labelled")
    (row,) = store.teacher_labels.load(1, ["t"]).values()
    assert row.votes == cut
    raised = replace(identity, member_limits=(("a", 101), ("b", 500)))
    same = replace(identity, member_limits=(("a", 100), ("b", 500)))
    assert store.teacher_labels.list_cut(1, raised) == ["t"]
    assert store.teacher_labels.list_cut(1, same) == []
    assert store.teacher_labels.list_cut(1, replace(identity, member_limits=(("another", 500),))) == []
    assert store.teacher_labels.list_cut(1, replace(identity, answer_limit=500)) == []  # of a single teacher
