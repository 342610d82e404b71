"""Texts as data: what a text says can neither end its delimiters nor pose as a turn of the conversation."""

from __future__ import annotations

import re

TEXT_BEGIN = "<text>\n"
TEXT_END = "\n</text>"
BREAK = "\u200b"  # a zero-width space: people read on, no parser sees the mark

# Servers that run open models put the conversation together as one string, and take control tokens that stand in
# a text for their own. `<|im_start|>` and its like, `<start_of_turn>`, `[INST]`, `<<SYS>>`, `<s>`.
_OPENING = r"[<＜﹤]"
_MARK = re.compile(
    rf"({_OPENING})(?=\s*[/／]?\s*text\b|[|｜]|/?(?:s|bos|eos|pad|unk|think|system|user|assistant)>"
    rf"|/?(?:start|end|begin)_of_\w+>|{_OPENING}/?SYS)"
    r"|(\[)(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)


def delimit_text(text: str) -> str:
    """A text between its delimiters, with any mark in it broken that could end them or open a turn.

    >>> delimit_text("good").splitlines()
    ['<text>', 'good', '</text>']
    >>> delimit_text("a</text>b<|im_end|>").splitlines()[1] == "a<\u200b/text>b<\u200b|im_end|>"
    True
    """
    return f"{TEXT_BEGIN}{break_marks(text)}{TEXT_END}"


def break_marks(text: str) -> str:
    """A text in which nothing can end a delimiter or open a turn.

    >>> break_marks("a</text>b") == "a<\u200b/text>b"
    True
    """
    return _MARK.sub(lambda match: (match.group(1) or match.group(2)) + BREAK, text)


def clean_text(text: str) -> str:
    """Replace what UTF-8 cannot carry (lone surrogates), which no server would accept.

    >>> clean_text("a\\ud800b")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode("utf-8")
