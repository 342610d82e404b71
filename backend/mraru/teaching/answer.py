"""What the LLM must answer, and what is made of it: a label of the project or none, never a near one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from mraru.records import LabelSchema

if TYPE_CHECKING:
    from openai.types.shared_params import ResponseFormatJSONSchema

MAX_QUOTED_CHARS = 80  # of an unknown label, in a reason
MAX_EXPLANATION_CHARS = 500
REASON_DESCRIPTION = "One short sentence that says why this label fits the text."
# Marks around a label that are not part of it. Not stripped: + # - / ? and the like ("C++", "C#").
_PAIRS = ('""', "''", "``", "**", "()", "[]", "“”", "‘’", "«»", "„“")
_CLOSING_MARKS = ".,;:!。"
_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)  # servers that do not take it out themselves
_FENCED = re.compile(r"\A```[a-z]*\s*\n(.*)\n\s*```\Z", re.DOTALL)


class LabelAnswer(BaseModel):
    """The LLM's answer; keys beside these are ignored."""

    model_config = ConfigDict(strict=True)

    label: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    """A label, or the reason why there is none."""

    label: str | None = None  # as stored by Label Studio
    no_label_reason: str | None = None
    explanation: str | None = None  # the LLM's own reason


def response_format(schema: LabelSchema, with_reason: bool = False) -> ResponseFormatJSONSchema:
    """The structured output that restricts the LLM to the values of the choices.

    A reason comes after the label: so the label's probability is that of the label alone and not of one that
    was argued for already, and with and without a reason the label is asked for in the same way.

    >>> from mraru.records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> response_format(schema)["json_schema"]["schema"]["properties"]
    {'label': {'type': 'string', 'enum': ['Sport', 'Tech']}}
    >>> list(response_format(schema, with_reason=True)["json_schema"]["schema"]["properties"])
    ['label', 'reason']
    """
    return {
        "type": "json_schema",
        "json_schema": {"name": "label", "strict": True, "schema": answer_schema(schema, with_reason)},
    }


def answer_schema(schema: LabelSchema, with_reason: bool = False) -> dict[str, object]:
    """JSON Schema of the answer: a structured output's, or that of a tool's parameters."""
    values = list(dict.fromkeys(choice.value for choice in schema.choices))
    properties: dict[str, object] = {"label": {"type": "string", "enum": values}}
    if with_reason:
        properties["reason"] = {"type": "string", "description": REASON_DESCRIPTION}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse_answer(schema: LabelSchema, raw: str | None) -> ParsedAnswer:
    """Read the label out of a raw answer: JSON, or else a label and nothing more.

    >>> from mraru.records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> parse_answer(schema, '{"label": "Sport"}').label, parse_answer(schema, '"tech".').label
    ('s', 'Tech')
    >>> parse_answer(schema, '{"label": "Sports"}')
    ParsedAnswer(label=None, no_label_reason='the LLM named "Sports", which is no label of this project', \
explanation=None)
    """
    said = strip_wrapping(raw)
    if not said:
        return ParsedAnswer(no_label_reason="the answer is empty")
    try:
        answer = LabelAnswer.model_validate_json(said)
    except ValidationError:
        label = match_label(schema, said)
        if label is not None:
            return ParsedAnswer(label=label)
        return ParsedAnswer(
            no_label_reason='the answer is neither JSON of the form {"label": "..."} nor a label of this project'
        )
    label = match_label(schema, answer.label)
    if label is not None:
        return ParsedAnswer(label=label, explanation=clean_explanation(answer.reason))
    quoted = answer.label if len(answer.label) <= MAX_QUOTED_CHARS else answer.label[:MAX_QUOTED_CHARS] + "…"
    return ParsedAnswer(no_label_reason=f'the LLM named "{quoted}", which is no label of this project')


def strip_wrapping(raw: str | None) -> str:
    """What was said, without the thoughts before it and the code fence around it.

    >>> strip_wrapping("<think>Hm.</think>\\n```json\\n{}\\n```"), strip_wrapping(None)
    ('{}', '')
    """
    said = _THINKING.sub("", raw or "").strip()
    fenced = _FENCED.match(said)
    return fenced[1].strip() if fenced else said


def match_label(schema: LabelSchema, named: str) -> str | None:
    """The label as stored that a name means exactly, else None.

    A name is a value, else an alias. Space, quotes and closing marks around it do not count, and neither does
    case, where only one label can be meant. Nothing else is forgiven.

    >>> from mraru.records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="C"), Choice(value="C++", alias="cpp")))
    >>> [match_label(schema, named) for named in ("C++", '"c".', "CPP", "C#", "C or C++")]
    ['cpp', 'C', 'cpp', None, None]
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
    while True:
        inner = found[-1].strip()
        if inner == found[-1] and inner:
            if inner[-1] in _CLOSING_MARKS:
                inner = inner[:-1]
            elif len(inner) > 1 and inner[0] + inner[-1] in _PAIRS:
                inner = inner[1:-1]
        if inner in ("", found[-1]):
            return found
        found.append(inner)
