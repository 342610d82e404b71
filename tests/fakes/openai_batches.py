"""Files and batch jobs of the simulated teacher's server, in the shapes of OpenAI's Batch API.

server.batches.is_held = True          # jobs stay in progress until it is False again
server.batches.line_faults["a text"] = server_error()   # this text's line fails
server.batches.expire_after = 3        # the job expires with so many lines answered
server.batches.drop_after_create = 1   # so many jobs are created and the connection is reset before it is said
server.batches.create_faults.append(rate_limited())     # the next job is refused
server.batches.is_offered = False      # a server without files and batches
"""

from __future__ import annotations

import email
import email.policy
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from fakes.openai_completion import make_completion
from fakes.openai_faults import Fault, OddAnswer, RawBody, Refusal, unwelcome_parameter

if TYPE_CHECKING:
    from fakes.openai_server import OpenAIServer, _Handler

PAGE = 2  # jobs in a page of a listing: so few that every test of it turns pages
OVER = ("completed", "failed", "expired", "cancelled")


@dataclass(kw_only=True)
class SimulatedJob:
    """One batch job."""

    id: str
    input_file_id: str
    endpoint: str
    metadata: dict[str, str]
    created_at: int
    lines: list[dict[str, Any]]
    status: str = "validating"
    n_completed: int = 0
    n_failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        """The batch object."""
        ended = {f"{status}_at": self.created_at + 60 if self.status == status else None for status in OVER}
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "in_progress_at": None if self.status == "validating" else self.created_at + 1,
            "expires_at": self.created_at + 24 * 3600,
            "finalizing_at": None,
            "cancelling_at": None,
            **ended,
            "request_counts": {"total": len(self.lines), "completed": self.n_completed, "failed": self.n_failed},
            "metadata": self.metadata,
        }


class SimulatedBatches:
    """The jobs of one server. A job that is not held is done at the first look at it."""

    def __init__(self, server: OpenAIServer) -> None:
        self._server = server
        self._guard = threading.RLock()
        self.files: dict[str, bytes] = {}
        self.jobs: list[SimulatedJob] = []
        self.n_looks = 0
        self.is_offered = True
        self.is_held = False
        self.line_faults: dict[str, Fault] = {}  # by text
        self.lines_left_out: set[str] = set()  # texts of which the output says nothing although they were answered
        self.expire_after: int | None = None  # lines
        self.fail_with: list[dict[str, Any]] = []  # errors of the next jobs as a whole, each for one job
        self.create_faults: deque[Refusal | RawBody] = deque()
        self.upload_faults: deque[Refusal] = deque()
        self.look_faults: deque[Refusal] = deque()
        self.drop_before_create = 0
        self.drop_after_create = 0

    @property
    def texts(self) -> list[list[str]]:
        """The texts of each job, in the order of creation."""
        return [[_text_of(line["body"]) for line in job.lines] for job in self.jobs]

    def handle_post(self, handler: _Handler, content: bytes) -> bool:
        """Answer if the path is one of files or batches."""
        parts = _parts(handler.path)
        if parts is None:
            return False
        with self._guard:
            match parts if self.is_offered else None:
                case ["files"]:
                    self._upload(handler, content)
                case ["batches"]:
                    self._create(handler, json.loads(content))
                case ["batches", job_id, "cancel"]:
                    job = self._find(job_id)
                    if job.status not in OVER:
                        self._end(job, "cancelled", len(job.lines) // 2)
                    handler.send_json(200, job.show())
                case _:
                    handler.send_refusal(Refusal(status=404, message=f"Unknown path {handler.path}"))
        return True

    def handle_get(self, handler: _Handler) -> bool:
        """Answer if the path is one of files or batches."""
        parts = _parts(handler.path)
        if parts is None:
            return False
        with self._guard:
            match parts if self.is_offered else None:
                case ["files", file_id, "content"] if file_id in self.files:
                    handler.send_content(200, self.files[file_id], {"Content-Type": "application/octet-stream"})
                case ["batches"]:
                    self._list(handler)
                case ["batches", job_id] if any(job.id == job_id for job in self.jobs):
                    self._look(handler, self._find(job_id))
                case _:
                    handler.send_refusal(Refusal(status=404, message=f"No such thing: {handler.path}"))
        return True

    def _upload(self, handler: _Handler, content: bytes) -> None:
        if self.upload_faults:
            handler.send_refusal(self.upload_faults.popleft())
            return
        fields = _read_form(handler.headers["Content-Type"], content)
        assert fields["purpose"] == b"batch", fields["purpose"]
        file_id = self._keep(fields["file"])
        handler.send_json(
            200,
            {
                "id": file_id,
                "object": "file",
                "bytes": len(fields["file"]),
                "created_at": int(time.time()),
                "filename": "requests.jsonl",
                "purpose": "batch",
                "status": "processed",
            },
        )

    def _create(self, handler: _Handler, body: dict[str, Any]) -> None:
        if self.drop_before_create:
            self.drop_before_create -= 1
            handler.drop()
            return
        if self.create_faults:
            handler.send_fault(self.create_faults.popleft())
            return
        assert body["completion_window"] == "24h"
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].decode().splitlines()]
        assert all(line["method"] == "POST" and line["url"] == body["endpoint"] for line in lines)
        assert len({line["custom_id"] for line in lines}) == len(lines)
        job = SimulatedJob(
            id=f"batch_{len(self.jobs):06d}",
            input_file_id=body["input_file_id"],
            endpoint=body["endpoint"],
            metadata=body.get("metadata") or {},
            created_at=int(time.time()),
            lines=lines,
        )
        self.jobs.append(job)
        if self.drop_after_create:
            self.drop_after_create -= 1
            handler.drop()
            return
        handler.send_json(200, job.show())

    def _list(self, handler: _Handler) -> None:
        asked = parse_qs(urlsplit(handler.path).query)
        listed = list(reversed(self.jobs))
        if "after" in asked:
            listed = listed[[job.id for job in listed].index(asked["after"][0]) + 1 :]
        page = listed[:PAGE]
        handler.send_json(
            200,
            {
                "object": "list",
                "data": [job.show() for job in page],
                "first_id": page[0].id if page else None,
                "last_id": page[-1].id if page else None,
                "has_more": len(listed) > len(page),
            },
        )

    def _look(self, handler: _Handler, job: SimulatedJob) -> None:
        self.n_looks += 1
        if self.look_faults:
            handler.send_refusal(self.look_faults.popleft())
            return
        if job.status not in OVER:
            if self.fail_with:
                job.status, job.errors = "failed", [self.fail_with.pop(0)]
            elif self.is_held:
                job.status = "in_progress"
            elif self.expire_after is not None:
                self._end(job, "expired", self.expire_after)
            else:
                self._end(job, "completed", len(job.lines))
        handler.send_json(200, job.show())

    def _end(self, job: SimulatedJob, status: str, n_reached: int) -> None:
        answered: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for position, line in enumerate(job.lines):
            text = _text_of(line["body"])
            shown = {"id": f"batch_req_{position:06d}", "custom_id": line["custom_id"], "response": None, "error": None}
            if position >= n_reached:
                shown["error"] = {"code": f"batch_{status}", "message": "This request could not be executed in time."}
                failed.append(shown)
                continue
            http_status, said = self._answer(line["body"], text)
            shown["response"] = {"status_code": http_status, "request_id": f"req_batch_{position}", "body": said}
            if http_status == 200:
                job.n_completed += 1
                if text not in self.lines_left_out:
                    answered.append(shown)
            else:
                failed.append(shown)
        job.n_failed = len(failed)
        job.status = status
        job.output_file_id = self._keep_lines(answered)
        job.error_file_id = self._keep_lines(failed)

    def _answer(self, body: dict[str, Any], text: str) -> tuple[int, dict[str, Any]]:
        fault = self._server.refuse_length(body) or self.line_faults.get(text)
        unwelcome = sorted(self._server.unwelcome_parameters & body.keys())
        if unwelcome:
            fault = unwelcome_parameter(unwelcome[0])
        if isinstance(fault, Refusal):
            error = {"message": fault.message, "type": fault.type, "param": fault.param, "code": fault.code}
            return fault.status, {"error": error}
        if isinstance(fault, RawBody):
            said: dict[str, Any] = json.loads(fault.body)
            return fault.status, said
        odd = fault if isinstance(fault, OddAnswer) else self._server.behaves(body)
        label = self._server.label_text(text)
        completion = make_completion(len(self.jobs), body, label, odd, max_choices=self._server.max_choices)
        return 200, completion

    def _find(self, job_id: str) -> SimulatedJob:
        return next(job for job in self.jobs if job.id == job_id)

    def _keep(self, content: bytes) -> str:
        file_id = f"file-{len(self.files):06d}"
        self.files[file_id] = content
        return file_id

    def _keep_lines(self, lines: list[dict[str, Any]]) -> str | None:
        return self._keep("".join(json.dumps(line) + "\n" for line in lines).encode()) if lines else None


def _parts(path: str) -> list[str] | None:
    """The path behind `/v1/` or, at Azure, `/openai/`, if it is one of files or batches."""
    _, first, *parts = urlsplit(path).path.split("/")
    return parts if first in ("v1", "openai") and parts and parts[0] in ("files", "batches") else None


def _text_of(body: dict[str, Any]) -> str:
    shown = [str(message["content"]) for message in body["messages"] if message["role"] == "user"]
    return shown[-1].removeprefix("<text>\n").removesuffix("\n</text>")


def _read_form(content_type: str, content: bytes) -> dict[str, bytes]:
    message = email.message_from_bytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + content, policy=email.policy.HTTP
    )
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():  # type: ignore[attr-defined]
        fields[part.get_param("name", header="content-disposition")] = part.get_payload(decode=True)
    return fields
