"""The whole path: a real Label Studio, `mraru serve`, MiniLM, a simulated teacher, and a person who corrects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator, label_of
from e2e.running import RunningBackend, is_quiet, wait_until
from e2e.stage import MODEL, Stage, StageMaker
from mraru.labelstudio.api.label_studio_client import LOWEST_SCORE_FIRST, LabelStudioClient

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

N_TEXTS = 120
N_CHARS = 2000  # of each text


@dataclass(frozen=True, kw_only=True)
class Work:
    """A project whose three rounds are done."""

    stage: Stage
    backend: RunningBackend
    annotator: Annotator
    connect_output: str

    def state(self) -> dict[str, Any]:
        state = self.backend.describe_project(self.stage.project_id)
        assert state is not None
        return state

    def wait_for_correction(self, n_rounds_before: int) -> dict[str, Any]:
        """The state once a round has learned from a correction."""
        return self.backend.wait_for(
            self.stage.project_id,
            lambda state: len(state["rounds"]) > n_rounds_before and is_quiet(state),
            "a correction is learned",
        )


@pytest.fixture(scope="module")
def work(make_stage: StageMaker, label_studio_sdk: LabelStudio) -> Iterator[Work]:
    stage = make_stage(N_TEXTS, N_CHARS)
    backend = stage.start()
    connect_output = backend.connect(stage.project_id)
    backend.wait_for(stage.project_id, is_quiet, "three rounds are done")
    yield Work(
        stage=stage,
        backend=backend,
        annotator=Annotator(label_studio_sdk, stage.project_id),
        connect_output=connect_output,
    )
    backend.stop()


def test_three_rounds_run_after_connecting_and_the_teacher_is_asked_once_per_text(work: Work) -> None:
    state = work.state()
    assert "is connected: simulated labels texts as business, entertainment" in " ".join(work.connect_output.split())
    assert (state["state"], state["reason"]) == ("stopped", "3 of 3 rounds done (MRARU_MAX_ROUNDS)")
    rounds = [round_ for round_ in state["rounds"] if round_["kind"] != "corrections"]
    assert [round_["kind"] for round_ in rounds] == ["seed", "mraru", "mraru", "mraru"]
    assert [round_["n_accepted"] for round_ in rounds[1:]] == [10, 10, 10]
    assert all(round_["n_visited"] >= round_["n_accepted"] for round_ in rounds)
    asked = Counter(work.stage.teacher.texts)
    assert set(asked.values()) == {1}
    assert set(asked) <= set(work.stage.samples.texts)
    teacher = state["teacher"]
    assert teacher["n_calls"] == teacher["n_labels"] == len(asked) == sum(round_["n_accepted"] for round_ in rounds)
    assert 0 < teacher["cost_usd"] < teacher["max_cost_usd"]


def test_teacher_and_student_are_seen_in_label_studio_under_their_own_versions(work: Work) -> None:
    stored = work.annotator.predictions()
    assert {row.model_version for row in stored} == {"mraru", f"mraru-{MODEL}"}
    by_teacher = [row for row in stored if row.model_version == f"mraru-{MODEL}"]
    texts, answer = work.annotator.texts(), work.stage.teacher.label_text
    assert {row.task: label_of(row) for row in by_teacher} == {
        task_id: answer(text) for task_id, text in texts.items() if text in set(work.stage.teacher.texts)
    }
    served = work.state()["served_version"]
    final = work.annotator.predictions(served)
    assert {row.score is not None and 0 <= row.score <= 1 for row in final} == {True}
    assert sorted(row.task or 0 for row in final) == sorted(texts)
    n_right = sum(label_of(row) == work.stage.truth[texts[row.task or 0]] for row in final)
    assert n_right > len(final) / 2, "the student learned nothing"


def test_the_stream_serves_the_lowest_score_without_asking_the_backend(
    work: Work, label_studio_client: LabelStudioClient
) -> None:
    project = label_studio_client.describe_project(work.stage.project_id)
    served = work.state()["served_version"]
    assert (project.model_version, project.sampling) == (served, LOWEST_SCORE_FIRST)
    requests_before = work.backend.requests_by_label_studio()
    assert "POST /setup" in requests_before
    task = work.annotator.next_task()
    assert work.backend.requests_by_label_studio() == requests_before
    open_scores = {row.task: row.score for row in work.annotator.predictions(served)}
    assert task["is_labeled"] is False
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == served
    assert prediction["score"] == pytest.approx(min(score for score in open_scores.values() if score is not None))
    assert prediction["score"] == pytest.approx(open_scores[task["id"]])


def test_a_persons_label_becomes_gold_retrains_the_student_changes_and_goes_again(work: Work) -> None:
    before = work.state()
    n_before = len(before["rounds"])
    task_id, teachers_label = next(
        (row.task or 0, label_of(row)) for row in work.annotator.predictions(f"mraru-{MODEL}")
    )
    another = next(label for label in work.stage.samples.labels if label != teachers_label)

    annotation_id = work.annotator.submit(task_id, another)
    submitted = work.wait_for_correction(n_before)

    assert submitted["n_gold"] == before["n_gold"] + 1
    assert (submitted["rounds"][-1]["kind"], submitted["rounds"][-1]["n_gold"]) == ("corrections", submitted["n_gold"])
    assert submitted["rounds"][-1]["model_version"] == f"mraru-logreg-r{submitted['rounds'][-1]['number']:03d}"
    assert submitted["served_version"] == before["served_version"] == served_version(work)
    assert [row.task for row in work.annotator.predictions(served_version(work))].count(task_id) == 1
    assert checked(submitted) == checked(before, n_checked=1)

    work.annotator.change(annotation_id, teachers_label)
    changed = work.wait_for_correction(n_before + 1)

    assert changed["n_gold"] == submitted["n_gold"]
    assert checked(changed) == checked(before, n_checked=1, n_right=1)

    work.annotator.delete(annotation_id)
    deleted = work.wait_for_correction(n_before + 2)

    assert deleted["n_gold"] == deleted["rounds"][-1]["n_gold"] == before["n_gold"]
    assert checked(deleted) == checked(before)
    assert [round_["kind"] for round_ in deleted["rounds"][n_before:]] == ["corrections"] * 3
    assert deleted["teacher"]["n_calls"] == before["teacher"]["n_calls"]


def test_annotations_made_from_predictions_train_nothing(work: Work) -> None:
    before = work.state()
    task = work.annotator.next_task()
    copied, corrected = sorted(set(work.annotator.texts()) - {task["id"]})[:2]
    n_webhooks = work.backend.requests_by_label_studio().count("POST /webhook")

    work.annotator.copy_predictions([copied], before["served_version"])
    wait_until(
        lambda: work.backend.requests_by_label_studio().count("POST /webhook") > n_webhooks, "the copies are told"
    )
    # A person's label after it, dealt with in the same order, shows that the copies had their chance.
    work.annotator.submit(corrected, work.stage.samples.labels[0])
    after = work.wait_for_correction(len(before["rounds"]))

    assert after["n_gold"] == before["n_gold"] + 1
    assert [round_["n_gold"] for round_ in after["rounds"][len(before["rounds"]) :]] == [after["n_gold"]]


def test_two_people_label_a_task_across_rounds_and_then_the_next_lowest(work: Work, second_member: LabelStudio) -> None:
    label, second = work.stage.samples.labels[0], Annotator(second_member, work.stage.project_id)
    listed = work.annotator.sdk.tasks.list(
        project=work.stage.project_id, page_size=1000, fields="task_only", include="id,total_annotations"
    )
    labelled_once = {task.id for task in listed if task.total_annotations}
    assert labelled_once
    work.annotator.sdk.projects.update(work.stage.project_id, maximum_annotations=2)

    # Label Studio has those finished that somebody else began; a round comes after each label
    state = work.backend.wait_for(work.stage.project_id, is_quiet, "nothing is under way")
    finished = set()
    while (task := second.next_task())["total_annotations"]:
        assert [row["model_version"] for row in task["predictions"]] == [state["served_version"]]
        finished.add(task["id"])
        second.submit(task["id"], label)
        state = work.wait_for_correction(len(state["rounds"]))
    assert finished == labelled_once
    assert len(finished) > 1

    rows = work.annotator.predictions(state["served_version"])
    scores = {row.task: row.score or 0.0 for row in rows if row.task not in labelled_once}
    # with several people, Label Studio draws among as many of the lowest as there are people, and one more
    assert scores[task["id"]] <= sorted(scores.values())[2]


def served_version(work: Work) -> str:
    return str(work.annotator.sdk.projects.get(work.stage.project_id).model_version)


def checked(state: dict[str, Any], *, n_checked: int = 0, n_right: int = 0) -> tuple[int, int]:
    """How often people judged the teacher and agreed with it, and so many more."""
    return state["teacher"]["n_checked"] + n_checked, state["teacher"]["n_right"] + n_right
