"""The LLM asked by batch jobs: plans each text's requests and makes an answer of the lines that come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import openai

from mraru.batch_records import BatchOutcome
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.batch.batch_plan import BatchPlan
from mraru.teachers.batch.openai_batch import OpenAIBatchServer
from mraru.teachers.llm.answers.chat_answer import Completion
from mraru.teachers.llm.answers.completion import Reading, read_completion
from mraru.teachers.llm.answers.confidence import ConfidenceMethod
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.conclusion import conclude_asking, find_wrong
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.servers.call_failures import (
    CallRefused,
    CallUnavailable,
    TextRefused,
    TextTooLong,
    UnexplainedRefusal,
)
from mraru.teachers.servers.error_bodies import UNKNOWN_FAILURE, as_hidden_error, as_status_error, raise_hidden_error
from mraru.teachers.servers.openai_client import is_azure_server
from mraru.teachers.servers.request_refusals import Failure, understand_refusal
from mraru.teachers.servers.whole_text import make_whole
from mraru.teachers.shortlists.page_answers import conclude_page

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
        self._bills_refusals = is_azure or is_azure_server(self.identity.server)  # it does so by a prompt's length
        self._server = OpenAIBatchServer(parts.client, secret=parts.secret, is_azure=is_azure)
        self._price = Price(
            input_usd_per_mtok=price_factor * parts.price.input_usd_per_mtok,
            output_usd_per_mtok=price_factor * parts.price.output_usd_per_mtok,
        )

    @property
    def identity(self) -> TeacherIdentity:
        return self._teacher.identity

    def identity_of(self, text: str) -> TeacherIdentity:
        return self._teacher.identity_of(text)

    @property
    def server(self) -> OpenAIBatchServer:
        return self._server

    def cost_bound_usd(self, text: str) -> float:
        """More than the requests can cost in a job, and asking again at once at the full price."""
        parts = self._told(text).parts
        once = parts.builder.prompt_tokens_bound(parts.prompt.render(text))
        n_answers, max_tokens = parts.confidence.n_answers, parts.room.bound()
        in_job = self._price.cost_usd(prompt_tokens=n_answers * once, completion_tokens=n_answers * max_tokens)
        again = parts.price.cost_usd(
            prompt_tokens=once + parts.builder.ask_again_tokens_bound, completion_tokens=max_tokens
        )
        return in_job + again

    def tokens_bound(self, text: str) -> int:
        return self._teacher.tokens_bound(text)

    def plan(self, text: str) -> str:
        """The requests about a text as they would be made now; several where the server gives one answer at a time."""
        told = self._told(text)
        parts, page = told.parts, told.page
        messages, text_tokens = told.fitting.render(text)
        body = told.plan_request(text, messages)
        n_requests = 1 if "n" in body else parts.confidence.n_answers
        return BatchPlan(
            bodies=(body,) * n_requests,
            prompt_tokens_bound=parts.builder.prompt_tokens_bound(messages),
            max_tokens=parts.room.reserved,
            choices=parts.builder.schema.choices,
            is_multiple=parts.builder.schema.is_multiple,
            questions=parts.builder.schema.questions,
            most=parts.builder.schema.most,
            is_required=page.is_required if page is not None else parts.builder.schema.is_required,
            known=page.known.choices if page is not None else (),
            is_last_page=page is None or page.is_last,
            examples=parts.prompt.examples_of(text),
            confidence=parts.confidence,
            style=parts.memory.style(),
            price=self._price,
            text_tokens=text_tokens,
        ).dump()

    def _told(self, text: str) -> OpenAITeacher:
        return self._teacher.for_text(text) or self._teacher

    def conclude(self, plan: str, lines: Sequence[str], text: str) -> BatchOutcome:
        """What came of a text; a failure beside an answer leaves it at what was answered: that is paid."""
        planned = BatchPlan.load(plan)
        record = self._new_record(planned)
        readings, failures = self._read(planned, lines, text, record)
        failure = _gravest(failures)
        if readings or isinstance(failure, TextRefused):
            answer = self._conclude(planned, readings, None, record)
            is_outside = failure is None and find_wrong(readings) is not None
            is_unexplained = not readings and isinstance(failure, UnexplainedRefusal)
            return BatchOutcome(
                answer=answer,
                is_outside_labels=is_outside,
                is_unexplained=is_unexplained,
                error=failure.of_all if is_unexplained and isinstance(failure, UnexplainedRefusal) else None,
            )
        if isinstance(failure, CallUnavailable | CallRefused):
            is_refused = isinstance(failure, CallRefused)
            maybe_billed = any(getattr(one, "maybe_billed", True) for one in failures)  # also of what is less grave
            return BatchOutcome(error=str(failure), maybe_billed=maybe_billed, is_refused=is_refused)
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
            page = planned.page
            asked = self._teacher.for_page(page) if page is not None else self._teacher
            again = asked.ask_again(text, messages, wrong.raw, record)
        return self._conclude(planned, readings, again, record)

    def _new_record(self, planned: BatchPlan) -> AskingRecord:
        record = AskingRecord(price=planned.price, max_tokens=planned.max_tokens, news=self._parts.news)
        if planned.text_tokens is not None:
            record.note_cut(planned.text_tokens)
        return record

    def _conclude(
        self, planned: BatchPlan, readings: Sequence[Reading], again: Reading | None, record: AskingRecord
    ) -> TeacherAnswer:
        answer = conclude_asking(
            planned.schema,
            planned.confidence,
            readings,
            again,
            record,
            max_tokens=planned.max_tokens,
            examples=planned.examples,
            latency_s=0.0,
        )
        return conclude_page(answer, planned.page) if planned.page is not None else answer

    def _read(
        self, planned: BatchPlan, lines: Sequence[str], text: str, record: AskingRecord
    ) -> tuple[list[Reading], list[Failure]]:
        """The choices of all lines, and what went wrong."""
        readings: list[Reading] = []
        failures: list[Failure] = []
        for body, line in zip(planned.bodies, lines, strict=False):
            record.begin(body, planned.prompt_tokens_bound)
            try:
                completion = self._find_completion(json.loads(line), planned, text)
                known = planned.page.known if planned.page is not None else None
                answered, read = read_completion(planned.schema, completion, planned.max_tokens, known)
            except (CallUnavailable, CallRefused, TextRefused) as exc:
                failures.append(exc)
                continue
            record.add(answered)
            readings.extend(read)
            if any(reading.is_cut and reading.thinks for reading in read):
                self._parts.room.note_cut()
        if readings or isinstance(_gravest(failures), TextRefused):
            for failure in failures:
                record.note_failure(failure)
        wanted = planned.confidence.n_answers
        if planned.confidence.method is ConfidenceMethod.SAMPLES and not failures and 0 < len(readings) < wanted:
            self._parts.memory.note_refused("n")  # ignored without a word
        return readings[:wanted], failures

    def _find_completion(self, line: dict[str, Any], planned: BatchPlan, text: str) -> object:
        """The chat completion that a line holds.

        Raises:
            CallUnavailable, CallRefused, TextRefused: it holds a failure instead.
        """
        response = line.get("response")
        if not isinstance(response, dict):
            error = line.get("error")
            code = _as_name(error.get("code")) if isinstance(error, dict) else None
            reason = code or "no reason given"
            raise CallUnavailable(f"The batch job did not get to this text: {reason}.", maybe_billed=False)
        status, said = response.get("status_code"), response.get("body")
        try:
            if isinstance(status, int) and 400 <= status < 600:
                raise as_status_error(status, said, _as_name(response.get("request_id")))
            if not isinstance(said, dict):
                raise as_hidden_error(UNKNOWN_FAILURE, said, _as_name(response.get("request_id")))
            completion: Completion = Completion.construct(**said)
            completion._request_id = _as_name(response.get("request_id"))
            raise_hidden_error(completion)
        except openai.APIStatusError as exc:
            raise self._understand(exc, planned, text) from None
        return completion

    def _understand(self, exc: openai.APIStatusError, planned: BatchPlan, text: str) -> Failure:
        """What the failure of a line is to us; what is asked in another way in the next job is no refusal."""
        refused = understand_refusal(
            exc,
            self._parts.memory,
            planned.style,
            planned.bodies[0].keys(),
            text=text,
            secret=self._parts.secret,
            may_learn=planned.bodies[0].get("model") == self.identity.model,  # else it learned of another one
        )
        if refused is None:
            return CallUnavailable("The server refused a parameter, which the next job leaves out.", maybe_billed=False)
        if isinstance(refused, TextTooLong) and text and self._is_cut_next(planned, text, refused):
            return CallUnavailable(
                "The text is too long for the server: the next job shows less of it.", maybe_billed=self._bills_refusals
            )
        return refused

    def _is_cut_next(self, planned: BatchPlan, text: str, refused: TextTooLong) -> bool:
        """Whether the next job asks with less of the text, now that the server has said how much it takes."""
        if planned.bodies[0].get("model") != self.identity.model or refused.overflow.context_tokens is None:
            return False
        messages: Any = planned.bodies[0]["messages"]
        told = self._told(text)
        told.fitting.cut_further(text, messages, refused)
        shown, _ = told.fitting.render(text)
        return told.parts.builder.prompt_tokens_bound(shown) < planned.prompt_tokens_bound


def _gravest(failures: Sequence[Failure]) -> Failure | None:
    kinds = (CallRefused, TextRefused, CallUnavailable)
    return min(failures, key=lambda exc: [isinstance(exc, kind) for kind in kinds].index(True), default=None)


def _as_name(value: object) -> str | None:
    return make_whole(str(value)) if isinstance(value, str | int) and value else None
