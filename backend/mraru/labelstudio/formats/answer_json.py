"""What a region of a `result` answers, as the labels that it gives here, and back."""

from __future__ import annotations

from collections.abc import Mapping

from mraru.schema_records import AnswerKind, LabelSchema


def to_value(schema: LabelSchema, label: str) -> dict[str, object]:
    """The `value` of a region that gives a label of the schema's, or a set of them in the config's order.

    >>> from mraru.schema_records import Choice
    >>> paths = (Choice(value="Animal / Dog", alias="Animal / d", path=("Animal", "d")), Choice(value="Animal"))
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=paths, kind=AnswerKind.TAXONOMY)
    >>> to_value(schema, "Animal / d")
    {'taxonomy': [['Animal', 'd']]}
    """
    chosen = schema.labels_of(label)
    match schema.kind:
        case AnswerKind.TAXONOMY:
            return {"taxonomy": [list(choice.path) for choice in schema.choices if choice.stored in chosen]}
        case AnswerKind.RATING:
            return {"rating": int(label)}
        case AnswerKind.CHOICES:
            return {"choices": [each for each in schema.labels if each in chosen]}


def answers_of(value: object, schema: LabelSchema) -> list[str]:
    """All that the `value` of a region answers, as labels; also such as the schema does not have (any more).

    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="x", choices=(), kind=AnswerKind.RATING)
    >>> answers_of({"rating": 4.0}, schema), answers_of({"rating": 0}, schema), answers_of({"choices": ["A"]}, schema)
    (['4'], [], [])
    """
    said = value.get(schema.kind.value) if isinstance(value, Mapping) else None
    if schema.kind is AnswerKind.RATING:
        stars = _whole_number(said)
        return [str(stars)] if stars is not None and stars > 0 else []  # 0 is what the editor shows where nobody rated
    listed = said if isinstance(said, list | tuple) else ()
    if schema.kind is AnswerKind.CHOICES:
        return [item for item in listed if isinstance(item, str)]
    return [schema.path_separator.join(path) for path in listed if _is_path(path, schema.path_separator)]


def _is_path(item: object, separator: str) -> bool:
    """Whether it is one that can be told from others once it is joined."""
    if not isinstance(item, list | tuple) or not item or not all(isinstance(part, str) for part in item):
        return False
    return separator.join(item).split(separator) == list(item)


def _whole_number(said: object) -> int | None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not -1e6 < said < 1e6:
        return None
    return int(said) if int(said) == said else None
