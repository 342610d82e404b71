"""One question to one LLM that shows how its server must be asked, what it gives, and that its answers can be read."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace

import openai

from mraru.records import CHECK_PROMPT, TeacherAnswer, TeacherIdentity
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.llm.answers.completion import Reading, read_completion
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.chat import Chat
from mraru.teachers.llm.conclusion import conclude_asking
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.call_failures import CallRefused, CallThrottled, CallUnavailable, TextRefused
from mraru.teachers.servers.server_capabilities import RequestStyle
from mraru.teachers.side_questions.check_findings import CheckFindings, doubt_usage, find_context, find_reasoning

SEVERAL = 2  # answers that are asked for, to see whether the server gives several at once
LISTING_S = 10.0  # seconds to wait for the list of models
MADE_UP = LabelSchema(
    from_name="label", to_name="text", text_field="text", choices=(Choice(value="Weather"), Choice(value="Sport"))
)


def make_question(schema: LabelSchema, mark: str) -> str:
    """A text of ours that is about the first label; none of a project's is sent.

    Args:
        mark: makes the question another one, so that neither the ledger nor a server's cache answers it.

    >>> make_question(MADE_UP, "1f")
    'Weather is what this text is about. (Check 1f.)'
    """
    return f"{schema.choices[0].value} is what this text is about. (Check {mark}.)"


class TeacherProbe:
    """To the ledger, the budget and the server's guard it is a `Teacher` like any other, whose prompt only checks.

    The prompt names the labels and nothing else of a project. Token probabilities and two answers at once are asked
    for; where the server does not take that, the question is asked as the rounds ask it.
    """

    def __init__(
        self,
        teacher: OpenAITeacher,
        *,
        lists_models: bool,
        n_answers: int = SEVERAL,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Nothing is sent.

        Args:
            teacher: lends client, price and memory of what its server refuses.
            lists_models: whether the server may be asked for its list of models, which is free.
            n_answers: asked for; with 1 it is not tried whether the server gives several at once.
            clock: seconds, for the latency.
        """
        self._parts = parts = teacher.parts
        self._lists_models = lists_models
        self._n_answers = n_answers
        self._clock = clock
        self._prompt = Prompt(
            schema=parts.builder.schema,
            title="",
            instruction="",
            max_text_tokens=100,
            with_reason=parts.prompt.with_reason,
        )
        self._chat = Chat(parts.client, parts.memory, secret=parts.secret)
        self._trying = replace(parts.builder, confidence=Confidence(method=ConfidenceMethod.LOGPROBS))
        shape = json.dumps([self._prompt.version(max_tokens=parts.room.max_tokens), n_answers]).encode()
        version = f"{CHECK_PROMPT}{hashlib.blake2b(shape, digest_size=6).hexdigest()}"
        self._identity = replace(teacher.identity, prompt_version=version, other_versions=())

    @property
    def identity(self) -> TeacherIdentity:
        return replace(self._identity, answer_limit=self._parts.room.limit)

    def identity_of(self, text: str) -> TeacherIdentity:
        """Of every text the same."""
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        """More than the check can cost."""
        return self._parts.price.cost_usd(
            prompt_tokens=self._prompt_bound(text), completion_tokens=self._n_answers * self._parts.room.bound()
        )

    def tokens_bound(self, text: str) -> int:
        """More tokens, prompt and answers, than the check can use."""
        return self._prompt_bound(text) + self._n_answers * self._parts.room.bound()

    def _prompt_bound(self, text: str) -> int:
        return self._parts.builder.prompt_tokens_bound(self._prompt.render(text))

    def label(self, text: str) -> TeacherAnswer:
        """Ask once; `CheckFindings.load` takes what was found out of the answer's parameters.

        Raises:
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted, or the answer is no chat completion.
        """
        try:
            return self._ask(text, is_trying=True)
        except (CallRefused, CallUnavailable) as exc:
            if exc.maybe_billed or isinstance(exc, CallThrottled):
                raise
        return self._ask(text, is_trying=False)

    def _ask(self, text: str, *, is_trying: bool) -> TeacherAnswer:
        started_s = self._clock()
        builder, messages = self._parts.builder, self._prompt.render(text)
        bound = builder.prompt_tokens_bound(messages)
        max_tokens = self._parts.room.reserved
        record = AskingRecord(price=self._parts.price, max_tokens=max_tokens, news=self._parts.news)
        readings: list[Reading] = []
        findings: CheckFindings | None = None

        def make_body(style: RequestStyle) -> dict[str, object]:
            if not is_trying:
                return builder.body(messages, style, max_tokens=max_tokens)
            return self._trying.body(
                messages, style, max_tokens=max_tokens, n=1 if "n" in style.refused else self._n_answers
            )

        try:
            came = self._chat.complete(make_body, record, prompt_tokens_bound=bound, texts=[text])
            completion, readings = read_completion(builder.schema, came, max_tokens)
            record.add(completion)
            if any(reading.is_cut and reading.thinks for reading in readings):
                self._parts.room.note_cut()
            latency_s = self._clock() - started_s
            if is_trying and len(completion.choices) < self._n_answers:
                self._parts.memory.note_refused("n")  # or ignored without a word
            style = self._parts.memory.style()
            findings = CheckFindings(
                answer_format=style.answer_format,
                limit_name=style.limit_name,
                takes_temperature="temperature" not in style.refused,
                gives_logprobs=any(choice.tokens for choice in completion.choices),
                takes_n=len(completion.choices) > 1 if self._n_answers > 1 else None,
                reasoning=find_reasoning(completion),
                usage_doubt=doubt_usage(
                    completion,
                    messages,
                    prompt_bound=bound,
                    completion_bound=max_tokens * len(completion.choices),
                ),
                answered_by=completion.model if completion.model and completion.model != self._identity.model else "",
                context_tokens=self._find_context(),
            )
        except TextRefused as exc:
            record.note_failure(exc)
            latency_s = self._clock() - started_s
        answer = conclude_asking(
            builder.schema,
            Confidence(),
            readings[:1],
            None,
            record,
            max_tokens=max_tokens,
            examples=(),
            latency_s=latency_s,
        )
        if findings is None:
            return answer
        described = {**json.loads(answer.parameters or "{}"), "check": findings.dump()}
        return replace(answer, parameters=json.dumps(described, sort_keys=True))

    def _find_context(self) -> int | None:
        """What the server tells of the model's context; asking for it is free, and nothing depends on it."""
        if not self._lists_models:
            return None
        try:
            listed = self._parts.client.with_options(timeout=LISTING_S).get("/models", cast_to=object)
        except (openai.APIError, ValueError):
            return None
        return find_context(listed, self._identity.model)
