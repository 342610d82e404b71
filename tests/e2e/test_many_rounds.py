"""More than thirty rounds in a real Label Studio: what a task holds, what the stream serves, what is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from playwright.sync_api import Page

from e2e.annotator import Annotator, label_of
from e2e.browser import log_in, selected_choice
from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, LoopBench, class_of, make_loop_bench
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.records import ProjectDescription
from mraru.store.projects.round_repository import RoundStep

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

N_TEXTS, N_ROUNDS = 150, 30
ProjectMaker = Callable[..., int]


class ProjectOne:
    """A project of a real Label Studio under the number that the loop's bench knows."""

    def __init__(self, client: LabelStudioClient, project_id: int) -> None:
        self._client = client
        self.project_id = project_id

    @property
    def label_config(self) -> str:
        return self._client.describe_project(self.project_id).label_config

    def describe_project(self, project_id: int) -> ProjectDescription:
        return replace(self._client.describe_project(self.project_id), project_id=PROJECT)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        of_project = name not in ("create_prediction", "change_prediction", "delete_prediction", "list_parents")
        return (lambda project_id, *rest: method(self.project_id, *rest)) if of_project else method


@pytest.fixture(scope="module")
def bench(
    tmp_path_factory: pytest.TempPathFactory, label_studio_client: LabelStudioClient, label_studio_sdk: LabelStudio
) -> Iterator[LoopBench]:
    """A project after thirty rounds of the sampler, with corrections in between, a restart, and others' doings."""
    choices = "".join(f'<Choice value="{label}"/>' for label in LABELS)
    config = f'<View><Text name="text" value="$text"/><Choices name="label" toName="text">{choices}</Choices></View>'
    project = label_studio_sdk.projects.create(title="Many rounds", label_config=config)
    texts = [f"{LABELS[number % 3]} {number}" for number in range(N_TEXTS)]
    label_studio_sdk.projects.import_tasks(id=project.id, request=[{"text": text} for text in texts])
    bench = make_loop_bench(
        tmp_path_factory.mktemp("bench"), 0, LABELS, batch_size=3, max_rounds=N_ROUNDS, audit_share=0.1
    )
    bench.label_studio = ProjectOne(label_studio_client, project.id)  # type: ignore[assignment]
    bench.teacher.answer = lambda text: LABELS[0] if text.endswith("7") else class_of(text)
    bench.restart()
    bench.start()
    annotator = Annotator(label_studio_sdk, project.id)
    n_corrected = 0
    while bench.loop.advance().more:
        rounds = bench.store.rounds.list_all(PROJECT)
        if rounds and rounds[-1].step is RoundStep.DONE and len(rounds) // 5 > n_corrected:
            n_corrected += 1
            task = annotator.next_task()
            began_with = task["predictions"][0]
            annotator.submit(task["id"], class_of(task["data"]["text"]), parent_prediction=began_with["id"])
            (held,) = (row for row in annotator.predictions("mraru") if row.id == began_with["id"])
            assert held.task == task["id"]
            bench.store.projects.request_sync(PROJECT)
            bench.clock.advance(61)
            bench.restart()
    bench.clock.advance(61)
    bench.run()
    yield bench
    bench.store.close()


@pytest.fixture
def annotator(bench: LoopBench, label_studio_sdk: LabelStudio) -> Annotator:
    return Annotator(label_studio_sdk, bench.label_studio.project_id)


def test_each_task_holds_one_final_label_and_one_of_the_llm(bench: LoopBench, annotator: Annotator) -> None:
    assert sum(round_.is_sampled for round_ in bench.store.rounds.list_all(PROJECT)) == N_ROUNDS
    stored = annotator.predictions()
    assert {*Counter((row.task, row.model_version) for row in stored).values()} == {1}
    by_version = Counter(row.model_version for row in stored)
    assert by_version == {"mraru": N_TEXTS, "mraru-simulated": len(set(bench.teacher.asked))}


def test_what_label_studio_holds_is_what_the_store_says(bench: LoopBench, annotator: Annotator) -> None:
    noted = bench.store.predictions.load(PROJECT, "mraru", sorted(annotator.texts()))
    held = {row.task: row for row in annotator.predictions("mraru")}
    assert {task: (row.label, row.score) for task, row in noted.items()} == {
        task: (label_of(row), row.score) for task, row in held.items()
    }


def test_the_stream_serves_the_lowest_score_first_with_its_label(bench: LoopBench, annotator: Annotator) -> None:
    open_tasks = {task_id for task_id, _ in bench.store.tasks.list_open(PROJECT)}
    held = {row.task or 0: row for row in annotator.predictions("mraru")}
    scores = sorted(held[task_id].score or 0.0 for task_id in open_tasks)
    for expected in scores[:8]:
        task = annotator.next_task()
        (prediction,) = task["predictions"]
        assert (prediction["model_version"], prediction["score"]) == ("mraru", pytest.approx(expected))
        assert label_of(prediction) == label_of(held[task["id"]])
        annotator.submit(task["id"], label_of(prediction), parent_prediction=prediction["id"])


@pytest.mark.browser
def test_the_editor_selects_the_label_that_was_written_last(
    page: Page, bench: LoopBench, annotator: Annotator, label_studio: Any
) -> None:
    project_id = bench.label_studio.project_id
    task = annotator.next_task()
    log_in(page, label_studio, project_id)
    page.goto(f"{label_studio.url}/projects/{project_id}/data?task={task['id']}")
    page.get_by_test_id("bottombar-submit-button").wait_for()
    (prediction,) = task["predictions"]
    assert selected_choice(page).get_attribute("name") == label_of(prediction)
