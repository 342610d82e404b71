"""An LLM that drafts definitions of labels; a person accepts or edits each before any prompt holds it."""

from __future__ import annotations

import hashlib
import json
import re
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mraru.errors import TeacherError
from mraru.interfaces import CapabilityStore
from mraru.records import DRAFT_PROMPT, TeacherAnswer, TeacherIdentity
from mraru.teachers.llm.answers.answer_text import strip_wrapping
from mraru.teachers.llm.answers.completion import check_completion
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.chat import Chat
from mraru.teachers.llm.chat_request import (
    OVERHEAD_TOKENS_PER_CALL,
    OVERHEAD_TOKENS_PER_MESSAGE,
    TEMPERATURE,
    Message,
    most_bytes,
)
from mraru.teachers.llm.reasoning import AnswerRoom, choose_effort
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.delimiting import break_marks, clean_text
from mraru.teachers.servers.call_failures import CallRefused, TextRefused, UnexplainedRefusal
from mraru.teachers.servers.openai_client import make_client, token_limit_name
from mraru.teachers.servers.server_capabilities import AnswerFormat, CapabilityMemory, RequestStyle
from mraru.teachers.servers.server_name import server_name
from mraru.teachers.servers.server_news import ServerNews
from mraru.teachers.side_questions.definition_question import JOB, TASK, TOKENS_PER_TEXT, DefinitionQuestion

LEAST_TOKENS = 400  # that a draft may have; MRARU_TEACHER_MAX_TOKENS where that is more
MAX_DEFINITION_CHARS = 600  # of a draft; people may write more
DRAFTED = "drafted a definition; no label was asked for"
_QUOTED = re.compile(r"\A[\"“„«'](.*)[\"”“»']\Z", re.DOTALL)


class DefinitionDrafter:
    """Asks for a definition, in plain text. Thread-safe; never retries by itself.

    It books nothing: `BookedDrafter` does, as the guards of teachers do.
    """

    def __init__(
        self,
        *,
        model: str,
        price: Price,
        api_key: str | None = None,
        base_url: str | None = None,
        api_version: str | None = None,
        timeout_s: float = 60.0,
        max_tokens: int = LEAST_TOKENS,
        thinking_tokens: int = 0,
        effort: str = "auto",
        capabilities: CapabilityStore | None = None,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], float] = time.time,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        """Prepare the client; nothing is sent. The arguments are those of `OpenAITeacher`.

        Raises:
            TeacherMisconfigured: the key holds characters that no HTTP header may carry, or Azure's endpoint
                is missing.
        """
        secret = api_key.strip() or None if api_key else None
        self._client = make_client(
            api_key=secret, base_url=base_url, api_version=api_version, timeout_s=timeout_s, on_headers=on_headers
        )
        self._price = price
        self._effort = choose_effort(model, effort)
        self._clock = clock
        server = server_name(base_url)
        memory = CapabilityMemory(
            server,
            model,
            limit_name=token_limit_name(base_url),
            store=capabilities,
            answer_format=AnswerFormat.TEXT,
            now=now,
        )
        self._news = ServerNews(server, model, capabilities)
        self._room = AnswerRoom(
            model, memory, max_tokens=max(max_tokens, LEAST_TOKENS), thinking_tokens=thinking_tokens
        )
        self._chat = Chat(self._client, memory, secret=secret)
        shape = json.dumps([JOB, TASK, TOKENS_PER_TEXT, max(max_tokens, LEAST_TOKENS), TEMPERATURE]).encode()
        # Told from the versions of prompts that label, in reports of costs.
        version = f"{DRAFT_PROMPT}{hashlib.blake2b(shape, digest_size=6).hexdigest()}"
        self._identity = TeacherIdentity(model=model, prompt_version=version, server=server)

    @property
    def identity(self) -> TeacherIdentity:
        return replace(self._identity, answer_limit=self._room.limit)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cost_bound_usd(self, question: DefinitionQuestion) -> float:
        """More than the request about this question can cost."""
        prompt_tokens = _prompt_tokens_bound(question.render())
        return self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=self._room.bound())

    def tokens_bound(self, question: DefinitionQuestion) -> int:
        """More tokens, prompt and answer, than the request about this question can use."""
        return _prompt_tokens_bound(question.render()) + self._room.bound()

    def draft(self, question: DefinitionQuestion) -> TeacherAnswer:
        """Ask for a draft; `read_draft` takes it out of the answer, which names no label.

        Raises:
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted.
        """
        started_s = self._clock()
        messages = question.render()
        record = AskingRecord(price=self._price, max_tokens=self._room.reserved, news=self._news)
        raw, reason, cut_at = "", DRAFTED, None
        try:
            completion = check_completion(
                self._chat.complete(
                    lambda style: self._body(messages, style, record.max_tokens),
                    record,
                    prompt_tokens_bound=_prompt_tokens_bound(messages),
                    texts=[shown.text for shown in question.texts],
                )
            )
            record.add(completion)
            choice = completion.choices[0]
            raw = choice.content or choice.refusal or ""
            if choice.refusal or choice.finish_reason == "content_filter":
                reason = "the LLM refused to draft this definition"
            elif choice.finish_reason == "length":
                cut_at = record.max_tokens
                setting = "MRARU_TEACHER_MAX_TOKENS" if clean_definition(raw) else "MRARU_TEACHER_THINKING_TOKENS"
                reason = f"the draft was cut at {cut_at} tokens: raise {setting} above that"
                if not clean_definition(raw):
                    self._room.note_cut()
            elif not clean_definition(raw):
                reason = "the LLM's draft is empty"
        except UnexplainedRefusal as exc:
            raise CallRefused(exc.of_all) from None
        except TextRefused as exc:
            record.note_failure(exc)
            reason = record.failure or str(exc)
        return TeacherAnswer(
            label=None,
            raw=raw,
            no_label_reason=reason,
            cut_at=cut_at,
            parameters=record.describe(1, ()),
            usage=record.usage,
            booked_tokens=record.booked_tokens,
            cost_usd=record.cost_usd,
            latency_s=self._clock() - started_s,
            request_id=record.request_id,
        )

    def _body(self, messages: Sequence[Message], style: RequestStyle, max_tokens: int) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self._identity.model,
            "messages": list(messages),
            style.limit_name: max_tokens,
        }
        if self._effort is not None and "reasoning_effort" not in style.refused:
            body["reasoning_effort"] = self._effort
        if "temperature" not in style.refused:
            body["temperature"] = TEMPERATURE
        return body


def read_draft(answer: TeacherAnswer) -> str:
    """The definition that an answer holds, be it new or from the ledger.

    Raises:
        TeacherError: it holds none, and says why.
    """
    if answer.no_label_reason != DRAFTED:
        raise TeacherError(f"No definition was drafted: {answer.no_label_reason}.")
    return clean_definition(answer.raw)


def clean_definition(raw: str) -> str:
    """One line of a bounded length, that can neither end a delimiter nor open a turn.

    >>> clean_definition('<think>Hm.</think>"Matches and\\n athletes."'), clean_definition(" ")
    ('Matches and athletes.', '')
    """
    line = " ".join(strip_wrapping(clean_text(raw)).split())
    quoted = _QUOTED.match(line)
    kept = "".join(char for char in (quoted[1] if quoted else line) if unicodedata.category(char) != "Cc")
    line = break_marks(kept).strip()
    return line if len(line) <= MAX_DEFINITION_CHARS else line[: MAX_DEFINITION_CHARS - 1] + "…"


def _prompt_tokens_bound(messages: Sequence[Message]) -> int:
    """More tokens than these messages can have: no tokenizer makes more tokens than bytes."""
    n_bytes = sum(most_bytes(str(message["content"])) for message in messages)
    return n_bytes + OVERHEAD_TOKENS_PER_MESSAGE * len(messages) + OVERHEAD_TOKENS_PER_CALL
