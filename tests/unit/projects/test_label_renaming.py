"""`food` is called `meal` now: what was said under the old name counts again, and nobody is asked anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest

from fakes.label_studio import label_config
from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import RenamingInvalid
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.predictions.predicting import Predictor
from mraru.projects.syncing.label_renaming import LabelRenaming, forget_answers, rename_label, take_back_renaming
from mraru.projects.syncing.project_sync import sync_project
from mraru.projects.syncing.set_aside import WARNING_CODE
from mraru.records import Prediction, TaskText, TeacherIdentity
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProjectState

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]


def schema_of(bench: LoopBench) -> LabelSchema:
    return parse_label_config(bench.label_studio.label_config)


def book_of(bench: LoopBench) -> LabelledSet:
    return read_labelled_set(bench.store, PROJECT, schema_of(bench))


def change_labels(bench: LoopBench, *labels: str) -> None:
    bench.label_studio.label_config = label_config(labels)
    bench.teacher.identity = replace(bench.teacher.identity, prompt_version="-".join(labels))
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)


def rename(bench: LoopBench, old: str, new: str) -> LabelRenaming:
    def identify_teachers() -> Collection[TeacherIdentity]:
        return [bench.teacher.identity]

    return rename_label(
        bench.store,
        PROJECT,
        schema_of(bench),
        old=old,
        new=new,
        identify_teachers=identify_teachers,
        at=bench.clock(),
    )


def take_back(bench: LoopBench, old: str) -> LabelRenaming:
    return take_back_renaming(bench.store, PROJECT, schema_of(bench), old=old, at=bench.clock())


def learn(bench: LoopBench) -> None:
    """Let the worker learn what changed."""
    bench.clock.advance(bench.settings.retrain_delay_s)
    bench.run()
    assert bench.project.n_corrections == 0


def warnings_of(bench: LoopBench) -> set[str]:
    return {warning.code for warning in bench.store.warnings.list_all(PROJECT)}


@pytest.fixture
def done(begin_after: Callable[..., LoopBench]) -> LoopBench:
    return begin_after(call_food_meal)


def call_food_meal(make_bench: BenchMaker) -> LoopBench:
    """Everything is labelled, three food texts of it by people; then food is called meal."""
    bench = make_bench(n_texts=24, max_rounds=None)
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    foods = [task for task, text in bench.label_studio.tasks.items() if class_of(text) == "food"]
    for task in foods[:3]:
        bench.correct(task, "food")
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    change_labels(bench, "sport", "tech", "meal")
    return bench


def test_people_and_teacher_count_again_under_the_new_name(done: LoopBench) -> None:
    before = book_of(done)
    renaming = rename(done, "food", "meal")
    assert renaming == LabelRenaming(old="food", new="meal", changed=True, n_people=3, n_teacher=5)
    labelled = book_of(done)
    assert labelled.gold == dict.fromkeys(before.set_aside_gold, "meal")
    assert {name: labelled.teacher[name] for name in before.set_aside_teacher} == dict.fromkeys(
        before.set_aside_teacher, "meal"
    )
    assert (labelled.set_aside_gold, labelled.set_aside_teacher) == ({}, {})
    assert WARNING_CODE not in warnings_of(done)


def test_the_student_learns_it_and_nobody_is_asked(done: LoopBench) -> None:
    learn(done)  # that the labels of the config are others
    n_asked, n_rounds = len(done.teacher.asked), len(done.store.rounds.list_all(PROJECT))
    rename(done, "food", "meal")
    learn(done)
    rounds = done.store.rounds.list_all(PROJECT)
    assert len(rounds) == n_rounds + 1
    assert (rounds[-1].n_labels, rounds[-1].n_gold) == (24, 3)
    assert len(done.teacher.asked) == n_asked
    served = done.label_studio.of_version(done.project.served_version)
    assert {row.label for row in served.values()} == {"sport", "tech", "meal"}
    assert done.project.state is ProjectState.STOPPED


def test_one_warning_says_what_to_do_while_labels_are_set_aside(done: LoopBench) -> None:
    """Not also that people are to label such texts anew."""
    learn(done)
    assert "classes-without-labels" not in warnings_of(done)
    assert WARNING_CODE in warnings_of(done)
    rename(done, "food", "tech")
    learn(done)
    assert WARNING_CODE not in warnings_of(done)
    assert "classes-without-labels" in warnings_of(done)  # of meal, which nothing was labelled now


@pytest.mark.parametrize("name", ["meal", "tech"])
def test_new_texts_get_the_new_name_before_the_student_has_learned_it(done: LoopBench, name: str) -> None:
    """Also where the renamed class becomes one with another that the student knows."""
    predictor = Predictor(
        store=done.store,
        embedder=CachedEmbedder(done.embedder, done.store.vectors),
        folder=done.folder,
        timeout_s=60.0,
    )
    texts = [TaskText(task_id=900 + i, text=f"food {900 + i}") for i in range(6)]

    def predict(tasks: Sequence[TaskText]) -> list[Prediction]:
        _, found = predictor.predict(PROJECT, schema_of(done), tasks)
        return [prediction for prediction in found if prediction is not None]

    set_aside = predict(texts[:3])
    assert all(prediction.score < 0.5 for prediction in set_aside)  # nobody said yet what became of food
    rename(done, "food", name)
    renamed = predict(texts[3:])
    assert [prediction.label for prediction in renamed] == [name] * 3
    assert min(prediction.score for prediction in renamed) > 0.5


def test_an_export_that_says_the_old_name_changes_nothing(done: LoopBench) -> None:
    rename(done, "food", "meal")
    learn(done)
    before = book_of(done)
    assert {made.label for made in done.label_studio.annotations.values()} == {"food"}
    sync_project(done.store, done.label_studio, PROJECT, done.clock)
    assert book_of(done) == before
    assert done.project.n_corrections == 0


def test_doing_it_twice_changes_nothing(done: LoopBench) -> None:
    rename(done, "food", "meal")
    learn(done)
    assert rename(done, "food", "meal") == LabelRenaming(old="food", new="meal", changed=False)
    assert done.project.n_corrections == 0


def test_several_labels_may_become_one(done: LoopBench) -> None:
    change_labels(done, "sport", "thing")
    rename(done, "food", "thing")
    renaming = rename(done, "tech", "thing")
    assert (renaming.n_people, renaming.n_teacher) == (0, 8)
    assert set(book_of(done).labels.values()) == {"sport", "thing"}
    assert book_of(done).set_aside_teacher == {}


def test_a_label_may_be_renamed_again(done: LoopBench) -> None:
    rename(done, "food", "meal")
    change_labels(done, "sport", "tech", "dish")
    assert WARNING_CODE in warnings_of(done)
    renaming = rename(done, "meal", "dish")
    assert (renaming.n_people, renaming.n_teacher) == (3, 5)
    assert set(book_of(done).gold.values()) == {"dish"}


def test_a_renaming_to_the_wrong_label_is_changed_by_another(done: LoopBench) -> None:
    rename(done, "food", "tech")
    assert set(book_of(done).gold.values()) == {"tech"}
    assert rename(done, "food", "meal").changed
    assert set(book_of(done).gold.values()) == {"meal"}


def test_taking_it_back_sets_everything_aside_again(done: LoopBench) -> None:
    before = book_of(done)
    rename(done, "food", "meal")
    learn(done)
    taken_back = take_back(done, "food")
    assert taken_back == LabelRenaming(old="food", new="meal", changed=True, n_people=3, n_teacher=5)
    assert book_of(done) == before
    assert WARNING_CODE in warnings_of(done)
    assert done.project.n_corrections
    with pytest.raises(RenamingInvalid, match="'food' is not renamed"):
        take_back(done, "food")


def test_a_label_that_is_back_in_the_config_stands_for_itself(done: LoopBench) -> None:
    rename(done, "food", "meal")
    change_labels(done, "sport", "tech", "meal", "food")
    assert set(book_of(done).gold.values()) == {"food"}
    change_labels(done, "sport", "tech", "meal")
    assert set(book_of(done).set_aside_gold.values()) == {"food"}


def test_a_label_renamed_back_and_forth_counts_under_either_name(done: LoopBench) -> None:
    rename(done, "food", "meal")
    change_labels(done, "sport", "tech", "food")
    done.correct(20, "meal", annotation_id=2000)  # while the label was called so
    sync_project(done.store, done.label_studio, PROJECT, done.clock)
    rename(done, "meal", "food")
    assert set(book_of(done).gold.values()) == {"food"}
    assert len(book_of(done).gold) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("food", "dinner", "'dinner' is no label of project 1. Its labels are 'sport', 'tech', 'meal'."),
        ("sport", "meal", "'sport' is still a label of project 1"),
        ("meal", "meal", "'meal' cannot be renamed to itself"),
        ("fodo", "meal", "ever labelled 'fodo'. What is set aside is 'food'."),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(done: LoopBench, old: str, new: str, message: str) -> None:
    before = book_of(done)
    n_corrections = done.project.n_corrections
    with pytest.raises(RenamingInvalid, match=message.replace(".", r"\.")):
        rename(done, old, new)
    assert book_of(done) == before
    assert (done.project.n_corrections, done.store.label_renames.load(PROJECT)) == (n_corrections, {})


def test_a_definition_goes_over_and_comes_back(done: LoopBench) -> None:
    done.store.label_definitions.define(PROJECT, {"food": "What one eats."})
    assert rename(done, "food", "meal").has_definition
    assert done.store.label_definitions.list_all(PROJECT)["meal"] == "What one eats."
    take_back(done, "food")
    assert done.store.label_definitions.list_all(PROJECT) == {"food": "What one eats."}


def test_an_answer_that_was_paid_for_answers_the_new_prompt(done: LoopBench) -> None:
    text = next(text for text in done.teacher.asked if class_of(text) == "food")
    rename(done, "food", "meal")
    n_asked = len(done.teacher.asked)
    booked = done.keep_books(done.teacher)
    answer = booked.label(text)
    assert (answer.label, answer.from_ledger) == ("meal", True)
    assert len(done.teacher.asked) == n_asked


def test_a_renaming_that_was_interrupted_is_done_again(done: LoopBench) -> None:
    def fail() -> Collection[TeacherIdentity]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rename_label(
            done.store, PROJECT, schema_of(done), old="food", new="meal", identify_teachers=fail, at=done.clock()
        )
    assert book_of(done).gold == {}
    assert rename(done, "food", "meal").changed
    assert len(book_of(done).gold) == 3


def test_a_team_that_wants_it_has_the_teacher_asked_again(done: LoopBench) -> None:
    done.teacher.answer = lambda text: class_of(text).replace("food", "meal")
    n_asked = len(done.teacher.asked)
    learn(done)
    assert forget_answers(done.store, PROJECT, schema_of(done), label="food", at=done.clock()) == 5
    learn(done)
    assert sorted(map(class_of, done.teacher.asked[n_asked:])) == ["food"] * 5
    labelled = book_of(done)
    assert sorted(str(label) for label in labelled.teacher.values()).count("meal") == 5
    assert set(labelled.set_aside_gold.values()) == {"food"}, "what people labelled is theirs to label again"
    with pytest.raises(RenamingInvalid, match="No answers are set aside under 'food' in project 1"):
        forget_answers(done.store, PROJECT, schema_of(done), label="food", at=done.clock())


def test_answers_of_a_label_that_counts_are_not_forgotten(done: LoopBench) -> None:
    before = book_of(done)
    with pytest.raises(RenamingInvalid, match="There are under 'food'"):
        forget_answers(done.store, PROJECT, schema_of(done), label="sport", at=done.clock())
    assert book_of(done) == before
