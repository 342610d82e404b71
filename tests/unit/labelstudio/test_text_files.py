"""Texts behind addresses: asked of Label Studio alone, with its token, up to a size, and each fault by its name."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from fakes.label_studio_http import TOKEN, ServedFile, TasksOverHTTP, sent_to, serve_tasks
from fakes.services import MakeServices
from mraru.errors import LabelStudioRefused, LabelStudioUnreachable
from mraru.labelstudio.api import text_files
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.labelstudio.texts.text_addresses import to_path
from mraru.records import TaskText, TextFault
from mraru.schema_records import ConfigSelection

CHOICES = '<Choices name="label" toName="text"><Choice value="Sport"/><Choice value="Tech"/></Choices>'
SCHEMA = parse_label_config(f'<View><Text name="text" value="$text" valueType="url"/>{CHOICES}</View>')
UPLOAD = "/data/upload/1/ab12-a.txt"
STORED = "s3://bucket/reviews/a.txt"
MOST_BYTES = 1000


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "PAUSES_S", (0.0, 0.0))


@contextmanager
def label_studio(*addresses: object) -> Iterator[tuple[TasksOverHTTP, LabelStudioClient]]:
    """A Label Studio with a task for each address, and its client."""
    tasks: dict[int, dict[str, object]] = {n: {"text": address} for n, address in enumerate(addresses, start=1)}
    with (
        serve_tasks(TasksOverHTTP(tasks)) as studio,
        LabelStudioClient(studio.url, TOKEN, 5, max_file_bytes=MOST_BYTES) as client,
    ):
        yield studio, client


def read(client: LabelStudioClient) -> list[TaskText]:
    return list(client.list_tasks(1, SCHEMA))


def read_one(served: ServedFile, address: str = UPLOAD) -> TaskText:
    with label_studio(address) as (studio, client):
        studio.files[to_path(address, 1)] = served
        (task,) = read(client)
    return task


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (UPLOAD, UPLOAD),
        ("http://labels.example.com/data/upload/1/ab12-a.txt", UPLOAD),  # as Label Studio is called elsewhere
        ("//evil.example.com/data/upload/1/ab12-a.txt", UPLOAD),
        ("/labels/data/upload/1/ab12-a.txt", UPLOAD),  # below a path
        ("/data/local-files/?d=reviews/a.txt&user=1", "/data/local-files/?d=reviews/a.txt"),
        ("/storage-data/uploaded/?filepath=upload/1/a.txt", "/storage-data/uploaded/?filepath=upload/1/a.txt"),
        (STORED, to_path(STORED, 1)),
        ("gs://bucket/a.txt", to_path("gs://bucket/a.txt", 1)),
        ("azure-blob://box/a b.txt", to_path("azure-blob://box/a b.txt", 1)),
        (f"https://labels.example.com{to_path(STORED, 77)}", to_path(STORED, 1)),  # as Label Studio resolves it
    ],
)
def test_a_file_is_asked_of_label_studio_with_its_token(address: str, asked: str) -> None:
    with label_studio(address) as (studio, client):
        studio.files[asked] = ServedFile(body="Der Zug ist spät".encode())
        (task,) = read(client)
    assert (task.text, task.fault) == ("Der Zug ist spät", None)
    assert studio.tokens[asked] == f"Token {TOKEN}"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://example.com/reviews/1.txt", TextFault.FOREIGN_ADDRESS),
        ("http://169.254.169.254/latest/meta-data/", TextFault.FOREIGN_ADDRESS),
        ("/api/current-user/whoami", TextFault.FOREIGN_ADDRESS),
        ("/data/upload/../../api/users", TextFault.FOREIGN_ADDRESS),
        ("/data/upload/%2e%2e/%2E%2E/api/users", TextFault.FOREIGN_ADDRESS),
        ("/projects/1/file-proxy/?url=aHR0cA==", TextFault.FOREIGN_ADDRESS),
        ("/tasks/1/resolve/?fileuri=aHR0cDovL2V2aWwvYQ==", TextFault.FOREIGN_ADDRESS),  # of http://evil/a
        ("/tasks/1/resolve/?fileuri=%", TextFault.FOREIGN_ADDRESS),
        ("/data/local-files/", TextFault.FOREIGN_ADDRESS),
        ("file:///etc/passwd", TextFault.FOREIGN_ADDRESS),
        ("http://[::1/data/upload/1/a.txt", TextFault.NO_ADDRESS),
        ("The parcel is late", TextFault.NO_ADDRESS),
        ("/data/upload/1/a\nb", TextFault.NO_ADDRESS),
        (["/data/upload/1/a.txt"], TextFault.NO_ADDRESS),
        (" ", TextFault.EMPTY),
        (None, TextFault.MISSING),
    ],
)
def test_nothing_is_asked_about_what_label_studio_does_not_serve(address: object, fault: TextFault) -> None:
    with label_studio(address) as (studio, client):
        (task,) = read(client)
    assert (task.text, task.fault) == ("", fault)
    assert [path for path in studio.asked if not path.startswith("/api/tasks/")] == []


@pytest.mark.parametrize(
    ("served", "fault"),
    [
        (ServedFile(status=404), TextFault.NO_FILE),
        (ServedFile(status=403), TextFault.NOT_ALLOWED),
        (ServedFile(status=403, body=b"You can enable it with LOCAL_FILES_SERVING_ENABLED"), TextFault.NOT_SERVED),
        (ServedFile(status=500), TextFault.NOT_FETCHED),
        (
            ServedFile(status=500, body=b"{\"detail\":\"'NoneType' object has no attribute 'has_permission'\"}"),
            TextFault.NO_FILE,
        ),
        (ServedFile(status=424), TextFault.NOT_FETCHED),
        (ServedFile(body=b"half of it", headers={"Content-Length": "20"}), TextFault.NOT_FETCHED),
        (ServedFile(status=503), TextFault.NOT_FETCHED),
        (ServedFile(body=b"x" * (MOST_BYTES + 1)), TextFault.TOO_LARGE),
        (
            ServedFile(body=gzip.compress(b"x" * 10_000_000), headers={"Content-Encoding": "gzip"}),
            TextFault.TOO_LARGE,
        ),
        (ServedFile(body=b"\x1f\x8bno gzip", headers={"Content-Encoding": "gzip"}), TextFault.NOT_DECODED),
        (ServedFile(body=b"x", headers={"Content-Encoding": "br"}), TextFault.NOT_DECODED),
        (ServedFile(body=b"caf\xe9"), TextFault.NOT_DECODED),
        (ServedFile(body=b"caf\xe9", headers={"Content-Type": "text/plain; charset=nonsense"}), TextFault.NOT_DECODED),
        (ServedFile(body=b"%PDF\0"), TextFault.NUL),
        (ServedFile(body=b" \n"), TextFault.EMPTY),
        (
            ServedFile(body=b"<form>Log in</form>", headers={"Content-Type": "text/html; charset=utf-8"}),
            TextFault.PAGE,
        ),
        (sent_to("/user/login/?next=/data/upload/1/ab12-a.txt"), TextFault.PAGE),
        (sent_to("https://login.example.com/"), TextFault.PAGE),
    ],
)
def test_what_comes_in_the_place_of_a_text_is_told_by_its_name(served: ServedFile, fault: TextFault) -> None:
    task = read_one(served)
    assert (task.text, task.fault) == ("", fault)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("été".encode(), "text/plain"),
        ("été".encode(), "text/plain; charset=ISO-8859-1"),  # a server's default
        ("été".encode("latin-1"), "text/plain; charset=ISO-8859-1"),
        ("été".encode("utf-8-sig"), "text/plain"),
        ("été".encode("utf-16"), "application/octet-stream"),
        ("été".encode("utf-32"), "text/plain; charset=utf-8"),
    ],
)
def test_a_file_may_be_in_any_encoding_that_it_tells(body: bytes, content_type: str) -> None:
    assert read_one(ServedFile(body=body, headers={"Content-Type": content_type})).text == "été"


def test_a_packed_file_is_unpacked() -> None:
    assert read_one(ServedFile(body=gzip.compress(b"late"), headers={"Content-Encoding": "gzip"})).text == "late"


def test_a_file_of_just_the_size_that_is_allowed_is_read() -> None:
    assert read_one(ServedFile(body=b"x" * MOST_BYTES)).text == "x" * MOST_BYTES


def test_how_large_a_file_may_be_is_a_setting(new_services: MakeServices) -> None:
    with label_studio(UPLOAD) as (studio, _):
        studio.files[UPLOAD] = ServedFile(body=b"late")
        for max_file_bytes, fault in ((4, None), (3, TextFault.TOO_LARGE)):
            services = new_services(label_studio_url=studio.url, max_file_bytes=max_file_bytes)
            assert [task.fault for task in services.label_studio().list_tasks(1, SCHEMA)] == [fault]
            services.close_clients()


def test_label_studio_may_send_on_to_another_file_of_its_own() -> None:
    with label_studio(UPLOAD) as (studio, client):
        studio.files[UPLOAD] = sent_to("/data/upload/1/moved.txt")
        studio.files["/data/upload/1/moved.txt"] = ServedFile(body=b"late")
        assert [task.text for task in read(client)] == ["late"]
    assert studio.tokens["/data/upload/1/moved.txt"] == f"Token {TOKEN}"


def test_the_token_never_reaches_the_storage_to_which_label_studio_sends() -> None:
    signed = "/bucket/reviews/a.txt?signature=s"
    with serve_tasks(TasksOverHTTP({})) as storage, label_studio(STORED) as (studio, client):
        storage.files[signed] = ServedFile(body=b"late")
        studio.files[to_path(STORED, 1)] = sent_to(storage.url + signed)
        assert [task.text for task in read(client)] == ["late"]
    assert studio.tokens[to_path(STORED, 1)] == f"Token {TOKEN}"
    assert storage.tokens == {signed: None}


@pytest.mark.parametrize(("status", "fault"), [(403, TextFault.NOT_ALLOWED), (404, TextFault.NO_FILE)])
def test_a_storage_that_refuses_is_told_from_a_refused_token(status: int, fault: TextFault) -> None:
    with serve_tasks(TasksOverHTTP({})) as storage, label_studio(STORED) as (studio, client):
        storage.files["/a"] = ServedFile(status=status)
        studio.files[to_path(STORED, 1)] = sent_to(f"{storage.url}/a")
        assert [task.fault for task in read(client)] == [fault]


def test_a_login_page_on_another_host_is_no_text() -> None:
    with serve_tasks(TasksOverHTTP({})) as login, label_studio(STORED) as (studio, client):
        login.files["/login"] = ServedFile(body=b"<form>Log in</form>", headers={"Content-Type": "text/html"})
        studio.files[to_path(STORED, 1)] = sent_to(f"{login.url}/login")
        assert [task.fault for task in read(client)] == [TextFault.PAGE]


def test_a_storage_leads_nowhere_else() -> None:
    with (
        serve_tasks(TasksOverHTTP({})) as inner,
        serve_tasks(TasksOverHTTP({})) as storage,
        label_studio(STORED) as (studio, client),
    ):
        inner.files["/secret"] = ServedFile(body=b"secret")
        storage.files["/a"] = sent_to(f"{inner.url}/secret")
        studio.files[to_path(STORED, 1)] = sent_to(f"{storage.url}/a")
        assert [task.fault for task in read(client)] == [TextFault.NOT_ALLOWED]
    assert inner.asked == []


def test_an_upload_is_never_fetched_from_another_host() -> None:
    with serve_tasks(TasksOverHTTP({})) as other, label_studio(UPLOAD) as (studio, client):
        other.files[UPLOAD] = ServedFile(body=b"late")
        studio.files[UPLOAD] = sent_to(other.url + UPLOAD)
        assert [task.fault for task in read(client)] == [TextFault.PAGE]
    assert other.asked == []


def test_a_fault_that_passes_is_tried_again() -> None:
    with label_studio() as (studio, client):
        studio.files[UPLOAD] = ServedFile(body=b"late")
        studio.passing_failures = [503, 500]
        assert client._files.fetch_all(1, {UPLOAD: 1}) == {UPLOAD: "late"}


def test_files_that_nothing_answers_to_are_label_studios_fault_and_not_theirs() -> None:
    addresses = [f"/data/upload/1/{n}.txt" for n in range(12)]
    with label_studio(*addresses) as (studio, client):
        studio.files = {address: ServedFile(status=502) for address in addresses}
        with pytest.raises(LabelStudioUnreachable, match="did not hand out 3 files in a row"):
            read(client)


def test_many_files_that_are_gone_leave_the_others_to_be_read() -> None:
    addresses = [f"/data/upload/1/{n}.txt" for n in range(30)]
    with label_studio(*addresses) as (studio, client):
        studio.files = {address: ServedFile(status=500) for address in addresses[:-1]}
        studio.files[addresses[-1]] = ServedFile(body=b"late")
        tasks = read(client)
    assert [task.text for task in tasks if not task.fault] == ["late"]
    assert {task.fault for task in tasks[:-1]} == {TextFault.NOT_FETCHED}


def test_a_token_that_is_refused_is_no_fault_of_a_file() -> None:
    with label_studio(UPLOAD) as (studio, client):
        studio.files[UPLOAD] = ServedFile(status=401)
        with pytest.raises(LabelStudioRefused, match="does not accept the token"):
            read(client)


def test_an_address_of_several_tasks_is_fetched_once() -> None:
    with label_studio(*[UPLOAD] * 120) as (studio, client):
        studio.files[UPLOAD] = ServedFile(body=b"late")
        tasks = read(client)
    assert {task.text for task in tasks} == {"late"}
    assert len({task.source_hash for task in tasks}) == 1
    assert studio.asked.count(UPLOAD) <= 3  # once for each part of a page


def test_what_is_known_is_not_fetched() -> None:
    with label_studio(UPLOAD, "/data/upload/1/b.txt") as (studio, client):
        studio.files = {UPLOAD: ServedFile(body=b"late"), "/data/upload/1/b.txt": ServedFile(body=b"early")}
        first, _ = read(client)
        asked: list[list[str]] = []

        def know(hashes: Sequence[str]) -> dict[str, str]:
            asked.append(sorted(hashes))
            return {str(first.source_hash): first.text}

        studio.asked.clear()
        again = list(client.list_tasks(1, SCHEMA, know))
    assert [(task.text, task.fault) for task in again] == [("late", None), ("early", None)]
    assert [path for path in studio.asked if path.startswith("/data")] == ["/data/upload/1/b.txt"]
    assert len(asked) == 1


def test_a_file_that_is_gone_is_not_asked_for_at_every_sync() -> None:
    with label_studio(UPLOAD) as (studio, client):
        studio.files[UPLOAD] = ServedFile(status=404)
        assert [task.fault for _ in range(3) for task in read(client)] == [TextFault.NO_FILE] * 3
        assert studio.asked.count(UPLOAD) == 1
        client._files._clock = lambda: 1e12
        studio.files[UPLOAD] = ServedFile(body=b"late")
        assert [task.text for task in read(client)] == ["late"]


@pytest.mark.parametrize(
    ("tag", "body", "text"),
    [
        ("HyperText", b"<h1>Title</h1><p>One &amp; two</p>", "Title\nOne & two"),
        ("Paragraphs", b'[{"author": "Ann", "text": "Hello"}]', "Ann: Hello"),
        ("Table", b'{"name": "Ann", "age": 40}', "age: 40\nname: Ann"),
        ("Paragraphs", b"no JSON", ""),
        ("Table", b"no JSON", ""),
    ],
)
def test_each_tag_shows_what_the_file_holds(tag: str, body: bytes, text: str) -> None:
    schema = parse_label_config(f'<View><{tag} name="text" value="$text" valueType="url"/>{CHOICES}</View>')
    with label_studio(UPLOAD) as (studio, client):
        studio.files[UPLOAD] = ServedFile(body=body)
        (task,) = client.list_tasks(1, schema)
    assert task.text == text
    assert (task.fault is TextFault.NO_TEXT) == (text == "")


def test_a_text_beside_the_file_is_read_with_it_and_both_name_where_it_comes_from() -> None:
    tags = '<Text name="title" value="$title"/><Text name="text" value="$text" valueType="url"/>'
    schema = parse_label_config(f"<View>{tags}{CHOICES}</View>")
    both = parse_label_config(f"<View>{tags}{CHOICES}</View>", ConfigSelection(texts=("title", "text")))
    with label_studio(UPLOAD) as (studio, client):
        studio.task_data = {1: {"title": "One", "text": UPLOAD}, 2: {"title": "Two", "text": UPLOAD}}
        studio.files[UPLOAD] = ServedFile(body=b"late")
        read_both = list(client.list_tasks(1, both))
        assert {task.text for task in client.list_tasks(1, schema)} == {"late"}
    assert [task.text for task in read_both] == ["title:\nOne\n\ntext:\nlate", "title:\nTwo\n\ntext:\nlate"]
    assert len({task.source_hash for task in read_both}) == 2


def test_lists_are_asked_for_addresses_as_tasks_have_them() -> None:
    with label_studio(STORED) as (studio, client):
        read(client)
        assert re.search("resolve_uri=false", studio.asked[0])
