"""A label is renamed in Label Studio while a project stands: it says what is set aside; a command carries it over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator, label_of
from e2e.running import RunningBackend, is_quiet, run_mraru
from e2e.stage import Stage, StageMaker

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

N_TEXTS, N_CHARS = 60, 600
OLD, NEW = "sports", "Athletics & games"
N_PEOPLE = 3  # texts that people label with it
WARNING = "labels-set-aside"


@dataclass(kw_only=True)
class Work:
    """A project in which every text has a label, some of them people's."""

    stage: Stage
    backend: RunningBackend
    annotator: Annotator
    before: dict[str, Any]  # its state when all was labelled

    def wait_until_quiet(self, what: str, *, is_warned: bool) -> dict[str, Any]:
        def is_there(state: dict[str, Any]) -> bool:
            return is_quiet(state) and (WARNING in codes_of(state)) == is_warned

        return self.backend.wait_for(self.stage.project_id, is_there, what)

    def mraru(self, *arguments: str) -> str:
        command = run_mraru(*arguments, settings=self.backend.settings, folder=self.backend.folder)
        assert command.returncode == 0, command.stderr
        return command.stdout


def codes_of(state: dict[str, Any]) -> set[str]:
    return {warning["code"] for warning in state["warnings"]}


@pytest.fixture(scope="module")
def work(make_stage: StageMaker, label_studio_sdk: LabelStudio) -> Iterator[Work]:
    stage = make_stage(N_TEXTS, N_CHARS)
    backend = stage.start(MRARU_MAX_ROUNDS="20")
    backend.connect(stage.project_id)
    backend.wait_for(stage.project_id, is_quiet, "every text is labelled")
    annotator = Annotator(label_studio_sdk, stage.project_id)
    about_sports = [task for task, text in annotator.texts().items() if stage.truth[text] == OLD]
    for task_id in about_sports[:N_PEOPLE]:
        annotator.submit(task_id, OLD)
    before = backend.wait_for(
        stage.project_id, lambda state: is_quiet(state) and state["n_gold"] == N_PEOPLE, "people's labels are learned"
    )
    assert before["set_aside"] == []
    assert len(stage.teacher.texts) == N_TEXTS
    yield Work(stage=stage, backend=backend, annotator=annotator, before=before)
    backend.stop()


def test_a_renamed_label_is_told_of_and_carried_over_without_asking_anybody(
    work: Work, label_studio_sdk: LabelStudio
) -> None:
    project_id, teacher = work.stage.project_id, work.stage.teacher
    answer = teacher.label_text
    teacher.label_text = lambda text: answer(text).replace(OLD, NEW)  # should it be asked
    config = str(label_studio_sdk.projects.get(project_id).label_config)
    renamed = config.replace(f'"{OLD}"', f'"{NEW.replace("&", "&amp;")}"')
    assert renamed != config
    label_studio_sdk.projects.update(project_id, label_config=renamed)

    state = work.wait_until_quiet("the project says what is set aside", is_warned=True)
    (set_aside,) = state["set_aside"]
    assert (set_aside["label"], set_aside["n_people"], set_aside["likely_name"]) == (OLD, N_PEOPLE, NEW)
    assert set_aside["n_teacher"] == work.before["teacher"]["n_labels"] - state["teacher"]["n_labels"] > N_PEOPLE
    assert state["n_gold"] == 0
    warning = next(warning for warning in state["warnings"] if warning["code"] == WARNING)
    assert f"'{OLD}': {N_PEOPLE} labels of people and {set_aside['n_teacher']} of the LLM." in warning["message"]
    command = f"mraru labels rename {project_id} {OLD} '{NEW}'"
    assert command in warning["remedy"]
    assert command in work.mraru("labels", "list", str(project_id))
    assert_nothing_is_sure_about_the_class_that_is_gone(work, state)

    said = work.mraru("labels", "rename", str(project_id), OLD, NEW)
    assert f"{N_PEOPLE} labels of people and {set_aside['n_teacher']} of the LLM count again" in said
    state = work.wait_until_quiet("what was set aside counts again", is_warned=False)
    assert (state["n_gold"], state["set_aside"]) == (N_PEOPLE, [])
    assert state["teacher"]["n_labels"] == work.before["teacher"]["n_labels"]
    assert state["teacher"]["n_calls"] == work.before["teacher"]["n_calls"]
    assert len(teacher.texts) == N_TEXTS, "somebody was asked again"
    served = work.annotator.predictions(state["served_version"])
    assert NEW in {label_of(row) for row in served}
    assert OLD not in {label_of(row) for row in served}
    assert annotated_labels(label_studio_sdk, project_id) == [OLD] * N_PEOPLE, "people's annotations were changed"

    assert "already: nothing changed" in work.mraru("labels", "rename", str(project_id), OLD, NEW)
    assert work.backend.describe_project(project_id) == state


def assert_nothing_is_sure_about_the_class_that_is_gone(work: Work, state: dict[str, Any]) -> None:
    texts = work.annotator.texts()
    rows = work.annotator.predictions(state["served_version"])
    assert OLD not in {label_of(row) for row in rows}
    scores: dict[bool, list[float]] = {True: [], False: []}  # by whether the text is about sports
    for row in rows:
        scores[work.stage.truth[texts[row.task or 0]] == OLD].append(row.score or 0.0)
    assert median(scores[True]) < 0.5, "texts of the class that is gone are called another class, and with confidence"
    assert median(scores[True]) < median(scores[False])


def annotated_labels(sdk: LabelStudio, project_id: int) -> list[str]:
    exported = b"".join(sdk.projects.exports.download_sync(project_id, export_type="JSON_MIN"))
    return [task["label"] for task in json.loads(exported)]
