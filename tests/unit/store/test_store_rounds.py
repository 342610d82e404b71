from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.selection_records import SelectionEnd
from mraru.store.projects.round_repository import RoundKind, RoundStep, TextVisit
from mraru.store.store import Store
from mraru.store.teachers.teacher_labels import TeacherLabel

VISITS = [
    TextVisit(
        text_hash=f"{number % 7:02d}-{number}",
        acceptance_probability=number / 300,
        accepted=number % 3 == 0,
        pass_number=1,
    )
    for number in range(250)  # more than two slices
]


def open_round(store: Store, project_id: int = 1, number: int = 1, visits: list[TextVisit] | None = None) -> None:
    store.rounds.open(
        project_id,
        number=number,
        kind=RoundKind.MRARU,
        step=RoundStep.ASKING,
        n_pool=300,
        selected=VISITS if visits is None else visits,
        selection_end=SelectionEnd.BATCH_FULL,
        at=10.0,
    )


def test_visits_come_back_in_the_order_of_visiting(store: Store) -> None:
    open_round(store)
    assert store.rounds.list_visits(1, 1) == VISITS


def test_later_visits_follow_the_earlier_ones_and_are_counted(store: Store) -> None:
    open_round(store, visits=VISITS[:100])
    store.rounds.add_visits(1, 1, VISITS[100:])
    assert store.rounds.list_visits(1, 1) == VISITS
    found = store.rounds.get(1, 1)
    assert found is not None
    assert (found.n_visited, found.n_accepted) == (250, 84)
    assert found.acceptance_rate == 84 / 250


def test_a_text_that_two_passes_visited_was_looked_at_once(store: Store) -> None:
    passes = [
        TextVisit(text_hash=name, acceptance_probability=0.5, accepted=number == 2, pass_number=number)
        for number in (1, 2)
        for name in ("a", "b", "c", "d")
    ]
    store.rounds.open(
        1,
        number=1,
        kind=RoundKind.MRARU,
        step=RoundStep.ASKING,
        n_pool=4,
        selected=passes[:-1],
        selection_end=SelectionEnd.BATCH_FULL,
        at=10.0,
    )
    found = store.rounds.get(1, 1)
    assert found is not None
    assert (found.n_visited, found.n_accepted, found.acceptance_rate) == (7, 3, 3 / 7)
    assert (found.n_looked_at, found.share_asked) == (4, 0.75)


def test_seeding_draws_from_no_pool_and_looks_at_what_it_asks_about(store: Store) -> None:
    store.rounds.open(
        1,
        number=1,
        kind=RoundKind.SEED,
        step=RoundStep.ASKING,
        n_pool=0,
        selected=[TextVisit(text_hash="a", acceptance_probability=1.0, accepted=True, pass_number=1)],
        selection_end=None,
        at=10.0,
    )
    found = store.rounds.get(1, 1)
    assert found is not None
    assert (found.n_looked_at, found.share_asked) == (1, 1.0)


def test_a_round_holds_what_a_restart_needs(store: Store) -> None:
    open_round(store)
    store.rounds.update(
        1,
        1,
        step=RoundStep.PUSHING,
        student="logreg",
        model_version="mraru-logreg-r001",
        n_labels=80,
        n_gold=3,
        agreement=0.75,
        training_s=0.5,
    )
    (found,) = store.rounds.list_all(1)
    assert (found.kind, found.step, found.selection_end) == (
        RoundKind.MRARU,
        RoundStep.PUSHING,
        SelectionEnd.BATCH_FULL,
    )
    assert (found.student, found.model_version) == (
        "logreg",
        "mraru-logreg-r001",
    )
    assert (found.n_pool, found.n_labels, found.n_gold) == (300, 80, 3)
    assert (found.agreement, found.training_s, found.started_at, found.finished_at) == (0.75, 0.5, 10.0, None)


def test_a_round_without_visits_has_no_acceptance_rate(store: Store) -> None:
    open_round(store, visits=[])
    found = store.rounds.get(1, 1)
    assert found is not None
    assert found.acceptance_rate is None


def test_rounds_come_in_the_order_of_their_numbers(store: Store) -> None:
    for number in (10, 2, 1):
        open_round(store, number=number, visits=[])
    assert [found.number for found in store.rounds.list_all(1)] == [1, 2, 10]


def test_a_number_is_given_once(store: Store) -> None:
    open_round(store)
    with pytest.raises(IntegrityError):
        open_round(store)
    assert store.rounds.list_visits(1, 1) == VISITS


def test_no_project_sees_the_rounds_of_another(store: Store) -> None:
    open_round(store, project_id=1)
    open_round(store, project_id=2, visits=VISITS[:1])
    store.rounds.update(2, 1, step=RoundStep.DONE)
    first = store.rounds.get(1, 1)
    assert first is not None
    assert (first.step, first.n_visited) == (RoundStep.ASKING, 250)
    assert store.rounds.list_visits(2, 1) == VISITS[:1]
    assert store.rounds.get(3, 1) is None
    assert store.rounds.list_all(3) == []


def test_teacher_labels_are_kept_per_project_and_a_later_answer_takes_the_place(store: Store) -> None:
    llm = TeacherIdentity(model="gpt", prompt_version="1")
    zero_shot = TeacherIdentity(model="zero-shot", prompt_version="1", is_zero_shot=True)
    for project_id, text_hash, label, identity in (
        (1, "b", "A", zero_shot),
        (1, "a", None, llm),
        (2, "b", "Z", llm),
        (1, "b", "B", llm),
    ):
        answer = TeacherAnswer(label=label, raw="")
        store.teacher_labels.save(
            project_id, text_hash=text_hash, answer=answer, identity=identity, round_number=3, at=1.0
        )
    assert store.teacher_labels.list_all(1) == [
        TeacherLabel(text_hash="a", label=None, round_number=3, is_zero_shot=False, model="gpt", prompt_version="1"),
        TeacherLabel(text_hash="b", label="B", round_number=3, is_zero_shot=False, model="gpt", prompt_version="1"),
    ]
    assert [label.label for label in store.teacher_labels.list_all(2)] == ["Z"]
