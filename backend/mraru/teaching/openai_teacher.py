"""An LLM behind OpenAI's chat completions protocol, asked about one text at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import openai

from mraru.interfaces import CapabilityStore
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teaching.asking_record import AskingRecord
from mraru.teaching.capabilities import AnswerFormat, CapabilityMemory
from mraru.teaching.chat import Chat
from mraru.teaching.completion import Reading, read_completion
from mraru.teaching.conclusion import conclude_asking, find_wrong
from mraru.teaching.confidence import Confidence, ConfidenceMethod
from mraru.teaching.failures import CallRefused, CallUnavailable, TextRefused
from mraru.teaching.openai_client import make_client, server_name, token_limit_name
from mraru.teaching.pricing import Price
from mraru.teaching.prompt import Prompt
from mraru.teaching.request import ASK_AGAIN, TEMPERATURE, Message, RequestBuilder

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherParts:
    """What a teacher of this kind is made of."""

    client: openai.OpenAI
    secret: str | None
    prompt: Prompt
    price: Price
    confidence: Confidence
    builder: RequestBuilder
    memory: CapabilityMemory


class OpenAITeacher:
    """Asks an LLM of OpenAI's, of Azure's, or of any compatible server. Thread-safe; never retries by itself.

    The answer is restricted to the labels in the best way that the server understands; what it refuses is left
    out or renamed, and remembered. Such a refused request is not billed and is no call of its own.

    An answer outside the labels is asked again once, in the same conversation, with what was wrong with it. If
    no label comes of that either, the answer is "no label". Several requests about one text, be it this or
    samples for the confidence, are one answer: their tokens and costs are added up, and the bounds cover all.
    """

    def __init__(
        self,
        *,
        model: str,
        prompt: Prompt,
        price: Price,
        api_key: str | None = None,
        base_url: str | None = None,
        api_version: str | None = None,
        timeout_s: float = 60.0,
        max_tokens: int = 200,
        confidence: Confidence | None = None,
        answer_format: AnswerFormat | None = None,
        capabilities: CapabilityStore | None = None,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], float] = time.time,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            api_version: of Azure OpenAI's deployments, where `model` names the deployment.
            confidence: how sure the LLM is, and how that is found; not at all when None.
            answer_format: the one to use; the best that the server understands when None.
            capabilities: remembers what the server refuses; this teacher alone does when None.
            clock: seconds, for latencies.
            now: seconds since 1970, for the age of what is remembered.
            on_headers: told the headers of every answer of the server, refusals too, in the calling thread.

        Raises:
            TeacherMisconfigured: the key holds characters that no HTTP header may carry, or Azure's endpoint
                is missing.
        """
        self._secret = api_key.strip() or None if api_key else None
        self._client = make_client(
            api_key=self._secret,
            base_url=base_url,
            api_version=api_version,
            timeout_s=timeout_s,
            on_headers=on_headers,
        )
        self._prompt = prompt
        self._price = price
        self._confidence = confidence or Confidence()
        self._clock = clock
        self._builder = RequestBuilder(
            model=model,
            schema=prompt.schema,
            with_reason=prompt.with_reason,
            max_tokens=max_tokens,
            confidence=self._confidence,
        )
        server = server_name(base_url)
        self._memory = CapabilityMemory(
            server,
            model,
            limit_name=token_limit_name(base_url),
            store=capabilities,
            answer_format=answer_format,
            now=now,
        )
        self._chat = Chat(self._client, self._memory, secret=self._secret)
        self._warned_of_usage = False
        decoding: dict[str, str | float] = {"temperature": TEMPERATURE, "max_tokens": max_tokens, "again": ASK_AGAIN}
        decoding |= self._confidence.decoding
        self._identity = TeacherIdentity(model=model, prompt_version=prompt.version(**decoding), server=server)

    @property
    def identity(self) -> TeacherIdentity:
        return self._identity

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cost_bound_usd(self, text: str) -> float:
        """More than all requests about this text can cost together, asking again included."""
        prompt_tokens, completion_tokens = self._tokens_bounds(text)
        return self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)

    def tokens_bound(self, text: str) -> int:
        """More tokens, prompts and answers, than all requests about this text can use together."""
        return sum(self._tokens_bounds(text))

    @property
    def parts(self) -> TeacherParts:
        """What asking by batch jobs shares with asking at once."""
        return TeacherParts(
            client=self._client,
            secret=self._secret,
            prompt=self._prompt,
            price=self._price,
            confidence=self._confidence,
            builder=self._builder,
            memory=self._memory,
        )

    def plan_request(self, text: str) -> dict[str, object]:
        """The body of the first request about a text, as it would be sent now; nothing is sent."""
        style = self._memory.style()
        n = 1 if "n" in style.refused else self._confidence.n_answers
        return self._builder.body(self._prompt.render(text), style, n=n, temperature=self._temperature)

    @property
    def _temperature(self) -> float:
        is_sampling = self._confidence.method is ConfidenceMethod.SAMPLES
        return self._confidence.temperature if is_sampling else TEMPERATURE

    def _tokens_bounds(self, text: str) -> tuple[int, int]:
        # Each sample may need a request of its own, where the server gives one answer at a time.
        once = self._builder.prompt_tokens_bound(self._prompt.render(text))
        n_answers = self._confidence.n_answers
        prompts = (n_answers + 1) * once + self._builder.ask_again_tokens_bound
        return prompts, (n_answers + 1) * self._builder.max_tokens

    def label(self, text: str) -> TeacherAnswer:
        """Ask until there is a label, at most once again.

        A failure after the first request ends the asking with what was answered by then: that is paid.

        Raises:
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted.
        """
        started_s = self._clock()
        messages = self._prompt.render(text)
        record = AskingRecord(price=self._price, max_tokens=self._builder.max_tokens, model=self._identity.model)
        readings: list[Reading] = []
        again: Reading | None = None
        try:
            self._ask_until(text, messages, readings, record)
            wrong = find_wrong(readings)
            if wrong is not None:
                again = self._ask_again(text, messages, wrong.raw, record)
        except (CallUnavailable, CallRefused, TextRefused) as exc:
            if not readings and not isinstance(exc, TextRefused):
                raise
            record.note_failure(exc)
        return conclude_asking(
            self._builder.schema,
            self._confidence,
            readings,
            again,
            record,
            examples=self._prompt.examples_of(text),
            latency_s=self._clock() - started_s,
        )

    def ask_again(self, text: str, messages: Sequence[Message], wrong: str, record: AskingRecord) -> Reading | None:
        """Ask once more after an answer outside the labels; None, and the reason in the record, if that failed."""
        try:
            return self._ask_again(text, messages, wrong, record)
        except (CallUnavailable, CallRefused, TextRefused) as exc:
            record.note_failure(exc)
            return None

    def _ask_again(self, text: str, messages: Sequence[Message], wrong: str, record: AskingRecord) -> Reading:
        conversation = self._builder.ask_again(messages, wrong)
        return self._ask(text, conversation, record, n=1, temperature=TEMPERATURE)[0]

    def _ask_until(self, text: str, messages: Sequence[Message], readings: list[Reading], record: AskingRecord) -> None:
        """Collect as many answers as the confidence needs, in one request where the server gives several."""
        while (n_left := self._confidence.n_answers - len(readings)) > 0:
            n_asked = 1 if "n" in self._memory.style().refused else n_left
            got = self._ask(text, messages, record, n=n_asked, temperature=self._temperature)
            readings.extend(got[:n_left])
            if n_asked > 1 and len(got) == 1:
                self._memory.note_refused("n")  # ignored without a word

    def _ask(
        self, text: str, messages: Sequence[Message], record: AskingRecord, *, n: int, temperature: float
    ) -> list[Reading]:
        """One request that the server takes, after as many free refusals as it needs to learn its style.

        Raises:
            TextRefused: by the server, for what this text says or for its length.
        """
        completion = self._chat.complete(
            lambda style: self._builder.body(
                messages, style, n=1 if "n" in style.refused else n, temperature=temperature
            ),
            record,
            prompt_tokens_bound=self._builder.prompt_tokens_bound(messages),
            texts=[text],
        )
        answered, readings = read_completion(self._builder.schema, completion, self._builder.max_tokens)
        record.add(answered)
        if not record.is_counted and not self._warned_of_usage:
            self._warned_of_usage = True
            logger.warning(
                "the server of %s counts no tokens, so the most that a call can cost is booked for each",
                self._identity.model,
                extra={"event": "teacher_usage_missing"},
            )
        return readings
