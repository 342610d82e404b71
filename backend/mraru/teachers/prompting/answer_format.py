"""The format in which an LLM must answer: JSON with a label of the project, and a reason where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mraru.schema_records import LabelSchema
from mraru.teachers.prompting.question_words import answer_properties, reason_key

if TYPE_CHECKING:
    from openai.types.shared_params import ResponseFormatJSONSchema

REASON_DESCRIPTION = "One short sentence that says why this label fits the text."


def response_format(schema: LabelSchema, with_reason: bool = False) -> ResponseFormatJSONSchema:
    """The structured output that restricts the LLM to the values of the choices.

    A reason comes after the label: so the label's probability is that of the label alone and not of one that
    was argued for already, and with and without a reason the label is asked for in the same way.

    >>> from mraru.schema_records import Choice, LabelSchema
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
    properties = answer_properties(schema, _describe_one) if schema.questions else _label_property(schema)
    if with_reason:
        properties[reason_key(schema)] = {"type": "string", "description": REASON_DESCRIPTION}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _label_property(schema: LabelSchema) -> dict[str, object]:
    return {"labels" if schema.is_multiple else "label": _describe_one(schema)}


def _describe_one(schema: LabelSchema) -> dict[str, object]:
    """What may be answered to one question.

    Of a set no rule says that its members differ: servers with strict output refuse `uniqueItems`.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> several = LabelSchema(from_name="c", to_name="t", text_field="text", is_multiple=True,
    ...                       choices=(Choice(value="joy"), Choice(value="love")))
    >>> answer_schema(several)["properties"]
    {'labels': {'type': 'array', 'items': {'type': 'string', 'enum': ['joy', 'love']}}}
    """
    values = list(dict.fromkeys(choice.value for choice in schema.choices))
    one: dict[str, object] = {"type": "string", "enum": values}
    return {"type": "array", "items": one} if schema.is_multiple else one
