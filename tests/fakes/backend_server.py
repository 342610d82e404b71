"""A tiny ML backend over real HTTP that writes down what Label Studio sends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request as it came, and the status that it got."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: Any  # parsed JSON; None where there was none
    response_status: int


class FakeBackendServer:
    """Answers `/health`, `/setup`, `/predict`, `/versions` and `/webhook` on a free port of 127.0.0.1."""

    def __init__(self, label: str = "A", model_version: str = "fake-v1") -> None:
        self.label = label
        self.model_version = model_version
        self.is_up = True  # else `/health` says that it is not
        self._received: list[ReceivedRequest] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def received(self) -> list[ReceivedRequest]:
        with self._arrived:
            return list(self._received)

    def forget(self) -> None:
        with self._arrived:
            self._received.clear()

    def wait_for(self, wanted: Callable[[ReceivedRequest], bool], timeout_s: float = 20.0) -> ReceivedRequest:
        """The first request that is wanted; waits for it to arrive."""

        def find() -> ReceivedRequest | None:
            return next((request for request in self._received if wanted(request)), None)

        with self._arrived:
            found = self._arrived.wait_for(find, timeout_s)
        assert found is not None, "the backend never received that request"
        return found

    def wait_for_action(self, action: str, timeout_s: float = 20.0) -> ReceivedRequest:
        return self.wait_for(
            lambda request: request.path == "/webhook" and request.body.get("action") == action, timeout_s
        )

    def _answer(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        if path == "/health" and not self.is_up:
            return 503, {"error": "not up yet"}
        if path in ("/health", "/"):
            return 200, {"status": "UP", "model_class": "Fake"}
        if path == "/setup":
            return 200, {"model_version": self.model_version}
        if path.startswith("/versions"):
            return 200, {"versions": [self.model_version]}
        if path == "/predict":
            result = [
                {
                    "from_name": "label",
                    "to_name": "text",
                    "type": "choices",
                    "value": {"choices": [self.label]},
                }
            ]
            entry = {"result": result, "score": 0.5, "model_version": self.model_version}
            return 200, {"results": [entry for _ in body["tasks"]]}
        if path == "/webhook":
            return 200, {}
        return 404, {"detail": "not found"}

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply()

            def do_POST(self) -> None:
                self._reply()

            def _reply(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(raw) if raw else None
                status, answer = fake._answer(self.path, body)
                request = ReceivedRequest(
                    method=self.command,
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                    response_status=status,
                )
                with fake._arrived:
                    fake._received.append(request)
                    fake._arrived.notify_all()
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test output quiet."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
