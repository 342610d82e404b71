"""The simulated teacher: a real HTTP server on this machine that speaks OpenAI's chat completions.

    with OpenAIServer(lambda text: "Sport") as server:
        server.queue(rate_limited(retry_after_s=1))  # the next request fails, the one after it does not
        ... OPENAI_BASE_URL = server.base_url ...
        assert server.texts == ["...", "..."]

Or by hand: `python -m fakes.openai_server --port 8000 --labels Sport,Tech` (from the folder `tests`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fakes.openai_batches import SimulatedBatches
from fakes.openai_completion import count_prompt_tokens, make_completion
from fakes.openai_faults import (
    ConnectionReset,
    Fault,
    OddAnswer,
    RawBody,
    Refusal,
    Stall,
    context_exceeded,
    unwelcome_format,
    unwelcome_parameter,
)
from mraru.teachers.side_questions.definition_question import JOB

LONGEST_STALL_S = 30.0  # a test that forgets to let go fails by its own assertions, not by hanging


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request as it came."""

    body: dict[str, Any]
    authorization: str
    fault: Fault | None  # what was done to it
    path: str = "/v1/chat/completions"  # with its query
    api_key: str = ""  # the header that Azure reads

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        """The text in its delimiters; a question that is asked again follows it."""
        shown = [str(m["content"]) for m in self.body["messages"] if m["role"] == "user"]
        return next(content for content in reversed(shown) if content.startswith("<text>"))

    @property
    def answer_format(self) -> str:
        """The name of the answer format that was asked for."""
        return "tool" if "tools" in self.body else str(self.body.get("response_format", {"type": "text"})["type"])

    @property
    def is_for_definition(self) -> bool:
        """Whether a definition of a label is to be drafted."""
        return self.system.startswith(JOB)

    @property
    def text(self) -> str:
        """The text to label, out of its delimiters."""
        return self.user.removeprefix("<text>\n").removesuffix("\n</text>")


class OpenAIServer:
    """Answers with `label_text(text)`, records every request, and fails as told. Thread-safe."""

    def __init__(self, label_text: Callable[[str], str], *, port: int = 0) -> None:
        self.label_text = label_text
        self.definition = "What the simulated teacher would call a definition."  # in answer to a request for a draft
        self.headers: dict[str, str] = {}  # sent with every good answer, such as those of rate limits
        self.unwelcome_parameters: set[str] = set()  # refused with a 400 that names them
        self.unwelcome_formats: set[str] = set()  # json_schema, tool, json_object: refused with a 400
        self.text_faults: dict[str, Fault] = {}  # what always happens to a text, if it is shown whole
        self.every_fault: Fault | None = None  # what always happens, where nothing else does
        self.context_tokens: int | None = None  # what is longer, at 4 bytes a token, is refused as llama.cpp does
        self.models: list[dict[str, Any]] = [{"id": "simulated", "object": "model"}]  # what /models lists
        self.max_choices: int | None = None  # given at most, whatever `n` asks for
        self.behaves: Callable[[dict[str, Any]], OddAnswer] = lambda body: OddAnswer()  # where nothing is queued
        self.before_answer: Callable[[], object] = lambda: None  # called when a request is about to be answered
        self.usages: list[dict[str, Any]] = []  # of every answer that was given at once
        self.let_go = threading.Event()  # ends a Stall
        self.stalled = threading.Event()  # set when a request has begun to stall
        self.batches = SimulatedBatches(self)  # files and batch jobs
        self._faults: deque[Fault | None] = deque()
        self._requests: list[RecordedRequest] = []
        self._guard = threading.Lock()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.simulated = self
        # serve_forever looks up every poll_interval whether to stop; the default half second slows tests.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.let_go.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def queue(self, *faults: Fault | None) -> None:
        """One fault per coming request, in order; None for a good answer in between."""
        with self._guard:
            self._faults.extend(faults)

    @property
    def requests(self) -> list[RecordedRequest]:
        with self._guard:
            return list(self._requests)

    @property
    def n_requests(self) -> int:
        return len(self.requests)

    @property
    def texts(self) -> list[str]:
        """The texts asked about, in order, failed requests too."""
        return [request.text for request in self.requests]

    @property
    def texts_answered_twice(self) -> list[str]:
        """Texts that got more than one whole answer: money thrown away."""
        answered = Counter(request.text for request in self.requests if isinstance(request.fault, OddAnswer | None))
        return [text for text, times in answered.items() if times > 1]

    def record(self, request: RecordedRequest) -> tuple[int, RecordedRequest]:
        """Write a request down and decide what happens to it."""
        with self._guard:
            unwelcome = sorted(self.unwelcome_parameters & request.body.keys())
            fault: Fault | None = unwelcome_parameter(unwelcome[0]) if unwelcome else None
            if fault is None and request.answer_format in self.unwelcome_formats:
                fault = unwelcome_format(request.answer_format)
            fault = fault or self.refuse_length(request.body) or self.text_faults.get(request.text)
            if fault is None and self._faults:
                fault = self._faults.popleft()
            request = replace(request, fault=fault or self.every_fault)
            self._requests.append(request)
            return len(self._requests), request

    def refuse_length(self, body: dict[str, Any]) -> Fault | None:
        """What is said to a prompt that is too long; None where it is not."""
        n_prompt_tokens = count_prompt_tokens(body)
        if self.context_tokens is None or n_prompt_tokens <= self.context_tokens:
            return None
        return context_exceeded(n_prompt_tokens, self.context_tokens)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulated: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that time out hang up; that is meant here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.server.simulated.batches.handle_get(self):
            return
        if self.path != "/v1/models":
            self.send_refusal(Refusal(status=404, message=f"Unknown path {self.path}"))
            return
        self.send_json(200, {"object": "list", "data": self.server.simulated.models})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.simulated.batches.handle_post(self, content):
            return
        body = json.loads(content)
        azure = f"/openai/deployments/{body.get('model')}/chat/completions?api-version="
        if self.path != "/v1/chat/completions" and not self.path.startswith(azure):
            self.send_refusal(Refusal(status=404, message=f"Unknown path {self.path}"))
            return
        simulated = self.server.simulated
        number, request = simulated.record(
            RecordedRequest(
                body=body,
                authorization=self.headers.get("Authorization", ""),
                fault=None,
                path=self.path,
                api_key=self.headers.get("api-key", ""),
            )
        )
        match request.fault:
            case Refusal() | RawBody() as refusal:
                self.send_fault(refusal)
            case ConnectionReset():
                self._reset(self._complete(number, request, OddAnswer()))
            case Stall():
                simulated.stalled.set()
                simulated.let_go.wait(LONGEST_STALL_S)
                self.close_connection = True
            case fault:
                answer = self._complete(number, request, fault or simulated.behaves(request.body))
                self.send_json(200, answer, {"x-request-id": f"req_{number:012x}", **simulated.headers})

    def _complete(self, number: int, request: RecordedRequest, odd: OddAnswer) -> dict[str, Any]:
        simulated = self.server.simulated
        simulated.before_answer()
        label = simulated.definition if request.is_for_definition else simulated.label_text(request.text)
        completion = make_completion(number, request.body, label, odd, max_choices=simulated.max_choices)
        simulated.usages.append(completion.get("usage") or {})
        return completion

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def send_fault(self, fault: Refusal | RawBody) -> None:
        if isinstance(fault, RawBody):
            self.send_content(fault.status, fault.body.encode(), {"Content-Type": fault.content_type})
        else:
            self.send_refusal(fault)

    def send_refusal(self, refusal: Refusal) -> None:
        error = {
            "message": refusal.message,
            "type": refusal.type,
            "param": refusal.param,
            "code": refusal.code,
        }
        self.send_json(refusal.status, {"error": error}, {"x-request-id": "req_refused", **refusal.headers})

    def send_json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self.send_content(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send_content(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.drop()

    def drop(self) -> None:
        """Reset the connection."""
        # Lingering for zero seconds makes closing a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()


def main() -> None:
    """Serve until Ctrl-C; the label is the first one that the text names, else the first of all."""
    parser = argparse.ArgumentParser(description="A simulated teacher behind OpenAI's protocol.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--labels", required=True, help="separated by commas")
    arguments = parser.parse_args()
    labels = arguments.labels.split(",")

    def name_label(text: str) -> str:
        return next((label for label in labels if label.lower() in text.lower()), labels[0])

    with OpenAIServer(name_label, port=arguments.port), contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
