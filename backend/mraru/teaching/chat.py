"""One chat completion of one model's server, in the style that the server takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import openai
from openai.types.chat import ChatCompletion

from mraru.teaching.asking_record import AskingRecord
from mraru.teaching.capabilities import CapabilityMemory, RequestStyle
from mraru.teaching.failures import (
    CallUnavailable,
    TextRefused,
    quotes_text,
    translate_failure,
    why_text_was_refused,
)


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
            TextRefused: by the server, for what the texts say or for their length.
            CallUnavailable: overloaded, unreachable, too slow or cut off.
            CallRefused: key, model, address or account are not accepted.
        """
        while True:
            style = self._memory.style()
            body = make_body(style)
            record.begin(body, prompt_tokens_bound)
            try:
                completion: object = self._client.post("/chat/completions", cast_to=ChatCompletion, body=body)
            except openai.APIStatusError as exc:
                reason = why_text_was_refused(exc)
                if reason is not None:
                    raise TextRefused(reason, status=exc.status_code, request_id=exc.request_id) from None
                text = _quoted(exc, texts)
                if self._memory.learn(exc, style, body.keys(), text):
                    continue
                # Without its cause, which repeats the server's words: they may hold the key or the text.
                raise translate_failure(exc, text=text, secret=self._secret) from None
            except openai.APIError as exc:
                raise translate_failure(exc, text=_quoted(exc, texts), secret=self._secret) from exc
            except ValueError as exc:
                raise CallUnavailable(
                    f"The teacher's answer cannot be read ({type(exc).__name__}).", maybe_billed=True
                ) from None
            return completion


def _quoted(exc: openai.APIError, texts: Sequence[str]) -> str:
    """The text that a message repeats, the first of all if it repeats none."""
    return next((text for text in texts if quotes_text(exc.message, text)), texts[0])
