"""The most that asking about one text can cost, which is booked before: it holds whatever the server does."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.chat_request import Message, RequestBuilder
from mraru.teachers.llm.reasoning import AnswerRoom
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.prompt import Prompt


class AskingBounds:
    """Of one teacher: all requests about a text, the samples and asking again included."""

    def __init__(
        self, prompt: Prompt, builder: RequestBuilder, room: AnswerRoom, price: Price, *, n_answers: int
    ) -> None:
        """`n_answers`: of one text; each may need a request of its own."""
        self._prompt = prompt
        self._builder = builder
        self._room = room
        self._price = price
        self._n_answers = n_answers

    def cost_usd(self, text: str) -> float:
        """More than all requests about this text can cost together."""
        return self._cost_usd(text, self._room.bound())

    def _cost_usd(self, text: str, max_tokens: int) -> float:
        prompt_tokens, completion_tokens = self._tokens(text, max_tokens)
        return self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)

    def n_tokens(self, text: str) -> int:
        """More tokens, prompts and answers, than all requests about this text can use together."""
        return sum(self._tokens(text, self._room.bound()))

    def leave_room(
        self, text: str, messages: Sequence[Message], record: AskingRecord, *, refused: Sequence[Message] | None = None
    ) -> bool:
        """Whether the bounds cover one more request beside what is booked for those that were refused for length.

        Those are booked as if their prompts were billed, and no bound is made higher for them: so there may be no
        room left to ask again.

        Args:
            messages: of the request: of one answer or, in place of a refused one, of all.
            refused: those of the request that was refused just now, which is not booked yet.
        """
        if refused is None and not record.has_refusals:
            return True
        n_answers = 1 if refused is None else self._n_answers
        prompt_tokens = n_answers * self._builder.prompt_tokens_bound(messages)
        if refused is not None:
            prompt_tokens += self._builder.prompt_tokens_bound(refused)
        completion_tokens = n_answers * record.max_tokens
        cost_usd = self._price.cost_usd(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
        most_tokens = sum(self._tokens(text, record.max_tokens))
        has_tokens = record.booked_tokens + prompt_tokens + completion_tokens <= most_tokens
        return has_tokens and record.cost_usd + cost_usd <= self._cost_usd(text, record.max_tokens)

    def _tokens(self, text: str, max_tokens: int) -> tuple[int, int]:
        once = self._builder.prompt_tokens_bound(self._prompt.render(text))
        prompts = (self._n_answers + 1) * once + self._builder.ask_again_tokens_bound
        return prompts, (self._n_answers + 1) * max_tokens
