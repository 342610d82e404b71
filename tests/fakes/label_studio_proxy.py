"""A proxy in front of a Label Studio: it writes every request down, and holds an answer back until a test lets go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

LONGEST_WAIT_S = 60.0  # a test that forgets to let go fails by its own assertions, not by hanging
NOT_PASSED_ON = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}


@dataclass(frozen=True, kw_only=True)
class ProxiedRequest:
    """One request as it came."""

    method: str
    path: str
    body: str


@dataclass(kw_only=True)
class Gate:
    """Holds the first answer to a request that is wanted, after Label Studio has given it."""

    is_wanted: Callable[[ProxiedRequest], bool]
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def wait_until_reached(self) -> None:
        assert self.reached.wait(LONGEST_WAIT_S), "no such request came"


class LabelStudioProxy:
    """Passes everything on to `upstream`, and holds what its gates say."""

    def __init__(self, upstream: str) -> None:
        self._http = httpx.Client(base_url=upstream, timeout=LONGEST_WAIT_S)
        self._requests: list[ProxiedRequest] = []
        self._gates: list[Gate] = []
        self._guard = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> LabelStudioProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for gate in self._gates:
            gate.opened.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._http.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[ProxiedRequest]:
        with self._guard:
            return list(self._requests)

    def hold(self, is_wanted: Callable[[ProxiedRequest], bool]) -> Gate:
        """A gate for the next request that is wanted."""
        gate = Gate(is_wanted=is_wanted)
        with self._guard:
            self._gates.append(gate)
        return gate

    def pass_on(self, request: ProxiedRequest, headers: dict[str, str]) -> httpx.Response:
        with self._guard:
            self._requests.append(request)
            gates = list(self._gates)
        gate = next((gate for gate in gates if not gate.reached.is_set() and gate.is_wanted(request)), None)
        answer = self._http.request(request.method, request.path, content=request.body.encode(), headers=headers)
        if gate is not None:
            gate.reached.set()
            gate.opened.wait(LONGEST_WAIT_S)
        return answer

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
                answer = proxy.pass_on(ProxiedRequest(method=self.command, path=self.path, body=body), headers)
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in NOT_PASSED_ON:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: a test's output is for its failures."""

        return Handler
