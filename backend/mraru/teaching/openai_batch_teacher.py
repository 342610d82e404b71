"""The LLM asked by batch jobs: plans each text's requests and makes an answer of the lines that come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import openai
from openai.types.chat import ChatCompletion

from mraru.batch_records import BatchOutcome
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teaching.asking_record import AskingRecord
from mraru.teaching.batch_plan import BatchPlan
from mraru.teaching.completion import Reading, read_completion
from mraru.teaching.conclusion import conclude_asking, find_wrong
from mraru.teaching.confidence import ConfidenceMethod
from mraru.teaching.failures import (
    CallRefused,
    CallUnavailable,
    TextRefused,
    translate_failure,
    why_text_was_refused,
)
from mraru.teaching.openai_batch import OpenAIBatchServer
from mraru.teaching.openai_teacher import OpenAITeacher
from mraru.teaching.pricing import Price

PRICE_FACTOR = 0.5  # of OpenAI and Azure OpenAI: what a batch costs of what asking at once does


class OpenAIBatchTeacher:
    """The same prompt, the same reading of answers and the same records as of `OpenAITeacher`, at another price.

    A request that the server refuses for a parameter teaches the memory that both share, so that the next job
    leaves it out. An answer outside the labels is asked again at once, at the full price.
    """

    def __init__(self, teacher: OpenAITeacher, *, is_azure: bool = False, price_factor: float = PRICE_FACTOR) -> None:
        """Nothing is sent.

        Args:
            teacher: asks at once; lends its client, prompt and memory.
            is_azure: whether the server is Azure OpenAI with an API version, which names paths in its own way.
            price_factor: what a batch costs of what asking at once does.
        """
        self._teacher = teacher
        self._parts = parts = teacher.parts
        self._server = OpenAIBatchServer(parts.client, secret=parts.secret, is_azure=is_azure)
        self._price = Price(
            input_usd_per_mtok=price_factor * parts.price.input_usd_per_mtok,
            output_usd_per_mtok=price_factor * parts.price.output_usd_per_mtok,
        )

    @property
    def identity(self) -> TeacherIdentity:
        return self._teacher.identity

    @property
    def server(self) -> OpenAIBatchServer:
        return self._server

    def cost_bound_usd(self, text: str) -> float:
        """More than the requests can cost in a job, and asking again at once at the full price."""
        once = self._parts.builder.prompt_tokens_bound(self._parts.prompt.render(text))
        n_answers, max_tokens = self._parts.confidence.n_answers, self._parts.builder.max_tokens
        in_job = self._price.cost_usd(prompt_tokens=n_answers * once, completion_tokens=n_answers * max_tokens)
        again = self._parts.price.cost_usd(
            prompt_tokens=once + self._parts.builder.ask_again_tokens_bound, completion_tokens=max_tokens
        )
        return in_job + again

    def tokens_bound(self, text: str) -> int:
        return self._teacher.tokens_bound(text)

    def plan(self, text: str) -> str:
        """The requests about a text as they would be made now; several where the server gives one answer at a time."""
        parts = self._parts
        body = self._teacher.plan_request(text)
        n_requests = 1 if "n" in body else parts.confidence.n_answers
        return BatchPlan(
            bodies=(body,) * n_requests,
            prompt_tokens_bound=parts.builder.prompt_tokens_bound(parts.prompt.render(text)),
            max_tokens=parts.builder.max_tokens,
            choices=parts.builder.schema.choices,
            examples=parts.prompt.examples_of(text),
            confidence=parts.confidence,
            style=parts.memory.style(),
            price=self._price,
        ).dump()

    def conclude(self, plan: str, lines: Sequence[str], text: str) -> BatchOutcome:
        """What came of a text; a failure beside an answer leaves it at what was answered: that is paid."""
        planned = BatchPlan.load(plan)
        record = self._new_record(planned)
        readings, failure = self._read(planned, lines, text, record)
        if readings or isinstance(failure, TextRefused):
            answer = self._conclude(planned, readings, None, record)
            is_outside = failure is None and find_wrong(readings) is not None
            return BatchOutcome(answer=answer, is_outside_labels=is_outside)
        if isinstance(failure, CallUnavailable | CallRefused):
            is_refused = isinstance(failure, CallRefused)
            return BatchOutcome(error=str(failure), maybe_billed=failure.maybe_billed, is_refused=is_refused)
        return BatchOutcome(error="the server gave no answer")

    def ask_again(self, plan: str, lines: Sequence[str], text: str) -> TeacherAnswer:
        """Ask once more and at once, in the same conversation, with what was wrong."""
        planned = BatchPlan.load(plan)
        record = self._new_record(planned)
        readings, _ = self._read(planned, lines, text, record)
        wrong = find_wrong(readings)
        again = None
        if wrong is not None:
            record.change_price(self._parts.price)
            messages: Any = planned.bodies[0]["messages"]
            again = self._teacher.ask_again(text, messages, wrong.raw, record)
        return self._conclude(planned, readings, again, record)

    def _new_record(self, planned: BatchPlan) -> AskingRecord:
        return AskingRecord(price=planned.price, max_tokens=planned.max_tokens, model=self.identity.model)

    def _conclude(
        self, planned: BatchPlan, readings: Sequence[Reading], again: Reading | None, record: AskingRecord
    ) -> TeacherAnswer:
        return conclude_asking(
            planned.schema, planned.confidence, readings, again, record, examples=planned.examples, latency_s=0.0
        )

    def _read(
        self, planned: BatchPlan, lines: Sequence[str], text: str, record: AskingRecord
    ) -> tuple[list[Reading], CallUnavailable | CallRefused | TextRefused | None]:
        """The choices of all lines, and the gravest of what went wrong."""
        readings: list[Reading] = []
        failures: list[CallUnavailable | CallRefused | TextRefused] = []
        for body, line in zip(planned.bodies, lines, strict=False):
            record.begin(body, planned.prompt_tokens_bound)
            try:
                completion = self._find_completion(json.loads(line), planned, text)
                answered, read = read_completion(planned.schema, completion, planned.max_tokens)
            except (CallUnavailable, CallRefused, TextRefused) as exc:
                failures.append(exc)
                continue
            record.add(answered)
            readings.extend(read)
        for failure in failures:
            if readings or isinstance(failure, TextRefused):
                record.note_failure(failure)
        wanted = planned.confidence.n_answers
        if planned.confidence.method is ConfidenceMethod.SAMPLES and not failures and 0 < len(readings) < wanted:
            self._parts.memory.note_refused("n")  # ignored without a word
        kinds = (CallRefused, TextRefused, CallUnavailable)
        return readings[:wanted], min(
            failures, key=lambda exc: [isinstance(exc, k) for k in kinds].index(True), default=None
        )

    def _find_completion(self, line: dict[str, Any], planned: BatchPlan, text: str) -> object:
        """The chat completion that a line holds.

        Raises:
            CallUnavailable, CallRefused, TextRefused: it holds a failure instead.
        """
        response = line.get("response")
        if not isinstance(response, dict):
            error = line.get("error") or {}
            said = error.get("code") or "no reason given"
            raise CallUnavailable(f"The batch job did not get to this text: {said}.", maybe_billed=False)
        status, said = response.get("status_code"), response.get("body")
        if status == 200 and isinstance(said, dict):
            completion = ChatCompletion.construct(**said)
            if response.get("request_id"):
                completion._request_id = str(response["request_id"])
            return completion
        exc = _as_status_error(int(status or 500), said, response.get("request_id"))
        reason = why_text_was_refused(exc)
        if reason is not None:
            raise TextRefused(reason, status=exc.status_code, request_id=exc.request_id)
        is_same_model = planned.bodies[0].get("model") == self.identity.model  # else it learned of another one
        if is_same_model and self._parts.memory.learn(exc, planned.style, planned.bodies[0].keys(), text):
            raise CallUnavailable("The server refused a parameter, which the next job leaves out.", maybe_billed=False)
        raise translate_failure(exc, text=text, secret=self._parts.secret)


def _as_status_error(status: int, said: object, request_id: object) -> openai.APIStatusError:
    """The client's error for a refusal that stands in a line, so that it means what it means when asked at once."""
    error = said.get("error", said) if isinstance(said, dict) else said
    message = error.get("message") if isinstance(error, dict) else None
    headers = {"x-request-id": str(request_id)} if request_id else {}
    response: Any = httpx.Response(status, headers=headers, request=httpx.Request("POST", "https://batch.invalid"))
    return openai.APIStatusError(str(message or f"HTTP {status}"), response=response, body=error)
