"""Batch jobs of OpenAI's protocol: a file of requests, half the price, an answer within a day."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

import openai
from openai.pagination import SyncCursorPage
from openai.types import Batch, FileObject

from mraru.batch_records import BatchLines, BatchProgress
from mraru.teachers.batch.batch_plan import BatchPlan
from mraru.teachers.servers.call_failures import CallRefused, translate_failure
from mraru.teachers.servers.error_bodies import raise_hidden_error

logger = logging.getLogger(__name__)

MARK = "mraru_job"  # under which a job's metadata holds our mark
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
CLOCKS_APART_S = 3600.0  # the most by which the server's clock is thought to differ from ours
# Why a job is refused as a whole; anything else may pass.
REFUSED_CODES = frozenset(
    {
        "model_not_found",
        "invalid_model",
        "invalid_api_key",
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "account_deactivated",
        "invalid_endpoint",
        "unsupported_model",
    }
)
Result = TypeVar("Result")


class OpenAIBatchServer:
    """The Batch API of OpenAI, Azure OpenAI or a compatible server; nothing is tried twice here."""

    def __init__(self, client: openai.OpenAI, *, secret: str | None, is_azure: bool = False) -> None:
        self._client = client
        self._secret = secret
        self._endpoint = "/chat/completions" if is_azure else "/v1/chat/completions"

    def upload(self, plans: Mapping[int, str]) -> str:
        """Send the requests as JSON Lines; those of one call are told apart by their place in its plan."""
        lines = [
            json.dumps(
                {"custom_id": f"{call_id}-{position}", "method": "POST", "url": self._endpoint, "body": body},
                ensure_ascii=False,
            )
            for call_id, plan in plans.items()
            for position, body in enumerate(BatchPlan.load(plan).bodies)
        ]
        content = "\n".join(lines).encode("utf-8", "replace") + b"\n"
        uploaded = self._ask(
            lambda: self._client.files.create(file=("requests.jsonl", content, "application/jsonl"), purpose="batch")
        )
        if not isinstance(uploaded, FileObject) or not uploaded.id:
            raise CallRefused(_WITHOUT_BATCHES)
        return uploaded.id

    def create(self, file_id: str, mark: str) -> str:
        """Begin a job that carries our mark, by which it is found again."""
        endpoint: Any = self._endpoint  # Azure's is not in the client's list
        created = self._ask(
            lambda: self._client.batches.create(
                input_file_id=file_id, endpoint=endpoint, completion_window="24h", metadata={MARK: mark}
            )
        )
        return _expect_batch(created).id

    def find(self, mark: str, since: float) -> str | None:
        """Look through the jobs of the account, the newest first, down to those begun before `since`."""
        after: str | None = None
        while True:
            page = self._ask(partial(self._list, after))
            for batch in page.data:
                if (batch.metadata or {}).get(MARK) == mark:
                    return batch.id
            if not page.data or not page.has_more or page.data[-1].created_at < since - CLOCKS_APART_S:
                return None
            after = page.data[-1].id

    def _list(self, after: str | None) -> SyncCursorPage[Batch]:
        return self._client.batches.list(limit=100, extra_query={"after": after} if after else None)

    def look(self, remote_id: str) -> BatchProgress:
        """How far the job is; one that the server no longer knows is over, and nothing is said of its answers."""
        try:
            batch = _expect_batch(self._ask(lambda: self._client.batches.retrieve(remote_id), lost_is_refusal=False))
        except _Lost:
            return BatchProgress(is_over=True, is_lost=True, error="the server no longer knows this job")
        counts = batch.request_counts
        errors = (batch.errors.data if batch.errors is not None else None) or []
        said = "; ".join(dict.fromkeys(self._quote(error.message or error.code or "") for error in errors[:3]))
        error = f"{batch.status}: {said}" if said else batch.status
        return BatchProgress(
            is_over=batch.status in OVER,
            n_done=counts.completed + counts.failed if counts else 0,
            error=None if batch.status == "completed" or batch.status not in OVER else error,
            is_refused=batch.status == "failed" and any(error.code in REFUSED_CODES for error in errors),
        )

    def read(self, remote_id: str) -> BatchLines:
        """The lines of output and errors, by the number of their call; what cannot be read is left out."""
        batch = _expect_batch(self._ask(lambda: self._client.batches.retrieve(remote_id)))
        answered = self._download(batch.output_file_id)
        failed = self._download(batch.error_file_id)
        found: dict[int, dict[int, str]] = {}
        for line in [*answered, *failed]:
            try:
                call_id, _, position = str(json.loads(line)["custom_id"]).partition("-")
                found.setdefault(int(call_id), {}).setdefault(int(position), line)
            except (ValueError, KeyError, TypeError, RecursionError):
                logger.warning("a line of a batch job cannot be read", extra={"event": "batch_line_unreadable"})
        n_answers = sum(len(lines) for lines in found.values()) - len(failed)
        counts = batch.request_counts
        n_counted = counts.completed if counts else 0
        is_counted = counts is not None or batch.status == "failed"
        return BatchLines(
            by_call={call: tuple(lines[position] for position in sorted(lines)) for call, lines in found.items()},
            is_whole=is_counted and n_answers >= n_counted,
        )

    def cancel(self, remote_id: str) -> None:
        """Have the job end soon."""
        self._ask(lambda: self._client.batches.cancel(remote_id))

    def _download(self, file_id: str | None) -> list[str]:
        if not file_id:
            return []
        try:
            content = self._ask(lambda: self._client.files.content(file_id).content, lost_is_refusal=False)
        except _Lost:
            return []
        return [line for line in content.decode("utf-8", "replace").split("\n") if line.strip()]

    def _quote(self, message: str) -> str:
        return message.replace(self._secret, "***") if self._secret else message

    def _ask(self, request: Callable[[], Result], *, lost_is_refusal: bool = True) -> Result:
        """Make a request, its failures as ours.

        Raises:
            CallUnavailable: a later attempt may succeed.
            CallRefused: no attempt will succeed until a setting changes.
        """
        try:
            answered = request()
            if not getattr(answered, "id", None):
                raise_hidden_error(answered)
            return answered
        except openai.APIStatusError as exc:
            if exc.status_code in (404, 405, 501):
                raise (CallRefused(_WITHOUT_BATCHES) if lost_is_refusal else _Lost()) from None
            raise translate_failure(exc, text="", secret=self._secret) from None
        except openai.APIError as exc:
            raise translate_failure(exc, text="", secret=self._secret) from exc
        except ValueError as exc:
            raise CallRefused(_WITHOUT_BATCHES) from exc


class _Lost(Exception):
    """The server does not know what was asked for."""


def _expect_batch(said: object) -> Batch:
    if not isinstance(said, Batch) or not cast(object, said.id):
        raise CallRefused(_WITHOUT_BATCHES)
    return said


_WITHOUT_BATCHES = (
    "The LLM's server has no Batch API at OPENAI_BASE_URL: unset MRARU_BATCH_API to ask it at once instead."
)
