"""Labels that the label config lost: said aloud, kept apart, learned under their old names, and not paid for again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fakes.label_studio import label_config
from fakes.loop_bench import PROJECT, ClassEmbedder, LoopBench, class_of
from mraru.errors import TooFewClasses
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.audits.audited_texts import read_audited_texts
from mraru.projects.final_labels.vote_consensus import settle_votes
from mraru.projects.learning.labelled_set import LabelledSet, read_labelled_set
from mraru.projects.learning.training import Training
from mraru.projects.syncing.project_sync import sync_project
from mraru.projects.syncing.set_aside import WARNING_CODE, SetAsideLabel, list_set_aside
from mraru.records import TeacherAnswer, TeacherIdentity, TeacherMode, Vote, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.project_warnings import ProjectWarning
from mraru.students.logistic_regression import LogisticRegressionStudent

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]
MEAL = ("sport", "tech", "meal")


@pytest.fixture
def done(make_bench: BenchMaker) -> LoopBench:
    """Everything is labelled, by the teacher or, three food texts of it, by people; then food is called meal."""
    bench = make_bench(n_texts=24, max_rounds=None)
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    foods = [task for task, text in bench.label_studio.tasks.items() if class_of(text) == "food"]
    for task in foods[:3]:
        bench.correct(task, "food")
    bench.run()
    assert bench.project.state is ProjectState.STOPPED
    return bench


def change_labels(bench: LoopBench, *labels: str) -> None:
    """The team changes the label config, and the worker reads it."""
    bench.label_studio.label_config = label_config(labels)
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)


def schema_of(bench: LoopBench) -> LabelSchema:
    return parse_label_config(bench.label_studio.label_config)


def book_of(bench: LoopBench) -> LabelledSet:
    return read_labelled_set(bench.store, PROJECT, schema_of(bench))


def warning_of(bench: LoopBench) -> ProjectWarning | None:
    return {warning.code: warning for warning in bench.store.warnings.list_all(PROJECT)}.get(WARNING_CODE)


def foods_of(bench: LoopBench) -> dict[int, str]:
    return {task: hash_text(text) for task, text in bench.label_studio.tasks.items() if class_of(text) == "food"}


def train(bench: LoopBench, labelled: LabelledSet) -> LogisticRegressionStudent:
    training = Training(
        store=bench.store,
        project_id=PROJECT,
        embedder=bench.loop._context.student_embedder,
        make_student=LogisticRegressionStudent,
        folder=bench.folder,
    )
    student = training.train(labelled).student
    assert isinstance(student, LogisticRegressionStudent)
    return student


def test_people_and_teacher_are_set_aside_with_a_word_and_the_command_that_carries_them_over(done: LoopBench) -> None:
    assert warning_of(done) is None
    change_labels(done, *MEAL)
    warning = warning_of(done)
    assert warning is not None
    assert "A label is not in the label config any more" in warning.message
    assert "'food': 3 labels of people and 5 of the LLM." in warning.message
    assert f"`mraru labels rename {PROJECT} food meal`" in warning.remedy
    assert "bring it back in the label config" in warning.remedy
    assert list_set_aside(done.store, PROJECT, schema_of(done)) == (
        SetAsideLabel(label="food", n_people=3, n_teacher=5, likely_name="meal"),
    )


def test_the_warning_is_withdrawn_when_the_label_is_back(done: LoopBench) -> None:
    before = book_of(done)
    change_labels(done, *MEAL)
    change_labels(done, "food", "sport", "tech")
    assert warning_of(done) is None
    assert book_of(done) == before


def test_several_labels_are_named_and_no_name_is_guessed(done: LoopBench) -> None:
    change_labels(done, "sport", "meal", "gear")
    warning = warning_of(done)
    assert warning is not None
    assert warning.message.startswith("2 labels are not in the label config any more")
    assert "'food': 3 labels of people and 5 of the LLM; 'tech': 8 labels of the LLM." in warning.message
    assert f"`mraru labels rename {PROJECT} tech NEW`" in warning.remedy


def test_labels_of_the_built_in_teacher_are_not_called_those_of_an_llm(bench: LoopBench) -> None:
    bench.teacher.identity = TeacherIdentity(model="zero-shot", prompt_version="p1", is_zero_shot=True)
    bench.start()
    bench.run()
    change_labels(bench, *MEAL)
    warning = warning_of(bench)
    assert warning is not None
    assert "of the built-in teacher" in warning.message
    assert "of the LLM" not in warning.message


def test_what_is_set_aside_is_nobodys_label_but_known(done: LoopBench) -> None:
    before = book_of(done)
    foods = set(foods_of(done).values())
    change_labels(done, *MEAL)
    labelled = book_of(done)
    assert set(labelled.set_aside_gold.values()) | set(labelled.set_aside_teacher.values()) == {"food"}
    assert labelled.set_aside_gold.keys() | labelled.set_aside_teacher.keys() == foods
    assert labelled.gold == {}
    assert {label for label in labelled.teacher.values() if label is not None} == {"sport", "tech"}
    assert labelled.labels == before.labels
    assert labelled.known == before.known
    assert labelled.gone_classes == {"food"}
    assert labelled.missing_classes(schema_of(done)) == ("meal",)


def test_nobody_is_asked_again_about_a_text_whose_label_is_set_aside(done: LoopBench) -> None:
    n_asked = len(done.teacher.asked)
    change_labels(done, *MEAL)
    for _ in range(3):
        done.loop.advance()
    assert len(done.teacher.asked) == n_asked


def test_tasks_that_people_labelled_so_are_open_again(done: LoopBench) -> None:
    tasks = {task for task, name in foods_of(done).items() if name in book_of(done).gold}
    assert len(tasks) == 3
    assert not tasks & {task for task, _ in done.store.tasks.list_open(PROJECT)}
    change_labels(done, *MEAL)
    assert tasks <= {task for task, _ in done.store.tasks.list_open(PROJECT)}
    for task in tasks:
        done.correct(task, "meal")
    assert not tasks & {task for task, _ in done.store.tasks.list_open(PROJECT)}
    assert len(book_of(done).gold) == 3


def test_a_label_that_counts_beats_one_that_is_set_aside_on_the_same_text(done: LoopBench) -> None:
    task, name = next((task, name) for task, name in foods_of(done).items() if name in book_of(done).gold)
    change_labels(done, *MEAL)
    done.correct(task, "tech", annotation_id=1000, completed_by=2)
    labelled = book_of(done)
    assert labelled.gold == {name: "tech"}
    assert name not in labelled.set_aside_gold
    assert labelled.labels[name] == "tech"


def test_the_student_goes_on_knowing_the_class_that_is_gone(done: LoopBench) -> None:
    change_labels(done, *MEAL)
    student = train(done, book_of(done))
    assert student.classes_.tolist() == ["food", "sport", "tech"]
    foods = [f"food {number}" for number in range(100, 130)]
    probabilities = student.predict_proba(ClassEmbedder().embed(foods))
    of_food = probabilities[:, student.classes_.tolist().index("food")]
    assert np.median(of_food) > 0.5, "texts of the class that is gone are taken for others"


def test_without_a_class_that_the_config_has_there_is_nothing_to_learn(done: LoopBench) -> None:
    change_labels(done, "new", "newer")
    with pytest.raises(TooFewClasses):
        train(done, book_of(done))
    change_labels(done, "sport", "newer")
    assert set(train(done, book_of(done)).classes_.tolist()) == {"food", "sport", "tech"}


def test_votes_for_a_class_that_is_gone_are_not_given_to_another(bench: LoopBench) -> None:
    bench.start()
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)
    for text in bench.label_studio.tasks.values():
        said = class_of(text)
        dissenting = "sport" if said == "food" and int(text.split()[1]) % 4 == 0 else said
        votes = tuple(
            Vote(teacher=name, label=label) for name, label in zip("abc", (said, said, dissenting), strict=True)
        )
        bench.store.teacher_labels.save(
            PROJECT,
            text_hash=hash_text(text),
            answer=TeacherAnswer(label=said, raw="", votes=votes),
            identity=TeacherIdentity(model=TeacherMode.ENSEMBLE, prompt_version="p1"),
            round_number=1,
            at=1.0,
        )
    change_labels(bench, *MEAL)
    before = book_of(bench)
    assert settle_votes(bench.store, PROJECT, schema_of(bench), 10)
    assert book_of(bench).set_aside_teacher == before.set_aside_teacher


def test_an_audited_text_whose_label_is_set_aside_waits(done: LoopBench) -> None:
    name = next(iter(book_of(done).gold))
    done.store.audit_samples.add(PROJECT, "corpus", [name], 1.0)
    assert read_audited_texts(done.store, PROJECT, 0, book_of(done)).n_waiting == 0
    change_labels(done, *MEAL)
    assert read_audited_texts(done.store, PROJECT, 0, book_of(done)).n_waiting == 1
