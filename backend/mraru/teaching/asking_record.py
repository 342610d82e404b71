"""What the requests about one text were like, what they used, and what they cost together."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from openai.types.chat import ChatCompletion

from mraru.errors import TeacherError
from mraru.records import Usage
from mraru.teaching.capabilities import LIMIT_NAMES, AnswerFormat
from mraru.teaching.failures import CallRefused, CallUnavailable, TextRefused
from mraru.teaching.pricing import Price

logger = logging.getLogger(__name__)

NEXT_SAMPLE = "\n[next sample]\n"
ASKED_AGAIN = "\n[asked again]\n"
RECORDED_PARAMETERS = (*LIMIT_NAMES, "temperature", "logprobs", "top_logprobs")


class AskingRecord:
    """Filled in by one thread for one text; a request that is not counted by the server counts at its bound."""

    def __init__(self, *, price: Price, max_tokens: int, model: str) -> None:
        """Nothing was asked yet.

        Args:
            max_tokens: the limit of one answer.
        """
        self._price = price
        self._max_tokens = max_tokens
        self._model = model
        self._prompt_tokens = 0
        self._completion_tokens = 0
        self._parameters: dict[str, object] = {}
        self._n_requests = 0
        self._asking: tuple[int, int] = (0, 0)  # bounds of the request under way: prompt, answers
        self.is_counted = True  # by the server, each request
        self.cost_usd = 0.0
        self.request_id: str | None = None  # of the first request
        self.failure: str | None = None  # what ended the asking

    @property
    def usage(self) -> Usage:
        """Tokens of all requests, or none if the server did not count each."""
        if not self.is_counted:
            return Usage()
        return Usage(prompt_tokens=self._prompt_tokens, completion_tokens=self._completion_tokens)

    def change_price(self, price: Price) -> None:
        """What is asked from here on costs this."""
        self._price = price

    def begin(self, body: Mapping[str, object], prompt_tokens_bound: int) -> None:
        """A request goes out."""
        n = body.get("n", 1)
        self._asking = (prompt_tokens_bound, self._max_tokens * (n if isinstance(n, int) else 1))
        if not self._parameters:
            self._parameters = {name: body[name] for name in RECORDED_PARAMETERS if name in body}
        self._parameters["answer_format"] = _format_of(body)

    def add(self, completion: ChatCompletion) -> None:
        """The request that went out was answered."""
        self._n_requests += 1
        self.request_id = self.request_id or completion._request_id or completion.id
        if completion.model and completion.model != self._model:
            self._parameters["answered_by"] = completion.model
            if not completion.model.startswith(self._model):
                _warn("teacher_other_model", "%s was asked and %s answered", self._model, completion.model)
        usage = completion.usage
        prompt_bound, completion_bound = self._asking
        if usage is None or not usage.prompt_tokens:
            self.is_counted = False
            self._spend(prompt_bound, self._max_tokens * len(completion.choices))  # it may give fewer than asked for
            return
        if usage.completion_tokens > completion_bound:
            _warn(
                "teacher_limit_ignored",
                "%s answered with %d tokens although %d are the limit",
                self._model,
                usage.completion_tokens,
                completion_bound,
            )
        self._prompt_tokens += usage.prompt_tokens
        self._completion_tokens += usage.completion_tokens
        self._spend(usage.prompt_tokens, usage.completion_tokens)

    def note_failure(self, exc: TeacherError) -> None:
        """The request that went out failed, and what was answered before it must do."""
        self.failure = str(exc)
        prompt_bound, completion_bound = self._asking
        if isinstance(exc, TextRefused):
            # Azure bills prompts that its filter or their length refused, and counts no tokens for them.
            self.failure = f"{exc} (HTTP {exc.status}; booked as if its tokens were billed)"
            self.request_id = self.request_id or exc.request_id
            self.is_counted = False
            self._spend(prompt_bound, 0)
        elif isinstance(exc, CallUnavailable | CallRefused) and exc.maybe_billed:
            self.is_counted = False
            self._spend(prompt_bound, completion_bound)

    def describe(self, n_answers: int, examples: Sequence[str]) -> str:
        """How the model was asked beside its prompt, as a JSON object.

        Args:
            n_answers: that came to the question itself.
            examples: hashes of the texts that were shown as examples.
        """
        described = dict(self._parameters)
        if n_answers > 1:
            described["n_samples"] = n_answers
        if self._n_requests > 1:
            described["n_requests"] = self._n_requests
        if examples:
            described["examples"] = list(examples)
        return json.dumps(described, sort_keys=True)

    def _spend(self, prompt_tokens: int, completion_tokens: int) -> None:
        self.cost_usd += self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def join_raw(first: Sequence[str], again: str | None) -> str:
    """All answers as they came, in their order.

    >>> join_raw(["Sports"], "Sport")
    'Sports\\n[asked again]\\nSport'
    """
    joined = NEXT_SAMPLE.join(first)
    return joined if again is None else joined + ASKED_AGAIN + again


def _format_of(body: Mapping[str, object]) -> str:
    chosen = body.get("response_format")
    if isinstance(chosen, Mapping):
        return str(chosen["type"])
    return AnswerFormat.TOOL if "tools" in body else AnswerFormat.TEXT


def _warn(event: str, message: str, *values: object) -> None:
    logger.warning(message, *values, extra={"event": event})
