"""Texts in files: asked about as they are, fetched once, and set aside with the reason where they cannot be had."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.label_studio import label_config
from fakes.loop_bench import PROJECT, LoopBench
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.task_text import read_task
from mraru.projects.predictions.predicting import Predictor
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import TaskText, TextFault
from mraru.store.projects.project_repository import ProjectState

N_TEXTS = 24


@pytest.fixture
def filed(make_bench: Callable[..., LoopBench]) -> LoopBench:
    """A project whose texts are in uploaded files; its rounds end when every other was asked about."""
    bench = make_bench(n_texts=N_TEXTS, max_rounds=None)
    studio = bench.label_studio
    studio.label_config = label_config(in_files=True)
    studio.files = {f"/data/upload/1/{task}.txt": text for task, text in studio.tasks.items()}
    studio.tasks = {task: f"/data/upload/1/{task}.txt" for task in studio.tasks}
    bench.start()
    return bench


def sync(bench: LoopBench) -> None:
    sync_project(bench.store, bench.label_studio, PROJECT, bench.clock)


def warnings_of(bench: LoopBench) -> dict[str, tuple[str, str]]:
    return {warning.code: (warning.message, warning.remedy) for warning in bench.store.warnings.list_all(PROJECT)}


def test_the_teacher_is_asked_what_the_files_hold_and_never_where_they_are(filed: LoopBench) -> None:
    filed.run()
    assert filed.project.state is ProjectState.STOPPED, filed.project.reason
    assert sorted(filed.teacher.asked) == sorted(map(str, filed.label_studio.files.values()))
    assert "texts-are-addresses" not in warnings_of(filed)


def test_files_with_one_text_are_asked_about_once(filed: LoopBench) -> None:
    filed.label_studio.files = dict.fromkeys(filed.label_studio.files, "sport once")
    sync(filed)
    assert (filed.store.tasks.count(PROJECT), filed.store.tasks.count_texts(PROJECT)) == (N_TEXTS, 1)


def test_a_file_is_fetched_once_and_another_one_when_the_task_names_it(filed: LoopBench) -> None:
    studio = filed.label_studio
    sync(filed)
    assert sorted(studio.fetched) == sorted(studio.files)
    studio.fetched.clear()
    studio.files["/data/upload/1/new.txt"] = "tech of the new file"
    studio.tasks |= {3: "http://labels.example.com/data/upload/1/new.txt", 4: "/data/upload/1/5.txt"}
    sync(filed)
    assert studio.fetched == ["/data/upload/1/new.txt"]  # the other one is known by another task
    texts = [filed.store.tasks.load_text(PROJECT, task) for task in (3, 4)]
    assert texts == ["tech of the new file", studio.files["/data/upload/1/5.txt"]]


def test_the_same_text_in_another_file_costs_nothing_and_leaves_its_prediction(filed: LoopBench) -> None:
    filed.run()
    n_asked = len(filed.teacher.asked)
    filed.label_studio.files["/data/upload/1/copy.txt"] = filed.label_studio.files["/data/upload/1/3.txt"]
    filed.label_studio.tasks[3] = "/data/upload/1/copy.txt"
    sync(filed)
    filed.run()
    assert len(filed.teacher.asked) == n_asked
    filed.label_studio.fetched.clear()
    sync(filed)
    assert filed.label_studio.fetched == []


def test_a_file_that_cannot_be_had_sets_its_task_aside_with_what_to_do(filed: LoopBench) -> None:
    studio = filed.label_studio
    studio.files |= {"/data/upload/1/3.txt": TextFault.TOO_LARGE, "/data/upload/1/4.txt": TextFault.NOT_FETCHED}
    studio.tasks[5] = "https://example.com/5.txt"
    filed.run()
    assert filed.project.state is ProjectState.STOPPED, filed.project.reason
    assert len(filed.teacher.asked) == N_TEXTS - 3
    assert not any("/" in text for text in filed.teacher.asked)
    message, remedy = warnings_of(filed)["tasks-without-file"]
    assert message.startswith("3 texts are in files that could not be had")
    assert "task 3 (a file that is larger than may be fetched)" in message
    assert "task 5 (an address that is not Label Studio's)" in message
    assert "MRARU_MAX_FILE_BYTES" in remedy
    assert "MRARU_RECONCILE_EVERY_S" in remedy
    assert "upload the files" in remedy


def test_a_file_that_comes_later_is_read_and_the_warning_goes(filed: LoopBench) -> None:
    filed.label_studio.files["/data/upload/1/4.txt"] = TextFault.NOT_FETCHED
    sync(filed)
    assert filed.store.tasks.load_text(PROJECT, 4) is None
    assert "tasks-without-file" in warnings_of(filed)
    filed.label_studio.files["/data/upload/1/4.txt"] = "tech at last"
    sync(filed)
    assert filed.store.tasks.load_text(PROJECT, 4) == "tech at last"
    assert "tasks-without-file" not in warnings_of(filed)


def test_predict_answers_about_files_that_were_fetched_and_fetches_none(filed: LoopBench) -> None:
    filed.run()
    filed.label_studio.fetched.clear()
    schema = parse_label_config(filed.label_studio.label_config)
    predictor = Predictor(
        store=filed.store,
        embedder=CachedEmbedder(filed.embedder, filed.store.vectors),
        folder=filed.folder,
        timeout_s=10,
    )

    def task(task_id: int, address: str) -> TaskText:
        return read_task(task_id, {"text": address}, schema)

    new = [task(1, "/data/upload/1/1.txt"), task(900, "/data/upload/1/2.txt"), task(901, "/data/upload/1/new.txt")]
    _, (own, others, unknown) = predictor.predict(PROJECT, schema, new)
    labels = [str(filed.label_studio.files[f"/data/upload/1/{n}.txt"]).split()[0] for n in (1, 2)]
    assert own is not None
    assert others is not None
    assert [own.label, others.label] == labels
    assert unknown is None
    assert filed.label_studio.fetched == []
