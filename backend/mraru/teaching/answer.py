"""What the LLM must answer, and what is made of it: a label of the project or none, never a near one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from mraru.records import LabelSchema

if TYPE_CHECKING:
    from openai.types.shared_params import ResponseFormatJSONSchema

MAX_QUOTED_CHARS = 80  # of an unknown label, in a reason


class LabelAnswer(BaseModel):
    """The LLM's answer; keys beside `label` are ignored."""

    model_config = ConfigDict(strict=True)

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAnswer:
    """A label, or the reason why there is none."""

    label: str | None = None  # as stored by Label Studio
    no_label_reason: str | None = None


def response_format(schema: LabelSchema) -> ResponseFormatJSONSchema:
    """The structured output that restricts the LLM to the values of the choices.

    >>> from mraru.records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> response_format(schema)["json_schema"]["schema"]["properties"]
    {'label': {'type': 'string', 'enum': ['Sport', 'Tech']}}
    """
    values = list(dict.fromkeys(choice.value for choice in schema.choices))
    return {
        "type": "json_schema",
        "json_schema": {
            "name": "label",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"label": {"type": "string", "enum": values}},
                "required": ["label"],
                "additionalProperties": False,
            },
        },
    }


def parse_answer(schema: LabelSchema, raw: str | None) -> ParsedAnswer:
    """Read the label out of a raw answer; only an exact value or alias counts.

    >>> from mraru.records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text",
    ...                      choices=(Choice(value="Sport", alias="s"), Choice(value="Tech")))
    >>> parse_answer(schema, '{"label": "Sport"}').label
    's'
    >>> parse_answer(schema, '{"label": "sport"}')
    ParsedAnswer(label=None, no_label_reason='the LLM named "sport", which is no label of this project')
    """
    if raw is None or not raw.strip():
        return ParsedAnswer(no_label_reason="the answer is empty")
    try:
        named = LabelAnswer.model_validate_json(raw).label
    except ValidationError:
        return ParsedAnswer(no_label_reason='the answer is not JSON of the form {"label": "..."}')
    for choice in schema.choices:
        if named == choice.value:
            return ParsedAnswer(label=choice.stored)
    for choice in schema.choices:
        if named == choice.alias:
            return ParsedAnswer(label=choice.stored)
    quoted = named if len(named) <= MAX_QUOTED_CHARS else named[:MAX_QUOTED_CHARS] + "…"
    return ParsedAnswer(no_label_reason=f'the LLM named "{quoted}", which is no label of this project')
