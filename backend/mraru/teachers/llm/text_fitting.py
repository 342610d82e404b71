"""Prompts that fit into the server's context: texts are cut further where it was found to be too small for them."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.teachers.llm.chat_request import Message, RequestBuilder
from mraru.teachers.llm.reasoning import AnswerRoom
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.prompting.token_counting import estimate_tokens
from mraru.teachers.servers.call_failures import TextTooLong
from mraru.teachers.servers.server_capabilities import CapabilityMemory

LEAST_TEXT_TOKENS = 50  # as estimated: of less than that, no label is asked for
MOST_CUTS = 3  # of one text
MARGIN = 0.95  # of what fits, as tokens are estimated
LIKELY_RATIO = 0.75  # tokens per estimated one, where the server did not say
MARK_TOKENS = 24  # more than the delimiters and the mark of what is left out


class TextFitting:
    """Cuts the texts of one teacher. Thread-safe."""

    def __init__(self, prompt: Prompt, builder: RequestBuilder, room: AnswerRoom, memory: CapabilityMemory) -> None:
        """Nothing is sent."""
        self._prompt = prompt
        self._builder = builder
        self._room = room
        self._memory = memory

    def render(self, text: str) -> tuple[tuple[Message, ...], int | None]:
        """The messages about a text, and to how many tokens it was cut because more surely would not fit, if so."""
        messages = self._prompt.render(text)
        context = self._memory.context()
        if context is None:
            return messages, None
        estimate = self._estimate(messages)
        if estimate * (context.tokens_per_estimate or LIKELY_RATIO) <= context.tokens - self._for_answer(
            context.tokens
        ):
            return messages, None
        limit = self._find_limit(messages, context.tokens, context.tokens_per_estimate)
        return self._cut(messages, text, limit) if limit is not None else (messages, None)

    def cut_further(
        self, text: str, messages: Sequence[Message], refused: TextTooLong
    ) -> tuple[tuple[Message, ...], int | None]:
        """Shorter messages after the refusal of these, and the tokens that are left of the text.

        What the server said of its context is remembered. Where nothing would be left to label, or where the
        request was surely shorter than the context, the tokens are None.
        """
        told = refused.overflow
        estimate = self._estimate(messages)
        ratio = told.prompt_tokens / estimate if told.prompt_tokens else None
        if told.context_tokens is not None:
            most = self._builder.prompt_tokens_bound(messages) + self._room.limit
            if told.context_tokens >= most:
                return tuple(messages), None  # it was misread
            self._memory.note_context(told.context_tokens, ratio)
        shown = _text_tokens(messages)
        limit = shown // 2
        if told.context_tokens is not None:
            found = self._find_limit(messages, told.context_tokens, ratio)
            # The same numbers lead to the same length: what was refused with it is halved.
            limit = found if found is not None and found < shown * MARGIN else limit
        if limit < LEAST_TEXT_TOKENS:
            return tuple(messages), None
        return self._cut(messages, text, limit)

    def _find_limit(self, messages: Sequence[Message], context_tokens: int, ratio: float | None) -> int | None:
        """How many estimated tokens of the text fit beside the rest; None where too few do."""
        room = (context_tokens - self._for_answer(context_tokens)) / (ratio or 1.0) * MARGIN
        limit = int(room - (self._estimate(messages) - _text_tokens(messages)) - MARK_TOKENS)
        return limit if limit >= LEAST_TEXT_TOKENS else None

    def _cut(self, messages: Sequence[Message], text: str, limit: int) -> tuple[tuple[Message, ...], int | None]:
        cut = self._prompt.shorten(messages, text, limit)
        if self._builder.prompt_tokens_bound(cut) >= self._builder.prompt_tokens_bound(messages):
            return tuple(messages), None  # the mark is longer than what it stands for
        return cut, limit

    def _for_answer(self, context_tokens: int) -> int:
        """Tokens that are kept for the answer: of a small context half at most, whatever thoughts might need."""
        return min(self._room.limit, context_tokens // 2)

    def _estimate(self, messages: Sequence[Message]) -> int:
        """Tokens of a request, as estimated."""
        return sum(estimate_tokens(str(message["content"])) for message in messages) + self._builder.format_tokens


def _text_tokens(messages: Sequence[Message]) -> int:
    return estimate_tokens(str(messages[-1]["content"]))
