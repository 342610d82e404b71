"""What the LLM must answer, and what is made of it: a label of the project or none, never a near one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.answer_text import LONGEST_ANSWER, find_objects, strip_marks, strip_wrapping
from mraru.teachers.servers.whole_text import make_whole

if TYPE_CHECKING:
    pass

MAX_QUOTED_CHARS = 80  # of an unknown label, in a reason
MAX_EXPLANATION_CHARS = 500
# Marks around a label that are not part of it. Not stripped: + # - / ? and the like ("C++", "C#").
_PAIRS = ('""', "''", "``", "**", "()", "[]", "“”", "‘’", "«»", "„“")
_CLOSING_MARKS = ".,;:!。"
_PREAMBLE = re.compile(
    r"\A(?:(?:the|my)\s+)?(?:(?:correct|final|best|most\s+(?:fitting|likely))\s+)?(?:label|answer|category|class)"
    r"(?:\s+is\b\s*:?|\s*[:=])\s*(.+)\Z",
    re.I | re.DOTALL,
)
MOST_MARKS = 20  # around a label
ONLY_THOUGHTS = "the answer ends within the LLM's thoughts"
_NEITHER = 'the answer is neither JSON of the form {"label": "..."} nor a label of this project'


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAnswer:
    """The LLM's answer; keys beside these are ignored."""

    label: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    """A label, or the reason why there is none."""

    label: str | None = None  # as stored by Label Studio
    no_label_reason: str | None = None
    explanation: str | None = None  # the LLM's own reason


def parse_answer(schema: LabelSchema, raw: str | None) -> ParsedAnswer:
    """Read the label out of a raw answer: JSON, or else a label and nothing more.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> parse_answer(schema, '{"label": "Sport"}').label, parse_answer(schema, '"tech".').label
    ('s', 'Tech')
    >>> parse_answer(schema, '{"label": "Sports"}')
    ParsedAnswer(label=None, no_label_reason='the LLM named "Sports", which is no label of this project', \
explanation=None)
    """
    if not (raw or "").strip():
        return ParsedAnswer(no_label_reason="the answer is empty")
    answers = _read_answers(strip_marks(raw or ""))  # before thoughts are looked for, of which a reason may speak
    said = strip_wrapping(raw)
    if not said and not answers:
        return ParsedAnswer(no_label_reason=ONLY_THOUGHTS)
    if not answers and len(said) > LONGEST_ANSWER:
        return ParsedAnswer(no_label_reason=_NEITHER)
    answers = answers or _find_answers(said)
    if not answers:
        label = _match_bare(schema, said)
        return ParsedAnswer(label=label, no_label_reason=None if label is not None else _NEITHER)
    if len({answer.label for answer in answers}) > 1:
        return ParsedAnswer(no_label_reason="the answer names several labels")
    answer = answers[0]
    label = match_label(schema, answer.label)
    if label is not None:
        return ParsedAnswer(label=label, explanation=clean_explanation(answer.reason))
    return ParsedAnswer(no_label_reason=quote_unknown(answer.label))


def quote_unknown(named: str) -> str:
    """Why an answer that names this is none."""
    quoted = named if len(named) <= MAX_QUOTED_CHARS else named[:MAX_QUOTED_CHARS] + "…"
    return f'the LLM named "{quoted}", which is no label of this project'


def find_answered_objects(raw: str) -> list[list[tuple[str, object]]]:
    """The JSON objects of an answer, as they are written: the whole of it, else those that stand in it."""
    for said in (strip_marks(raw), strip_wrapping(raw)):
        whole = _read_pairs(said)
        if whole is not None:
            return [whole]
    said = strip_wrapping(raw)
    return [pairs for found in find_objects(said) if (pairs := _read_pairs(found)) is not None]


def _find_answers(said: str) -> list[LabelAnswer]:
    """Each label that the answer's JSON names: more than one where a key stands there twice, or several objects."""
    whole = _read_answers(said)
    return whole or [answer for found in find_objects(said) for answer in _read_answers(found)]


def _read_answers(said: str) -> list[LabelAnswer]:
    pairs = _read_pairs(said)
    if pairs is None:
        return []
    reason = next((value for key, value in pairs if key == "reason" and isinstance(value, str)), None)
    values = [value for key, value in pairs if key.casefold() == "label"]
    named = [str(value) for value in values if isinstance(value, str) or type(value) is int]  # as a rating may come
    return [LabelAnswer(label=make_whole(value) or "", reason=make_whole(reason)) for value in named]


def _read_pairs(said: str) -> list[tuple[str, object]] | None:
    try:
        pairs = json.loads(said, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return None
    return pairs if isinstance(pairs, _Pairs) else None


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it is written, keys that stand there twice included."""


def _match_bare(schema: LabelSchema, said: str) -> str | None:
    """The label that an answer without JSON is, alone or after words that announce one; None for any other prose."""
    label = match_label(schema, said)
    if label is not None:
        return label
    announced = _PREAMBLE.match(said)
    if announced:
        return match_label(schema, announced[1])
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    named = {found for line in lines if (found := match_label(schema, line)) is not None}
    is_last = len(named) == 1 and match_label(schema, lines[-1]) is not None
    return named.pop() if is_last and lines[0].endswith(":") else None


def match_label(schema: LabelSchema, named: str) -> str | None:
    """The label as stored that a name means exactly, else None.

    A name is a value, else an alias, else the last part of a path that no other path ends with. Space, quotes and
    closing marks around it do not count, and neither does case, where only one label can be meant. Nothing else is
    forgiven.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="C"), Choice(value="C++", alias="cpp")))
    >>> [match_label(schema, named) for named in ("C++", '"c".', "CPP", "C#", "C or C++")]
    ['cpp', 'C', 'cpp', None, None]
    >>> paths = [("Pet / Dog", "Dog"), ("Pet / Fish", "Fish"), ("Food / Fish", "Fish")]
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=tuple(Choice(value=path, name=name) for path, name in paths))
    >>> [match_label(schema, named) for named in ("food / fish", "Dog", "Fish")]
    ['Food / Fish', 'Pet / Dog', None]
    """
    for candidate in _unwrap(named):
        for choice in schema.choices:
            if candidate == choice.value:
                return choice.stored
        for choice in schema.choices:
            if candidate == choice.alias:
                return choice.stored
        folded = candidate.casefold()
        meant = {
            choice.stored
            for choice in schema.choices
            if folded in (choice.value.casefold(), (choice.alias or choice.value).casefold())
        }
        meant = meant or {
            choice.stored for choice in schema.choices if choice.name is not None and folded == choice.name.casefold()
        }
        if len(meant) == 1:
            return meant.pop()
    return None


def clean_explanation(reason: str | None) -> str | None:
    """One line of a bounded length; None if nothing was said.

    >>> clean_explanation(" It names\\n a match. "), clean_explanation(" ")
    ('It names a match.', None)
    """
    line = " ".join((reason or "").split())
    return (line if len(line) <= MAX_EXPLANATION_CHARS else line[:MAX_EXPLANATION_CHARS] + "…") or None


def _unwrap(named: str) -> list[str]:
    """A name, then without its outermost marks, and so on: the first that is a label counts."""
    found = [named]
    while len(found) <= MOST_MARKS:
        inner = found[-1].strip()
        if inner == found[-1] and inner:
            if inner[-1] in _CLOSING_MARKS:
                inner = inner[:-1]
            elif len(inner) > 1 and inner[0] + inner[-1] in _PAIRS:
                inner = inner[1:-1]
        if inner in ("", found[-1]):
            break
        found.append(inner)
    return found
