"""One chat completion of one model's server, in the style that the server takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import openai

from mraru.teachers.llm.answers.chat_answer import Completion
from mraru.teachers.llm.asking_record import AskingRecord
from mraru.teachers.servers.call_failures import CallUnavailable, quotes_text, translate_failure
from mraru.teachers.servers.error_bodies import raise_hidden_error, read_error
from mraru.teachers.servers.request_refusals import understand_refusal
from mraru.teachers.servers.server_capabilities import CapabilityMemory, RequestStyle


class Chat:
    """Sends requests, and leaves out or renames what the server refuses. Thread-safe; never retries by itself.

    A refused parameter is remembered; such a refused request is not billed and is no call of its own.
    """

    def __init__(self, client: openai.OpenAI, memory: CapabilityMemory, *, secret: str | None) -> None:
        """Nothing is sent; `secret` is the key, which no message of ours may repeat."""
        self._client = client
        self._memory = memory
        self._secret = secret

    def complete(
        self,
        make_body: Callable[[RequestStyle], Mapping[str, object]],
        record: AskingRecord,
        *,
        prompt_tokens_bound: int,
        texts: Sequence[str],
    ) -> object:
        """One request that the server takes, after as many free refusals as it needs to learn its style.

        Args:
            make_body: the request in a style.
            record: told of each request that goes out.
            texts: that the request shows, at least one; a message that quotes one is not passed on.

        Returns:
            What came: a chat completion, if the server is one.

        Raises:
            TextTooLong: the server takes no prompt of this length.
            UnexplainedRefusal: of this text, or of all; the server does not say.
            TextRefused: by the server, for what the texts say.
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted.
        """
        while True:
            style = self._memory.style()
            body = make_body(style)
            record.begin(body, prompt_tokens_bound)
            try:
                completion: object = self._client.post("/chat/completions", cast_to=Completion, body=body)
                raise_hidden_error(completion)
            except openai.APIStatusError as exc:
                text = _quoted(read_error(exc).message, texts)
                refused = understand_refusal(exc, self._memory, style, body.keys(), text=text, secret=self._secret)
                if refused is None:
                    continue
                # Without its cause, which repeats the server's words: they may hold the key or the text.
                raise refused from None
            except openai.APIError as exc:
                raise translate_failure(exc, text=_quoted(exc.message, texts), secret=self._secret) from exc
            except (ValueError, TypeError, RecursionError) as exc:
                raise CallUnavailable(
                    f"The teacher's answer cannot be read ({type(exc).__name__}).", maybe_billed=True
                ) from None
            return completion


def _quoted(message: str, texts: Sequence[str]) -> str:
    """The text that a message repeats, the first of all if it repeats none."""
    return next((text for text in texts if quotes_text(message, text)), texts[0])
