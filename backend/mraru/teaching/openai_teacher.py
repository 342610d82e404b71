"""An LLM behind OpenAI's chat completions protocol, asked about one text at a time."""

from __future__ import annotations

import json
import logging
import threading
import time
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

import openai
from openai import OpenAI, omit
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion

from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.teaching.answer import ParsedAnswer, parse_answer, response_format
from mraru.teaching.failures import (
    CallRefused,
    CallUnavailable,
    refused_parameter,
    translate_failure,
    why_text_was_refused,
)
from mraru.teaching.pricing import Price
from mraru.teaching.prompt import Prompt

logger = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"  # the client insists on a key; servers without keys ignore it
TEMPERATURE = 0.0
OVERHEAD_TOKENS_PER_MESSAGE = 16  # role and separators of the chat template
OVERHEAD_TOKENS_PER_CALL = 512  # what templates add of themselves: system preambles, dates, format rules
OPENAI_HOSTS = ("openai.com", "azure.com", "azure-api.net")


class OpenAITeacher:
    """Asks an LLM of OpenAI's or of any compatible server. Thread-safe; never retries by itself.

    The limit of answer tokens goes out as `max_completion_tokens` to OpenAI and Azure, whose reasoning models
    refuse the older `max_tokens`, and as `max_tokens` to all others: Mistral refuses the newer name, and
    Ollama ignores it without a word, which would leave the cost of an answer unbounded. A server that refuses
    one name is given the other from then on; the limit is never left out. One that refuses a temperature
    (reasoning models) is asked without. Such a refused request is not billed and is no call of its own.
    """

    def __init__(
        self,
        *,
        model: str,
        prompt: Prompt,
        price: Price,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_s: float = 60.0,
        max_tokens: int = 200,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Prepare the client; nothing is sent.

        Raises:
            TeacherMisconfigured: the key holds characters that no HTTP header may carry.
        """
        api_key = api_key.strip() if api_key else None
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise CallRefused("OPENAI_API_KEY holds characters that no key has: copy it again.")
        self._secret = api_key
        # Both given, or the client would read them from the environment.
        self._client = OpenAI(
            api_key=api_key or NO_KEY, base_url=base_url or OPENAI_URL, timeout=timeout_s, max_retries=0
        )
        self._model = model
        self._prompt = prompt
        self._price = price
        self._max_tokens = max_tokens
        self._clock = clock
        self._limit_name = _limit_name(base_url)
        self._other_limit_tried = False
        self._sends_temperature = True
        self._warned_of_usage = False
        self._guard = threading.Lock()
        self._schema_text = json.dumps(response_format(prompt.schema), ensure_ascii=False)
        self._identity = TeacherIdentity(
            model=model, prompt_version=prompt.version(temperature=TEMPERATURE, max_tokens=max_tokens)
        )

    @property
    def identity(self) -> TeacherIdentity:
        return self._identity

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cost_bound_usd(self, text: str) -> float:
        """More than any call about this text can cost: no tokenizer makes more tokens than bytes."""
        return self._price.cost_usd(prompt_tokens=self._prompt_tokens_bound(text), completion_tokens=self._max_tokens)

    def label(self, text: str) -> TeacherAnswer:
        """Ask once.

        Raises:
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted.
        """
        started_s = self._clock()
        while True:
            sent_limit, sent_temperature = self._limit_name, self._sends_temperature
            try:
                completion = self._complete(text, sent_limit, sent_temperature)
            except openai.APIStatusError as exc:
                reason = why_text_was_refused(exc)
                if reason is not None:
                    return self._refused_text_answer(text, reason, exc, self._clock() - started_s)
                if self._adapt(exc, sent_limit, sent_temperature):
                    continue
                failure = translate_failure(exc, text=text, secret=self._secret)
                # Without its cause, which repeats the server's words: they may hold the key or the text.
                raise failure from None
            except openai.APIError as exc:
                raise translate_failure(exc, text=text, secret=self._secret) from exc
            except ValueError as exc:
                raise CallUnavailable(
                    f"The teacher's answer cannot be read ({type(exc).__name__}).", maybe_billed=True
                ) from None
            return self._read(text, completion, self._clock() - started_s)

    def _complete(self, text: str, limit_name: str, with_temperature: bool) -> ChatCompletion:
        is_new_name = limit_name == "max_completion_tokens"
        return self._client.chat.completions.create(
            model=self._model,
            messages=self._prompt.render(text),
            response_format=response_format(self._prompt.schema),
            max_completion_tokens=self._max_tokens if is_new_name else omit,
            max_tokens=omit if is_new_name else self._max_tokens,
            temperature=TEMPERATURE if with_temperature else omit,
        )

    def _adapt(self, exc: openai.APIStatusError, sent_limit: str, sent_temperature: bool) -> bool:
        """Leave out or rename a parameter that the server refuses; False if there is none to change."""
        refused = refused_parameter(exc, (sent_limit, "temperature"))
        with self._guard:
            if refused == "temperature" and sent_temperature:
                self._sends_temperature = False
            elif refused == sent_limit and sent_limit != self._limit_name:
                pass  # another thread has changed it meanwhile
            elif refused == sent_limit and not self._other_limit_tried:
                self._other_limit_tried = True
                self._limit_name = "max_tokens" if sent_limit != "max_tokens" else "max_completion_tokens"
            else:
                return False
        logger.info(
            "%s refuses the parameter %s: it is left out from now on",
            self._model,
            refused,
            extra={"event": "teacher_parameter_refused"},
        )
        return True

    def _read(self, text: str, completion: ChatCompletion, latency_s: float) -> TeacherAnswer:
        if not isinstance(completion, ChatCompletion):
            raise CallRefused(
                "The server's answer is no chat completion: check OPENAI_BASE_URL (it often ends in /v1).",
                maybe_billed=True,
            )
        if not completion.choices:
            raise CallUnavailable("The teacher's server answered without a choice.", maybe_billed=True)
        choice = completion.choices[0]
        raw = choice.message.content or choice.message.refusal or ""
        if choice.message.refusal:
            parsed = ParsedAnswer(no_label_reason="the LLM refused to label this text")
        elif choice.finish_reason == "length":
            parsed = ParsedAnswer(
                no_label_reason=f"the answer was cut at {self._max_tokens} tokens (MRARU_TEACHER_MAX_TOKENS)"
            )
        elif choice.finish_reason == "content_filter":
            parsed = ParsedAnswer(no_label_reason="the server's content filter stopped the answer")
        else:
            parsed = parse_answer(self._prompt.schema, choice.message.content)
        usage, cost_usd = self._price_usage(text, completion.usage)
        return TeacherAnswer(
            label=parsed.label,
            raw=raw,
            no_label_reason=parsed.no_label_reason,
            usage=usage,
            cost_usd=cost_usd,
            latency_s=latency_s,
            request_id=completion._request_id or completion.id,
        )

    def _price_usage(self, text: str, usage: CompletionUsage | None) -> tuple[Usage, float]:
        if usage is None or not usage.prompt_tokens:
            with self._guard:
                first, self._warned_of_usage = not self._warned_of_usage, True
            if first:
                logger.warning(
                    "the server of %s counts no tokens, so the most that a call can cost is booked for each",
                    self._model,
                    extra={"event": "teacher_usage_missing"},
                )
            return Usage(), self.cost_bound_usd(text)
        if usage.completion_tokens > self._max_tokens:
            logger.warning(
                "%s answered with %d tokens although %d are the limit",
                self._model,
                usage.completion_tokens,
                self._max_tokens,
                extra={"event": "teacher_limit_ignored"},
            )
        counted = Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens)
        cost_usd = self._price.cost_usd(
            prompt_tokens=counted.prompt_tokens, completion_tokens=counted.completion_tokens
        )
        return counted, cost_usd

    def _refused_text_answer(
        self, text: str, reason: str, exc: openai.APIStatusError, latency_s: float
    ) -> TeacherAnswer:
        # Azure bills prompts that its filter or their length refused, and counts no tokens for them.
        cost_usd = self._price.cost_usd(prompt_tokens=self._prompt_tokens_bound(text), completion_tokens=0)
        return TeacherAnswer(
            label=None,
            raw="",
            no_label_reason=f"{reason} (HTTP {exc.status_code}; booked as if its tokens were billed)",
            cost_usd=cost_usd,
            latency_s=latency_s,
            request_id=exc.request_id,
        )

    def _prompt_tokens_bound(self, text: str) -> int:
        messages = self._prompt.render(text)
        n_bytes = _most_bytes(self._prompt.system) + _most_bytes(str(messages[1]["content"]))
        overhead = OVERHEAD_TOKENS_PER_MESSAGE * len(messages) + OVERHEAD_TOKENS_PER_CALL
        return n_bytes + 2 * _most_bytes(self._schema_text) + overhead  # twice: servers indent schemas


def _most_bytes(shown: str) -> int:
    # Some tokenizers normalize first, which can make a text longer.
    return max(len(shown.encode()), len(unicodedata.normalize("NFKC", shown).encode()))


def _limit_name(base_url: str | None) -> str:
    host = urlsplit(base_url or OPENAI_URL).hostname or ""
    is_openai = any(host == known or host.endswith(f".{known}") for known in OPENAI_HOSTS)
    return "max_completion_tokens" if is_openai else "max_tokens"
