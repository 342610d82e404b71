"""What people say: gold beats the teacher, retrains the student, and is never overwritten."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.annotation_events import make_annotation
from fakes.label_studio import LABELS
from fakes.loop_bench import LoopBench, finish_rounds
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.projects.syncing.corrections import handle_inbox
from mraru.records import Annotation, hash_text
from mraru.store.projects.project_repository import ProjectState
from mraru.store.projects.round_repository import RoundKind

pytestmark = pytest.mark.slow

PROJECT = 1
BenchMaker = Callable[..., LoopBench]


@pytest.fixture
def done(begin_after: Callable[..., LoopBench]) -> LoopBench:
    """A project whose rounds are over."""
    return begin_after(finish_rounds)


def labels_of(bench: LoopBench) -> dict[str, str]:
    return read_labelled_set(bench.store, PROJECT, parse_label_config(bench.label_studio.label_config)).labels


def asked_task(bench: LoopBench) -> int:
    """A task whose text the teacher labelled."""
    return next(task for task, text in bench.label_studio.tasks.items() if text in bench.teacher.asked)


def test_gold_beats_the_teachers_label(done: LoopBench) -> None:
    task = asked_task(done)
    name = hash_text(done.label_studio.tasks[task])
    other = next(label for label in ("sport", "tech") if label != labels_of(done)[name])
    done.correct(task, other)
    assert labels_of(done)[name] == other


def test_enough_corrections_retrain_the_student_at_once(done: LoopBench) -> None:
    for task in range(1, 6):
        done.correct(task, done.label_studio.tasks[task].split()[0])
    done.run()
    last = done.store.rounds.list_all(PROJECT)[-1]
    assert last.kind is RoundKind.CORRECTIONS
    assert last.n_gold == 5
    assert done.served_student == "mraru-logreg-r005"
    assert done.project.n_corrections == 0


def test_fewer_corrections_retrain_the_student_after_a_while(done: LoopBench) -> None:
    done.correct(1, "sport")
    done.run()
    assert done.served_student == "mraru-logreg-r004"
    done.clock.advance(61)
    done.run()
    assert done.served_student == "mraru-logreg-r005"


def test_the_prediction_of_an_answered_task_stays_as_its_annotation_began_with_it(done: LoopBench) -> None:
    before = done.label_studio.of_version(done.project.served_version)
    for task in range(1, 6):
        done.correct(task, "sport", parent_prediction=before[task].prediction_id)
    done.clock.advance(61)
    done.run()
    done.clock.advance(61)
    done.run()
    served = done.label_studio.of_version(done.project.served_version)
    assert {task: served[task] for task in range(1, 6)} == {task: before[task] for task in range(1, 6)}
    rows = done.store.predictions.load(PROJECT, "mraru", list(done.label_studio.tasks))
    assert {task for task, row in rows.items() if row.round_number == 5} == set(rows) - set(range(1, 6))


def test_a_task_for_two_people_keeps_getting_predictions_until_the_second_has_labelled_it(
    make_bench: BenchMaker,
) -> None:
    bench = make_bench()
    bench.label_studio.overlap = 2
    bench.start()
    bench.run()
    for task in range(1, 6):
        bench.correct(task, "sport")
    bench.correct(6, "sport", was_cancelled=True)
    bench.correct(1, "sport", annotation_id=101, completed_by=2)
    bench.run()
    rows = bench.store.predictions.load(PROJECT, "mraru", list(bench.label_studio.tasks))
    seen = {task for task, row in rows.items() if row.round_number == bench.project.served_round}
    assert seen == set(bench.label_studio.tasks) - {1}


def test_begun_tasks_are_changed_before_all_others(make_bench: BenchMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mraru.projects.predictions.pushing.CHANGES_PER_ROUND", 7)
    bench = make_bench()
    bench.label_studio.overlap = 2
    bench.start()
    bench.run()
    for task in range(1, 6):
        bench.correct(task, "sport")
    bench.store.predictions.doubt(PROJECT)  # every one is to be changed
    n_before = len(bench.label_studio.changes)
    bench.run()
    changed = [bench.label_studio.held[number].task_id for number in bench.label_studio.changes[n_before:]]
    assert len(changed) == 7
    assert set(changed[:5]) == set(range(1, 6))  # Label Studio serves them before all others


@pytest.mark.parametrize("is_asked", [True, False])
def test_neither_label_nor_score_shows_the_second_person_what_the_first_said(
    make_bench: BenchMaker, is_asked: bool
) -> None:
    seen = []
    for first in LABELS:
        bench = make_bench(push_limit=100)
        bench.label_studio.overlap = 2
        bench.start()
        bench.run()
        said = bench.store.teacher_labels.list_all(PROJECT)
        asked = {row.text_hash for row in said if row.label == "sport"}
        task_id = next(
            task_id
            for task_id, text in bench.label_studio.tasks.items()
            if text.startswith("sport") and (hash_text(text) in asked) == is_asked
        )
        bench.correct(task_id, first)
        bench.clock.advance(61)
        bench.run()
        prediction = bench.label_studio.of_version(bench.project.served_version)[task_id]
        assert labels_of(bench)[hash_text(bench.label_studio.tasks[task_id])] == first  # it is gold all the same
        seen.append((prediction.label, round(prediction.score, 3)))
    assert {label for label, _ in seen} == {"sport"}
    scores = [score for _, score in seen]
    # other texts are learned with another label each time, which moves a student a little
    assert max(scores) - min(scores) < 0.1


def test_while_people_correct_only_the_next_tasks_are_changed(
    make_bench: BenchMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mraru.projects.predictions.pushing.CHANGES_PER_ROUND", 7)
    bench = make_bench()
    bench.start()
    bench.run()
    for task in range(1, 6):
        bench.correct(task, "sport")
    bench.store.predictions.doubt(PROJECT)  # every one is to be changed
    served = bench.label_studio.of_version(bench.project.served_version)
    before = {task: row.score or 0.0 for task, row in served.items() if task > 5}
    n_before = len(bench.label_studio.changes)
    bench.run()
    changed = {bench.label_studio.held[number].task_id for number in bench.label_studio.changes[n_before:]}
    assert len(changed) == 7
    bench.clock.advance(61)
    bench.run()
    rows = [bench.label_studio.held[number] for number in bench.label_studio.changes[n_before:]]
    assert sorted(row.task_id for row in rows if row.model_version == "mraru") == list(range(6, 61))  # each once
    after = {row.task_id: row.score or 0.0 for row in rows if row.model_version == "mraru"}
    lowest = {task: min(before[task], after[task]) for task in before}  # of what it was and of what it is now
    assert max(lowest[task] for task in changed) <= min(lowest[task] for task in before if task not in changed)
    assert len(bench.label_studio.predictions) == 60 + len(bench.label_studio.of_version("mraru-simulated"))


def test_a_withdrawn_correction_gives_the_teacher_its_say_again(done: LoopBench) -> None:
    task = asked_task(done)
    name = hash_text(done.label_studio.tasks[task])
    taught = labels_of(done)[name]
    done.correct(task, "food" if taught != "food" else "tech", annotation_id=77)
    done.store.annotations.remove(PROJECT, [77], done.clock())
    assert labels_of(done)[name] == taught


def test_skips_and_machine_made_annotations_are_not_gold(done: LoopBench) -> None:
    done.correct(1, "food", was_cancelled=True)
    done.correct(2, "food", is_human=False)
    done.run()
    assert done.project.n_corrections == 0
    assert done.store.rounds.list_all(PROJECT)[-1].kind is RoundKind.MRARU


def test_a_text_that_people_labelled_is_not_asked_about(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=None, retrain_after=1000)
    for task in range(1, 21):
        text = bench.label_studio.tasks[task]
        bench.label_studio.annotations[task] = Annotation(
            annotation_id=task, task_id=task, label=text.split()[0], lead_time_s=2.0, updated_at="2026-01-01T00:00:00Z"
        )
    bench.start()
    bench.run()
    assert not set(bench.teacher.asked) & {bench.label_studio.tasks[task] for task in range(1, 21)}
    assert len(bench.teacher.asked) == 40


def test_classes_that_people_labelled_need_no_seeding(make_bench: BenchMaker) -> None:
    bench = make_bench(retrain_after=3)
    for task in (1, 2, 3):
        text = bench.label_studio.tasks[task]
        bench.label_studio.annotations[task] = Annotation(
            annotation_id=task, task_id=task, label=text.split()[0], lead_time_s=2.0, updated_at="2026-01-01T00:00:00Z"
        )
    bench.start()
    bench.run()
    kinds = [round_.kind for round_ in bench.store.rounds.list_all(PROJECT)]
    assert kinds == [RoundKind.CORRECTIONS] + 3 * [RoundKind.MRARU]


def test_a_class_that_only_people_name_reaches_the_student(done: LoopBench) -> None:
    done.set_options(max_rounds=3, retrain_after=1)
    done.label_studio.tasks[900] = "quite another thing"
    done.store.projects.request_sync(PROJECT)
    done.run()
    done.correct(900, "food")
    done.run()
    name = hash_text("quite another thing")
    assert labels_of(done)[name] == "food"
    assert done.store.rounds.list_all(PROJECT)[-1].n_gold == 1


class TestInbox:
    """Webhooks as the worker reads them."""

    def send(self, bench: LoopBench, action: str, *, is_trusted: bool = True, **fields: object) -> None:
        payload = {
            "action": action,
            "project": {
                "id": PROJECT,
                "label_config": bench.label_studio.label_config,
                "created_at": bench.label_studio.created_at,
                "maximum_annotations": bench.label_studio.overlap,
                "overlap_cohort_percentage": bench.label_studio.cohort_percentage,
                "skip_queue": bench.label_studio.skip_queue,
            },
            **fields,
        }
        bench.store.events.add(PROJECT, action=action, payload=json.dumps(payload), is_trusted=is_trusted)

    def annotation(
        self, label: str, annotation_id: int = 5, updated_at: str = "2026-01-02T00:00:00Z"
    ) -> dict[str, object]:
        return make_annotation(label, annotation_id, 1, updated_at)

    def test_a_submitted_an_updated_and_a_deleted_annotation(self, done: LoopBench) -> None:
        name = hash_text(done.label_studio.tasks[1])
        task = {"id": 1, "data": {"text": done.label_studio.tasks[1]}}
        self.send(done, "ANNOTATION_CREATED", annotation=self.annotation("food"), task=task)
        handle_inbox(done.store, PROJECT, done.clock)
        assert labels_of(done)[name] == "food"
        updated = self.annotation("tech", updated_at="2026-01-03T00:00:00Z")
        self.send(done, "ANNOTATION_UPDATED", annotation=updated, task=task)
        handle_inbox(done.store, PROJECT, done.clock)
        assert labels_of(done)[name] == "tech"
        self.send(done, "ANNOTATIONS_DELETED", annotations=[{"id": 5}])
        handle_inbox(done.store, PROJECT, done.clock)
        assert labels_of(done).get(name) in (None, "sport")
        assert done.store.events.count_open() == 0

    def test_an_event_without_the_secret_changes_nothing_but_asks_for_a_sync(self, done: LoopBench) -> None:
        before = labels_of(done)
        self.send(done, "ANNOTATION_CREATED", is_trusted=False, annotation=self.annotation("food"))
        handle_inbox(done.store, PROJECT, done.clock)
        assert labels_of(done) == before
        assert done.project.is_sync_due

    def test_an_event_that_cannot_be_read_is_kept_and_asks_for_a_sync(self, done: LoopBench) -> None:
        self.send(done, "ANNOTATION_CREATED", annotation="nonsense")
        handle_inbox(done.store, PROJECT, done.clock)
        assert done.project.is_sync_due
        assert done.store.events.count_open() == 0

    def test_start_training_starts_and_needs_no_secret(self, done: LoopBench) -> None:
        self.send(done, "START_TRAINING", is_trusted=False)
        assert handle_inbox(done.store, PROJECT, done.clock)
        assert not handle_inbox(done.store, PROJECT, done.clock)

    def test_deleted_tasks_are_forgotten(self, done: LoopBench) -> None:
        self.send(done, "TASKS_DELETED", tasks=[{"id": 1}, {"id": 2}])
        handle_inbox(done.store, PROJECT, done.clock)
        assert not {1, 2} & set(done.store.tasks.list_ids(PROJECT))

    def test_a_changed_label_config_asks_for_a_sync(self, done: LoopBench) -> None:
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        assert not done.project.is_sync_due
        done.label_studio.label_config = done.label_studio.label_config.replace("food", "meal")
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        assert done.project.is_sync_due

    def test_more_people_for_each_task_ask_for_a_sync_and_their_tasks_are_open_again(self, done: LoopBench) -> None:
        done.correct(1, "sport")
        done.clock.advance(61)
        done.run()
        done.label_studio.overlap = 2
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        assert done.project.is_sync_due
        done.run()
        assert done.project.maximum_annotations == 2
        assert 1 in done.label_studio.of_version(done.project.served_version)

    def test_deleted_tasks_ask_for_a_sync_where_a_share_of_them_is_for_several_people(self, done: LoopBench) -> None:
        done.label_studio.overlap, done.label_studio.cohort_percentage = 2, 50
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        done.run()
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        assert not done.project.is_sync_due
        self.send(done, "TASKS_DELETED", tasks=[{"id": 1}])
        handle_inbox(done.store, PROJECT, done.clock)
        assert done.project.is_sync_due

    def test_what_becomes_of_skipped_tasks_asks_for_a_sync_when_it_changes(self, done: LoopBench) -> None:
        done.correct(1, "sport", was_cancelled=True)
        assert 1 in [task_id for task_id, _ in done.store.tasks.list_open(PROJECT)]
        done.label_studio.skip_queue = "IGNORE_SKIPPED"
        self.send(done, "PROJECT_UPDATED")
        handle_inbox(done.store, PROJECT, done.clock)
        done.run()
        assert 1 not in [task_id for task_id, _ in done.store.tasks.list_open(PROJECT)]

    def test_events_of_another_project_of_that_number_are_not_believed(self, done: LoopBench) -> None:
        before = labels_of(done)
        done.label_studio.created_at = "2027-01-01T00:00:00Z"
        self.send(done, "ANNOTATION_CREATED", annotation=self.annotation("food"))
        handle_inbox(done.store, PROJECT, done.clock)
        assert labels_of(done) == before
        assert done.project.is_sync_due


def test_a_label_that_the_config_lost_counts_no_more_and_its_texts_are_not_paid_for_again(
    make_bench: BenchMaker,
) -> None:
    bench = make_bench(n_texts=18, max_rounds=None)
    bench.start()
    bench.run()
    foods = {hash_text(text): "food" for text in bench.teacher.asked if text.startswith("food")}
    bench.label_studio.label_config = bench.label_studio.label_config.replace("food", "meal")
    bench.teacher.identity = replace(bench.teacher.identity, prompt_version="p2")
    bench.teacher.answer = lambda text: text.split()[0].replace("food", "meal")
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    assert len(bench.teacher.asked) == 18
    labelled = read_labelled_set(bench.store, PROJECT, parse_label_config(bench.label_studio.label_config))
    assert "food" not in labelled.teacher.values()
    assert labelled.set_aside_teacher == foods
    assert bench.project.state is ProjectState.STOPPED


def test_a_lost_label_retrains_the_student_even_when_nobody_is_asked_any_more(make_bench: BenchMaker) -> None:
    bench = make_bench()
    bench.start()
    bench.run()
    bench.label_studio.label_config = bench.label_studio.label_config.replace('<Choice value="food"/>', "")
    bench.teacher.answer = lambda text: "sport"
    bench.store.projects.request_sync(PROJECT)
    bench.run()
    bench.clock.advance(61)
    bench.run()
    served = bench.label_studio.of_version(bench.project.served_version)
    assert bench.served_student == "mraru-logreg-r005"
    assert {prediction.label for prediction in served.values()} == {"sport", "tech"}


def test_deleted_tasks_leave_the_loop_at_work(make_bench: BenchMaker) -> None:
    bench = make_bench(max_rounds=6)
    bench.start()
    while len(bench.store.rounds.list_all(PROJECT)) < 3:
        bench.loop.advance()
    gone = [task for task, text in bench.label_studio.tasks.items() if text in bench.teacher.asked][:6]
    gone += [task for task in bench.label_studio.tasks if task not in gone][:6]
    for task in gone:
        del bench.label_studio.tasks[task]
    bench.store.tasks.remove(PROJECT, gone)
    bench.run()
    assert bench.project.reason == "6 of 6 rounds done (MRARU_MAX_ROUNDS)"
    assert set(bench.label_studio.of_version(bench.project.served_version)) >= set(bench.label_studio.tasks)


def test_a_task_deleted_during_the_selection_is_left_out(bench: LoopBench) -> None:
    bench.start()
    real = bench.store.tasks.load_texts
    is_deleted = []

    def delete_meanwhile(project_id: int, text_hashes: list[str]) -> dict[str, str]:
        if len(bench.store.rounds.list_all(PROJECT)) == 2 and not is_deleted:
            is_deleted.append(True)
            name = text_hashes[0]
            [task] = bench.store.tasks.list_tasks_of(PROJECT, [name])[name]
            del bench.label_studio.tasks[task]
            bench.store.tasks.remove(PROJECT, [task])
        return real(project_id, text_hashes)

    bench.store.tasks.load_texts = delete_meanwhile
    bench.run()
    assert is_deleted
    assert bench.project.reason == "3 of 3 rounds done (MRARU_MAX_ROUNDS)"


def test_a_task_whose_text_changed_is_predicted_anew(done: LoopBench) -> None:
    done.label_studio.tasks[4] = "tech and nothing else"
    done.store.projects.request_sync(PROJECT)
    done.run()
    done.clock.advance(61)
    done.run()
    assert done.served_student == "mraru-logreg-r005"
    assert done.label_studio.of_version(done.project.served_version)[4].label == "tech"
