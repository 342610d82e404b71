"""An LLM behind OpenAI's chat completions protocol, asked about one text at a time."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import openai

from mraru.interfaces import CapabilityStore
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.llm.answers.completion import Reading
from mraru.teachers.llm.answers.confidence import Confidence
from mraru.teachers.llm.asking_bounds import AskingBounds
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.llm.chat import Chat
from mraru.teachers.llm.chat_request import ASK_AGAIN, TEMPERATURE, Message, RequestBuilder
from mraru.teachers.llm.conclusion import conclude_asking, find_wrong
from mraru.teachers.llm.reasoning import AnswerRoom, choose_effort
from mraru.teachers.llm.text_asking import TextAsking
from mraru.teachers.llm.text_fitting import TextFitting
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable, TextRefused, TextTooLong
from mraru.teachers.servers.openai_client import make_client, token_limit_name
from mraru.teachers.servers.refusal_streak import RefusalStreak
from mraru.teachers.servers.request_refusals import Failure
from mraru.teachers.servers.server_capabilities import AnswerFormat, CapabilityMemory
from mraru.teachers.servers.server_name import server_name
from mraru.teachers.servers.server_news import ServerNews
from mraru.teachers.shortlists.label_pages import MOST_CALLS, LabelPage, LabelPages
from mraru.teachers.shortlists.narrowed_prompt import narrow_prompt
from mraru.teachers.shortlists.page_answers import conclude_page


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherParts:
    """What a teacher of this kind is made of."""

    client: openai.OpenAI
    secret: str | None
    prompt: Prompt
    price: Price
    confidence: Confidence
    builder: RequestBuilder
    room: AnswerRoom
    memory: CapabilityMemory
    news: ServerNews


class OpenAITeacher:
    """Asks an LLM of OpenAI's, of Azure's, or of any compatible server. Thread-safe; never retries by itself.

    The answer is restricted to the labels in the best way that the server understands; what it refuses is left
    out or renamed, and remembered. Such a refused request is not billed and is no call of its own.

    An answer outside the labels is asked again once, in the same conversation, with what was wrong with it. If
    no label comes of that either, the answer is "no label". Several requests about one text, be it this or
    samples for the confidence, are one answer: their tokens and costs are added up, and the bounds cover all.

    With pages, it is the first of several calls about a text (`calls`), each of which shows some of the labels.
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
        thinking_tokens: int = 0,
        effort: str = "auto",
        confidence: Confidence | None = None,
        answer_format: AnswerFormat | None = None,
        capabilities: CapabilityStore | None = None,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], float] = time.time,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
        pages: LabelPages | None = None,
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            api_version: of Azure OpenAI's deployments, where `model` names the deployment.
            max_tokens: of one answer.
            thinking_tokens: that a reasoning model's thoughts may have beside it.
            effort: with which such a model thinks; see `choose_effort`.
            confidence: how sure the LLM is, and how that is found; not at all when None.
            answer_format: the one to use; the best that the server understands when None.
            capabilities: remembers what the server refuses; this teacher alone does when None.
            clock: seconds, for latencies.
            now: seconds since 1970, for the age of what is remembered.
            on_headers: told the headers of every answer of the server, refusals too, in the calling thread.
            pages: which labels are shown with a text; all when None.

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
        self._price = price
        self._confidence = confidence or Confidence()
        self._clock = clock
        self._builder = RequestBuilder(
            model=model,
            schema=prompt.schema,
            with_reason=prompt.with_reason,
            confidence=self._confidence,
            effort=choose_effort(model, effort),
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
        self._room = AnswerRoom(model, self._memory, max_tokens=max_tokens, thinking_tokens=thinking_tokens)
        self._streak = RefusalStreak()
        self._chat = Chat(self._client, self._memory, secret=self._secret)
        self._pages = pages
        self._n_before = 0  # calls about a text before this one
        self._page: LabelPage | None = None  # what one text is shown
        self._tell(prompt)
        self._news = ServerNews(server, model, capabilities)
        decoding: dict[str, str | float] = {"temperature": TEMPERATURE, "max_tokens": max_tokens, "again": ASK_AGAIN}
        decoding |= self._confidence.decoding
        if effort != "auto":
            decoding["effort"] = effort
        self._identity = identity = TeacherIdentity(
            model=model, prompt_version=prompt.version(**decoding), server=server
        )
        if prompt.few_shot is not None:
            bare = prompt.without_examples.version(**decoding)
            self._identity = replace(identity, other_versions=(bare,))
            self._bare_identity = replace(identity, prompt_version=bare, other_versions=(identity.prompt_version,))

    def _tell(self, prompt: Prompt) -> None:
        """Ask with this prompt from now on."""
        self._prompt = prompt
        n_answers = self._confidence.n_answers
        self._bounds = AskingBounds(prompt, self._builder, self._room, self._price, n_answers=n_answers)
        self._fitting = TextFitting(prompt, self._builder, self._room, self._memory)
        self._asking = TextAsking(
            chat=self._chat,
            builder=self._builder,
            memory=self._memory,
            room=self._room,
            bounds=self._bounds,
            fitting=self._fitting,
            confidence=self._confidence,
            streak=self._streak,
        )

    @property
    def pages(self) -> LabelPages | None:
        """Which labels are shown with a text; None: all."""
        return self._pages

    @property
    def calls(self) -> tuple[OpenAITeacher, ...]:
        """This teacher in the first call about a text, the second and so on, over the same connections."""
        if self._pages is None:
            return (self,)
        calls = tuple(copy.copy(self) for _ in range(MOST_CALLS))
        for n_before, teacher in enumerate(calls):
            teacher._n_before = n_before
        return calls

    def for_text(self, text: str) -> OpenAITeacher | None:
        """This teacher with the labels that it shows with a text; None where none is left for its call."""
        if self._pages is None or self._page is not None:
            return self
        context = self._memory.context()
        page = self._pages.find(text, self._n_before, context.tokens if context is not None else None)
        return self.for_page(page) if page is not None else None

    def for_page(self, page: LabelPage) -> OpenAITeacher:
        """This teacher with these labels."""
        narrowed = copy.copy(self)
        narrowed._page = page
        narrowed._builder = replace(self._builder, schema=page.schema, known=page.known)
        narrowed._tell(narrow_prompt(self._prompt, page))
        return narrowed

    @property
    def page(self) -> LabelPage | None:
        """The labels that one text is shown; None: all, or those of whichever text."""
        return self._page

    @property
    def identity(self) -> TeacherIdentity:
        return self._identify(self._identity)

    def _identify(self, identity: TeacherIdentity) -> TeacherIdentity:
        if self._pages is not None:
            version, *others = (self._pages.version(each, self._n_before) for each in identity.versions)
            identity = replace(identity, prompt_version=version, other_versions=tuple(others))
        return replace(identity, answer_limit=self._room.limit)

    def identity_of(self, text: str) -> TeacherIdentity:
        """With examples configured, a text with which none is shown is asked about with another prompt."""
        is_bare = self._prompt.few_shot is not None and not self._prompt.examples_of(text)
        return self._identify(self._bare_identity if is_bare else self._identity)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cost_bound_usd(self, text: str) -> float:
        """More than all requests about this text can cost together, asking again included."""
        told = self.for_text(text)
        return told._bounds.cost_usd(text) if told is not None else 0.0

    def tokens_bound(self, text: str) -> int:
        """More tokens, prompts and answers, than all requests about this text can use together."""
        told = self.for_text(text)
        return told._bounds.n_tokens(text) if told is not None else 0

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
            room=self._room,
            memory=self._memory,
            news=self._news,
        )

    @property
    def fitting(self) -> TextFitting:
        """Renders the messages about a text."""
        return self._fitting

    def plan_request(self, text: str, messages: Sequence[Message] | None = None) -> dict[str, object]:
        """The body of the first request about a text, as it would be sent now; nothing is sent.

        Args:
            messages: about the text, where they are at hand.
        """
        told = self.for_text(text) or self
        messages = told.fitting.render(text)[0] if messages is None else messages
        style = self._memory.style()
        n = 1 if "n" in style.refused else self._confidence.n_answers
        max_tokens = self._room.bound()
        return told._builder.body(messages, style, max_tokens=max_tokens, n=n, temperature=self._asking.temperature)

    def label(self, text: str) -> TeacherAnswer:
        """Ask until there is a label, at most once again; a text that is too long for the server is cut further.

        A failure after the first request ends the asking with what was answered by then: that is paid.

        Raises:
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted, or the server refuses one text after the
                other.
        """
        told = self.for_text(text) or self
        with self._streak.asking():
            return told._label(text)

    def _label(self, text: str) -> TeacherAnswer:
        started_s = self._clock()
        max_tokens = self._room.reserved
        record = AskingRecord(price=self._price, max_tokens=max_tokens, news=self._news)
        readings: list[Reading] = []
        again: Reading | None = None
        try:
            messages = self._asking.ask_fitting(text, readings, record)
            wrong = find_wrong(readings)
            if wrong is not None:
                conversation = self._builder.ask_again(messages, wrong.raw)
                if self._bounds.leave_room(text, conversation, record):
                    again = self._asking.ask_once_more(text, conversation, record)
        except (CallUnavailable, CallRefused, TextRefused) as exc:
            if not readings:
                self._raise_unless_of_text(text, exc, record)
            record.note_failure(exc)
        answer = conclude_asking(
            self._builder.schema,
            self._confidence,
            readings,
            again,
            record,
            max_tokens=max_tokens,
            examples=self._prompt.examples_of(text),
            latency_s=self._clock() - started_s,
        )
        return conclude_page(answer, self._page) if self._page is not None else answer

    def _raise_unless_of_text(self, text: str, exc: Failure, record: AskingRecord) -> None:
        """Raise a failure that says nothing about this text, at first sight or for those that went before it."""
        failure: CallUnavailable | CallRefused | None = None
        if not isinstance(exc, TextRefused):
            failure = exc
        elif exc.of_all is not None:
            failure = self._streak.note_refusal(text, exc.of_all)
        if failure is None:
            return
        if record.has_refusals or isinstance(exc, TextTooLong):
            failure.maybe_billed = True  # for the prompt that was too long
        raise failure

    def ask_again(self, text: str, messages: Sequence[Message], wrong: str, record: AskingRecord) -> Reading | None:
        """Ask once more after an answer outside the labels; None, and the reason in the record, if that failed."""
        try:
            return self._asking.ask_once_more(text, self._builder.ask_again(messages, wrong), record)
        except (CallUnavailable, CallRefused, TextRefused) as exc:
            record.note_failure(exc)
            return None
