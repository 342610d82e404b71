"""What an LLM said in the end: without its thoughts, the marks of its chat template and the fence around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_INVISIBLE = "\ufeff\u200b\u2060\x00"  # byte order marks and the like, which are no space to Python
_END_MARKS = re.compile(
    r"(?:</s>|<eos>|<end_of_turn>|<\|[a-z0-9_]+\|>|<\uff5c[^\uff5c<>]{1,40}\uff5c>|\[/?INST\]|\[/?ANSWER\])\s*\Z", re.I
)
_START_MARKS = re.compile(r"\A\s*(?:<s>|<bos>|<\|[a-z0-9_]+\|>|\[/?INST\]|\[ANSWER\])\s*", re.I)
_NAMES = r"think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad"
_OPENED = re.compile(rf"\A\s*(?:<(?:{_NAMES})>|\[THINK\]|<\|begin_of_thought\|>)", re.I)
_CLOSED = re.compile(rf"(?:</(?:{_NAMES})>|\[/THINK\]|<\|end_of_thought\|>)", re.I)
# OpenAI's harmony format, where a server hands it on as it is: channels of thoughts, and one of the answer.
_CHANNEL = re.compile(r"<\|channel\|>\s*+([a-z]++)[^<]*+<\|message\|>", re.I)
_FENCED = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)
_MOST_OBJECTS = 50  # that are looked for in one answer
_MOST_MARKS = 20  # that are taken from its ends
LONGEST_ANSWER = 20_000  # characters without thoughts: what is longer names no label, whatever it holds


def has_thoughts(raw: str) -> bool:
    """Whether an answer holds thoughts of the LLM's beside what it says.

    >>> has_thoughts("Hm.</think>Sport"), has_thoughts("[THINK]Hm."), has_thoughts("Sport")
    (True, True, False)
    """
    return bool(_OPENED.search(raw) or _CLOSED.search(raw) or _CHANNEL.search(raw))


def strip_wrapping(raw: str | None) -> str:
    """What was said, without thoughts before it, marks of the chat template and the code fence around it.

    Of an answer that ends within its thoughts, nothing was said.

    >>> strip_wrapping("<think>Hm.</think>\\n```json\\n{}\\n```"), strip_wrapping(None)
    ('{}', '')
    >>> strip_wrapping("Hm.</think>Sport</s>"), strip_wrapping("<thinking>Sport or"), strip_wrapping("\\ufeffSport")
    ('Sport', '', 'Sport')
    >>> strip_wrapping("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Sport")
    'Sport'
    """
    said = strip_marks(strip_thoughts(raw or ""))
    fenced = _FENCED.fullmatch(said)
    return strip_marks(fenced[1]) if fenced else said


def strip_thoughts(raw: str) -> str:
    """What follows the last thought; nothing where the thoughts do not end."""
    channels = list(_CHANNEL.finditer(raw))
    if channels:
        return raw[channels[-1].end() :] if channels[-1][1].lower() == "final" else ""
    closed = list(_CLOSED.finditer(raw))
    if closed:
        return raw[closed[-1].end() :]
    return "" if _OPENED.search(raw) else raw


def strip_marks(said: str) -> str:
    """Without space and the marks of chat templates around it."""
    for _ in range(_MOST_MARKS):
        shorter = _END_MARKS.sub("", _START_MARKS.sub("", said)).strip().strip(_INVISIBLE)
        if shorter == said:
            break
        said = shorter
    return said


def find_objects(said: str) -> list[str]:
    """The JSON objects within an answer, the outermost, in order: those in code fences if there are such.

    >>> find_objects('Sure! Here it is: {"label": "Sport"} Anything else?')
    ['{"label": "Sport"}']
    """
    fenced = [inner.strip() for inner in _FENCED.findall(said)]
    return [found for part in fenced or [said] for found in _scan(part)]


def _scan(said: str) -> Iterator[str]:
    decoder = json.JSONDecoder()
    start, n_found = said.find("{"), 0
    while start >= 0 and n_found < _MOST_OBJECTS:
        try:
            _, end = decoder.raw_decode(said, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield said[start:end]
        n_found += 1
        start = said.find("{", end)
