"""What the requests about one text were like, what they used, and what they cost together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mraru.errors import TeacherError
from mraru.records import Usage
from mraru.teachers.llm.answers.chat_answer import ChatAnswer
from mraru.teachers.llm.answers.token_usage import book_tokens
from mraru.teachers.prices.pricing import Price
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable, TextRefused, TextTooLong
from mraru.teachers.servers.server_capabilities import LIMIT_NAMES, AnswerFormat
from mraru.teachers.servers.server_news import ServerNews

NEXT_SAMPLE = "\n[next sample]\n"
ASKED_AGAIN = "\n[asked again]\n"
RECORDED_PARAMETERS = (*LIMIT_NAMES, "temperature", "reasoning_effort", "logprobs", "top_logprobs")


class AskingRecord:
    """Filled in by one thread for one text; a request that is not counted by the server counts at its bound."""

    def __init__(self, *, price: Price, max_tokens: int, news: ServerNews) -> None:
        """Nothing was asked yet.

        Args:
            max_tokens: the limit of one answer.
            news: told what is worth telling of the server.
        """
        self._price = price
        self.max_tokens = max_tokens
        self._news = news
        self._prompt_tokens = 0  # booked
        self._completion_tokens = 0
        self._parameters: dict[str, object] = {}
        self._parameters_of_text: dict[str, object] = {}
        self._n_requests = 0
        self._n_refusals = 0
        self._asking: tuple[int, int] = (0, 0)  # bounds of the request under way: prompt, answers
        self._prompt_chars = 0  # of the request under way
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

    @property
    def booked_tokens(self) -> int:
        """Tokens of all requests, with the most that those can have which the server did not count."""
        return self._prompt_tokens + self._completion_tokens

    @property
    def has_refusals(self) -> bool:
        """Whether requests are booked that the server refused."""
        return self._n_refusals > 0

    def change_price(self, price: Price) -> None:
        """What is asked from here on costs this."""
        self._price = price

    def begin(self, body: Mapping[str, object], prompt_tokens_bound: int) -> None:
        """A request goes out."""
        n = body.get("n", 1)
        self._asking = (prompt_tokens_bound, self.max_tokens * (n if isinstance(n, int) else 1))
        self._prompt_chars = _count_chars(body.get("messages"))
        if not self._parameters:
            self._parameters = {name: body[name] for name in RECORDED_PARAMETERS if name in body}
        self._parameters["answer_format"] = _format_of(body)

    def add(self, answer: ChatAnswer) -> None:
        """The request that went out was answered."""
        self._n_requests += 1
        self.request_id = self.request_id or answer.request_id
        if answer.model and answer.model != self._news.model:
            self._parameters["answered_by"] = answer.model
            self._news.tell_answering_name(answer.model)
        prompt_bound, completion_bound = self._asking
        booked = book_tokens(
            answer.usage,
            prompt_bound=prompt_bound,
            completion_bound=self.max_tokens * len(answer.choices),  # it may give fewer than asked for
            prompt_chars=self._prompt_chars,
            answer_chars=sum(choice.n_chars for choice in answer.choices),
            is_empty=all(choice.is_empty for choice in answer.choices),
        )
        if not booked.is_counted:
            self.is_counted = False
            self._news.tell_uncounted()
        if booked.completion_tokens > completion_bound:
            self._news.tell_beyond_limit(booked.completion_tokens, completion_bound)
        self._spend(booked.prompt_tokens, booked.completion_tokens)

    def note_failure(self, exc: TeacherError) -> None:
        """The request that went out failed, and what was answered before it must do."""
        self.failure = str(exc)
        prompt_bound, completion_bound = self._asking
        if isinstance(exc, TextRefused):
            # Azure bills prompts that its filter or their length refused, and counts no tokens for them.
            self.failure = f"{exc} (HTTP {exc.status}; booked as if its tokens were billed)"
            self._book_refusal(exc)
        elif isinstance(exc, CallUnavailable | CallRefused) and exc.maybe_billed:
            self.is_counted = False
            self._spend(prompt_bound, completion_bound)

    def note_cut(self, max_text_tokens: int, refused: TextTooLong | None = None) -> None:
        """The text is shown in part, for the length of the server's context.

        Args:
            max_text_tokens: the most that is shown of it, as estimated.
            refused: the refusal of the longer request that went out.
        """
        self._parameters_of_text["text_tokens"] = max_text_tokens
        if refused is not None:
            self._book_refusal(refused)

    def _book_refusal(self, exc: TextRefused) -> None:
        prompt_bound, completion_bound = self._asking
        self._n_refusals += 1
        self.request_id = self.request_id or exc.request_id
        self.is_counted = False
        self._spend(prompt_bound, completion_bound if exc.is_answer_billed else 0)

    def describe(self, n_answers: int, examples: Sequence[str]) -> str:
        """How the model was asked beside its prompt, as a JSON object.

        Args:
            n_answers: that came to the question itself.
            examples: hashes of the texts that were shown as examples.
        """
        described = self._parameters | self._parameters_of_text
        if n_answers > 1:
            described["n_samples"] = n_answers
        if self._n_requests > 1:
            described["n_requests"] = self._n_requests
        if examples:
            described["examples"] = list(examples)
        return json.dumps(described, sort_keys=True)

    def _spend(self, prompt_tokens: int, completion_tokens: int) -> None:
        self._prompt_tokens += prompt_tokens
        self._completion_tokens += completion_tokens
        self.cost_usd += self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)


def join_raw(first: Sequence[str], again: str | None) -> str:
    """All answers as they came, in their order.

    >>> join_raw(["Sports"], "Sport")
    'Sports\\n[asked again]\\nSport'
    """
    joined = NEXT_SAMPLE.join(first)
    return joined if again is None else joined + ASKED_AGAIN + again


def _count_chars(messages: object) -> int:
    shown = messages if isinstance(messages, Sequence) else ()
    return sum(len(str(message["content"])) for message in shown)


def _format_of(body: Mapping[str, object]) -> str:
    chosen = body.get("response_format")
    if isinstance(chosen, Mapping):
        return str(chosen["type"])
    return AnswerFormat.TOOL if "tools" in body else AnswerFormat.TEXT
