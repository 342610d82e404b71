"""What an LLM is told of labels that are more than names: of ratings their order, of paths how they are written."""

from __future__ import annotations

import json

from mraru.schema_records import AnswerKind, LabelSchema


def describe_kind(schema: LabelSchema) -> str | None:
    """What is said before the labels are listed; None for choices, which need no word.

    >>> from mraru.schema_records import Choice
    >>> stars = tuple(Choice(value=str(number)) for number in (1, 2, 3))
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=stars, kind=AnswerKind.RATING)
    >>> describe_kind(schema)
    'The labels are ratings. They are ordered: "1" is the lowest, "3" the highest.'
    """
    if schema.kind is AnswerKind.RATING:
        lowest, highest = schema.choices[0].value, schema.choices[-1].value
        return f'The labels are ratings. They are ordered: "{lowest}" is the lowest, "{highest}" the highest.'
    if schema.kind is AnswerKind.TAXONOMY:
        separator = json.dumps(schema.path_separator, ensure_ascii=False)
        note = (
            "The labels are paths in a tree of categories, from the general to the special, their parts joined by "
            f"{separator}. Answer with a whole path."
        )
        return f"{note} Where no longer path fits, a shorter one that is listed does." if _may_stop(schema) else note
    return None


def _may_stop(schema: LabelSchema) -> bool:
    """Whether some label goes on in another one."""
    paths = {choice.path for choice in schema.choices}
    return any(path[:length] in paths for path in paths for length in range(1, len(path)))
