"""A Label Studio that speaks HTTP, as far as lists of tasks and files go: like 1.23 it fails over half a character."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LABEL_CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="Sport"/><Choice value="Tech"/></Choices></View>'
)
TOKEN = "a-legacy-token"  # nosec B105


@dataclass(frozen=True, kw_only=True)
class ServedFile:
    """What stands at an address."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/plain"})


def sent_to(address: str) -> ServedFile:
    """A redirect, as Label Studio makes one to what a storage has signed."""
    return ServedFile(status=303, headers={"Location": address})


class TasksOverHTTP:
    """Answers for one project; `asked` has the paths with their queries, in order."""

    def __init__(self, task_data: dict[int, dict[str, object]]) -> None:
        self.task_data = task_data
        self.annotated: dict[int, str] = {}  # label by task
        self.passing_failures: list[int] = []  # statuses of the next answers, whatever is asked
        self.ignores_filters = False
        self.asked: list[str] = []
        self.files: dict[str, ServedFile] = {}  # by path, with its query where it matters
        self.tokens: dict[str, str | None] = {}  # what was last sent as Authorization, by path with query
        self.url = ""

    def find_file(self, path: str, token: str | None) -> ServedFile | None:
        self.tokens[path] = token
        found = self.files.get(path, self.files.get(path.partition("?")[0]))
        if found is not None:
            self.asked.append(path)
            if self.passing_failures:
                return ServedFile(status=self.passing_failures.pop(0))
        return found

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.passing_failures:
            return self.passing_failures.pop(0), b"<html>Busy</html>"
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            if parts.path.rstrip("/") == "/api/tasks":
                asked = json.loads(query["query"])["filters"]["items"]
                return self._list(asked, int(query["page_size"]), query["include"].split(","))
        except UnicodeEncodeError as exc:
            return 500, f"<html>{exc.reason}</html>".encode()
        return 404, b"{}"

    def _list(self, filters: list[dict[str, object]], page_size: int, include: list[str]) -> tuple[int, bytes]:
        matching = sorted(task for task in self.task_data if all(self._fits(task, wanted) for wanted in filters))
        rows = [self._row(task, include) for task in matching[:page_size]]
        return 200, _encode({"total": len(matching), "tasks": rows})

    def _fits(self, task_id: int, wanted: dict[str, object]) -> bool:
        if self.ignores_filters:
            return True
        match wanted["filter"], wanted["operator"]:
            case "filter:tasks:id", "greater":
                return task_id > int(str(wanted["value"]))
            case "filter:tasks:annotations_ids", "empty":
                return (task_id not in self.annotated) == wanted["value"]
        raise AssertionError(f"no such filter: {wanted}")

    def _row(self, task_id: int, include: list[str]) -> dict[str, object]:
        label = self.annotated.get(task_id)
        result = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}]
        annotation = {"id": 100 + task_id, "task": task_id, "result": result, "lead_time": 2.5}
        row = {
            "id": task_id,
            "data": self.task_data[task_id],
            "overlap": 1,
            "annotations": [{name: annotation[name] for name in annotation if name in include or "data" in include}]
            if label is not None
            else [],
        }
        return {name: value for name, value in row.items() if name in include}


def _encode(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


@contextmanager
def serve_tasks(tasks: TasksOverHTTP) -> Iterator[TasksOverHTTP]:
    """Serve them for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served = tasks.find_file(self.path, self.headers.get("Authorization"))
            if served is None:
                status, body = tasks.answer(self.path)
                served = ServedFile(status=status, body=body, headers={})
            self.send_response(served.status)
            for name, value in {"Content-Length": str(len(served.body)), **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked has had enough
                self.wfile.write(served.body)

        def do_HEAD(self) -> None:
            """There is something, as storages are asked before they are used."""
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        tasks.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield tasks
        server.shutdown()
        thread.join()
