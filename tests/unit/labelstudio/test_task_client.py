from __future__ import annotations

import pytest

from fakes.label_studio_http import LABEL_CONFIG, TOKEN, TasksOverHTTP, serve_tasks
from mraru.errors import LabelStudioUnreachable
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.records import TextFault

SCHEMA = parse_label_config(LABEL_CONFIG)
HALF_AN_EMOJI = "half an emoji \ud83d"


def texts_of(n: int, bad: tuple[int, ...] = ()) -> dict[int, dict[str, object]]:
    return {task: {"text": HALF_AN_EMOJI if task in bad else f"message {task}"} for task in range(1, n + 1)}


@pytest.mark.parametrize("n_tasks", [3, 1000, 1001, 2000])
def test_all_tasks_are_listed_page_by_page(n_tasks: int) -> None:
    with serve_tasks(TasksOverHTTP(texts_of(n_tasks))) as studio, LabelStudioClient(studio.url, TOKEN, 5) as client:
        listed = list(client.list_tasks(1, SCHEMA))
        assert [task.task_id for task in listed] == list(range(1, n_tasks + 1))
        assert not any(task.fault for task in listed)


@pytest.mark.parametrize("bad", [(4,), (4, 5, 1000), (1001,), (7, 1203)])
def test_tasks_that_label_studio_cannot_show_are_named_and_the_others_are_read(bad: tuple[int, ...]) -> None:
    with serve_tasks(TasksOverHTTP(texts_of(1203, bad))) as studio, LabelStudioClient(studio.url, TOKEN, 5) as client:
        listed = list(client.list_tasks(1, SCHEMA))
    assert [task.task_id for task in listed] == list(range(1, 1204))
    assert [task.task_id for task in listed if task.fault is TextFault.NOT_LISTED] == list(bad)
    assert [task.task_id for task in listed if task.text != f"message {task.task_id}"] == list(bad)
    assert len(studio.asked) < 60 * len(bad)  # not one by one


def test_a_500_that_passes_costs_no_task_its_text() -> None:
    with serve_tasks(TasksOverHTTP(texts_of(30))) as studio, LabelStudioClient(studio.url, TOKEN, 5) as client:
        studio.passing_failures = [500]
        assert not any(task.fault for task in client.list_tasks(1, SCHEMA))


def test_a_label_studio_that_answers_500_to_everything_names_no_task() -> None:
    with serve_tasks(TasksOverHTTP(texts_of(30))) as studio, LabelStudioClient(studio.url, TOKEN, 5) as client:
        studio.passing_failures = [500] * 20
        with pytest.raises(LabelStudioUnreachable, match="answered 500"):
            list(client.list_tasks(1, SCHEMA))


def test_a_server_that_lists_the_same_page_for_ever_is_no_label_studio() -> None:
    with serve_tasks(TasksOverHTTP(texts_of(1001))) as studio, LabelStudioClient(studio.url, TOKEN, 5) as client:
        studio.ignores_filters = True
        with pytest.raises(LabelStudioUnreachable, match="does not speak as Label Studio does"):
            list(client.list_tasks(1, SCHEMA))


def test_annotations_are_read_where_a_text_cannot_be_shown() -> None:
    with serve_tasks(TasksOverHTTP(texts_of(30, bad=(4,)))) as studio:
        client = LabelStudioClient(studio.url, TOKEN, 5)
        studio.annotated = {1: "Sport"}
        with client:
            before = client.list_annotations(1, SCHEMA)
            studio.annotated = {1: "Sport", 4: "Tech"}
            read = client.list_annotations(1, SCHEMA)
    assert [(said.task_id, said.label) for said in read] == [(1, "Sport"), (4, "Tech")]
    assert read[0] == before[0]
    assert (read[0].annotation_id, read[0].is_human, read[0].lead_time_s) == (101, True, 2.5)


def test_the_fields_of_the_first_task_are_told() -> None:
    with serve_tasks(TasksOverHTTP({7: {"id": 3, "body": "late"}})) as studio:
        with LabelStudioClient(studio.url, TOKEN, 5) as client:
            assert client.list_fields(1) == ("id", "body")
        studio.task_data = {}
        with LabelStudioClient(studio.url, TOKEN, 5) as client:
            assert client.list_fields(1) == ()


def test_the_certificates_are_read_for_the_first_client_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    LabelStudioClient("https://labels.example", TOKEN, 5).close()
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    LabelStudioClient("https://labels.example", TOKEN, 5).close()
