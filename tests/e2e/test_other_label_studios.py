"""The oldest Label Studio that is supported and the one before the newest; all else is tested with the newest."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from label_studio_sdk import LabelStudio

from e2e.annotator import Annotator, label_of
from e2e.running import RunningBackend, is_quiet, run_mraru
from e2e.stage import MODEL, Stage, common_settings, import_texts, simulated_answers
from fakes.openai_server import OpenAIServer
from mraru.demo.label_studio_environment import LABEL_STUDIO_VERSION, OLDEST_VERSION
from mraru.demo.label_studio_server import free_port
from mraru.demo.sample_texts import load_bbc_news
from mraru.labelstudio.api.label_studio_client import LOWEST_SCORE_FIRST, LabelStudioClient
from running_label_studio import install_label_studio, run_label_studio

SWITCH = "MRARU_TEST_OTHER_LABEL_STUDIOS"
VERSIONS = ("1.20.0", "1.22.0")
REPOSITORY = Path(__file__).parents[2]
N_TEXTS, N_CHARS = 40, 300

pytestmark = [
    pytest.mark.label_studio,
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get(SWITCH) != "1", reason=f"{SWITCH} is not 1: each version is installed, a gigabyte and minutes"
    ),
]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A project in a Label Studio of some version, whose one round is done."""

    stage: Stage
    backend: RunningBackend
    annotator: Annotator
    client: LabelStudioClient


@pytest.fixture(
    scope="module", params=[pytest.param(version, marks=pytest.mark.xdist_group(version)) for version in VERSIONS]
)
def work(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    version = request.param
    installed = install_label_studio(REPOSITORY / f".venv-label-studio-{version}", version)
    assert installed.version == version
    samples = load_bbc_news().first(N_TEXTS)
    samples = replace(samples, texts=tuple(text[:N_CHARS] for text in samples.texts))
    with ExitStack() as stack:
        there = stack.enter_context(run_label_studio(installed.executable, tmp_path_factory.mktemp("label-studio")))
        http = stack.enter_context(httpx.Client(timeout=60, follow_redirects=True))
        sdk = LabelStudio(base_url=there.url + "/", api_key=there.token, httpx_client=http)
        teacher = stack.enter_context(OpenAIServer(simulated_answers(samples)))
        stage = Stage(
            project_id=import_texts(sdk, samples, samples.label_config),
            samples=samples,
            teacher=teacher,
            settings=common_settings(there, teacher) | {"MRARU_MAX_ROUNDS": "1"},
            folder=tmp_path_factory.mktemp("backend"),
            port=free_port(0),
            stack=stack,
        )
        backend = stage.start()
        backend.connect(stage.project_id)
        backend.wait_for(stage.project_id, is_quiet, f"one round is done with Label Studio {version}")
        client = stack.enter_context(LabelStudioClient(there.url, there.token, timeout_s=60))
        yield Work(stage=stage, backend=backend, annotator=Annotator(sdk, stage.project_id), client=client)


def run(work: Work, *arguments: str) -> str:
    """What a command of `mraru` on the project prints."""
    name, *rest = arguments
    backend = work.backend
    done = run_mraru(name, str(work.stage.project_id), *rest, settings=backend.settings, folder=backend.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def download_labels(work: Work) -> dict[int, dict[str, str]]:
    """The downloaded labels, by task."""
    answer = httpx.get(f"{work.backend.url}/api/projects/{work.stage.project_id}/labels.csv", timeout=60)
    answer.raise_for_status()
    return {int(row["task_id"]): row for row in csv.DictReader(answer.text.splitlines())}


def served_labels(work: Work) -> dict[int, str]:
    """What Label Studio holds under the version that it serves, by task; one prediction each."""
    served = work.client.describe_project(work.stage.project_id).model_version
    held = work.annotator.predictions(served)
    labels = {row.task or 0: label_of(row) for row in held}
    assert len(held) == len(labels)
    return labels


def test_a_round_serves_the_labels_that_are_downloaded_lowest_score_first(work: Work) -> None:
    project = work.client.describe_project(work.stage.project_id)
    texts = work.annotator.texts()
    assert project.sampling == LOWEST_SCORE_FIRST
    labels = served_labels(work)
    assert labels.keys() == texts.keys()
    assert {task_id: row["label"] for task_id, row in download_labels(work).items()} == labels
    answer = work.stage.teacher.label_text
    asked = set(work.stage.teacher.texts)
    by_teacher = work.annotator.predictions(f"mraru-{MODEL}")
    assert {row.task: label_of(row) for row in by_teacher} == {
        task_id: answer(text) for task_id, text in texts.items() if text in asked
    }
    assert sum(labels[task_id] == work.stage.truth[text] for task_id, text in texts.items()) > len(texts) / 2

    (prediction,) = work.annotator.next_task()["predictions"]
    scores = [row.score for row in work.annotator.predictions(project.model_version) if row.score is not None]
    assert len(scores) == len(texts)
    assert prediction["score"] == pytest.approx(min(scores))


def test_the_doctor_finds_nothing_wrong(work: Work) -> None:
    report = json.loads(run(work, "doctor", "--json"))
    assert [row["code"] for row in report["findings"] if row["severity"] != "info"] == []


def test_a_correction_is_learned_and_disconnecting_leaves_labels_alone(work: Work) -> None:
    task_id, label = next(iter(served_labels(work).items()))
    another = next(name for name in work.stage.samples.labels if name != label)
    before = work.backend.describe_project(work.stage.project_id)
    assert before is not None
    work.annotator.submit(task_id, another)
    state = work.backend.wait_for(
        work.stage.project_id,
        lambda state: len(state["rounds"]) > len(before["rounds"]) and is_quiet(state),
        "a correction is learned",
    )
    assert state["n_gold"] == before["n_gold"] + 1
    assert download_labels(work)[task_id]["label"] == another

    n_predictions = len(work.annotator.predictions())
    run(work, "disconnect")
    assert work.client.list_backends(work.stage.project_id) == []
    assert work.client.list_webhooks(work.stage.project_id) == []
    assert len(work.annotator.predictions()) == n_predictions


def test_the_versions_are_the_oldest_one_and_one_between() -> None:
    assert VERSIONS[0].startswith(f"{OLDEST_VERSION}.")
    assert LABEL_STUDIO_VERSION not in VERSIONS
