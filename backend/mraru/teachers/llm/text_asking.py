"""The requests about one text: as many as its label takes, the text cut further where it is too long."""

from __future__ import annotations

from collections.abc import Sequence

from mraru.teachers.llm.answers.completion import Reading, read_completion
from mraru.teachers.llm.answers.confidence import Confidence, ConfidenceMethod
from mraru.teachers.llm.asking_bounds import AskingBounds
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.chat import Chat
from mraru.teachers.llm.chat_request import TEMPERATURE, Message, RequestBuilder
from mraru.teachers.llm.reasoning import AnswerRoom
from mraru.teachers.llm.text_fitting import MOST_CUTS, TextFitting
from mraru.teachers.servers.call_failures import TextTooLong
from mraru.teachers.servers.refusal_streak import RefusalStreak
from mraru.teachers.servers.server_capabilities import CapabilityMemory


class TextAsking:
    """Asks an LLM about texts, each within its bounds; thread-safe, since what is learned of a text is in its record.

    Whatever asks raises:
        CallUnavailable, CallRefused: the server does not answer, or takes no request of ours.
        TextRefused: the server refuses this text, for what it says or for its length.
    """

    def __init__(
        self,
        *,
        chat: Chat,
        builder: RequestBuilder,
        memory: CapabilityMemory,
        room: AnswerRoom,
        bounds: AskingBounds,
        fitting: TextFitting,
        confidence: Confidence,
        streak: RefusalStreak,
    ) -> None:
        self._chat = chat
        self._builder = builder
        self._memory = memory
        self._room = room
        self._bounds = bounds
        self._fitting = fitting
        self._confidence = confidence
        self._streak = streak

    @property
    def temperature(self) -> float:
        """Of the first request about a text."""
        is_sampling = self._confidence.method is ConfidenceMethod.SAMPLES
        return self._confidence.temperature if is_sampling else TEMPERATURE

    def ask_fitting(self, text: str, readings: list[Reading], record: AskingRecord) -> Sequence[Message]:
        """Ask with as much of the text as the server takes, and return the messages that it took.

        Args:
            readings: the answers are added to it, also those before a failure.

        Raises:
            TextTooLong: less of it would not be worth asking about, or its bounds leave no room for it.
        """
        messages, limit = self._fitting.render(text)
        if limit is not None:
            record.note_cut(limit)
        for n_cuts in range(MOST_CUTS + 1):
            try:
                self._ask_until(text, messages, readings, record)
            except TextTooLong as exc:
                shorter, limit = self._fitting.cut_further(text, messages, exc)
                is_last = n_cuts == MOST_CUTS or limit is None or bool(readings)
                if is_last or not self._bounds.leave_room(text, shorter, record, refused=messages):
                    raise
                assert limit is not None
                record.note_cut(limit, exc)
                messages = shorter
            else:
                break
        return messages

    def ask_once_more(self, text: str, conversation: Sequence[Message], record: AskingRecord) -> Reading:
        """One answer to a conversation that says what was wrong with the one before."""
        return self._ask(text, conversation, record, n=1, temperature=TEMPERATURE)[0]

    def _ask_until(self, text: str, messages: Sequence[Message], readings: list[Reading], record: AskingRecord) -> None:
        """Collect as many answers as the confidence needs, in one request where the server gives several."""
        while (n_left := self._confidence.n_answers - len(readings)) > 0:
            n_asked = 1 if "n" in self._memory.style().refused else n_left
            got = self._ask(text, messages, record, n=n_asked, temperature=self.temperature)
            readings.extend(got[:n_left])
            if n_asked > 1 and len(got) == 1:
                self._memory.note_refused("n")  # ignored without a word

    def _ask(
        self, text: str, messages: Sequence[Message], record: AskingRecord, *, n: int, temperature: float
    ) -> list[Reading]:
        """One request that the server takes, after as many free refusals as it needs to learn its style."""
        completion = self._chat.complete(
            lambda style: self._builder.body(
                messages,
                style,
                max_tokens=record.max_tokens,
                n=1 if "n" in style.refused else n,
                temperature=temperature,
            ),
            record,
            prompt_tokens_bound=self._builder.prompt_tokens_bound(messages),
            texts=[text],
        )
        answered, readings = read_completion(self._builder.schema, completion, record.max_tokens, self._builder.known)
        self._streak.note_answer()
        record.add(answered)
        if any(reading.is_cut and reading.thinks for reading in readings):
            self._room.note_cut()
        return readings
