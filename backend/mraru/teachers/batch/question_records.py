"""One of several questions as JSON: all that reading its answer needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mraru.schema_records import Choice, Condition, LabelSchema


def dump_question(question: LabelSchema) -> dict[str, object]:
    """As `load_question` reads it."""
    return {
        "name": question.from_name,
        "choices": [[choice.value, choice.alias, choice.name] for choice in question.choices],
        "is_multiple": question.is_multiple,
        "is_required": question.is_required,
        "most": question.most,
        "conditions": [[each.questions, each.labels, each.is_negated] for each in question.conditions],
    }


def load_question(kept: Mapping[str, Any]) -> LabelSchema:
    """A question whose answers are read as those of the one that was kept.

    >>> kept = LabelSchema(from_name="mood", to_name="", text_field="", choices=(Choice(value="good"),),
    ...                    conditions=(Condition(questions=("topic",), labels=("sport",)),))
    >>> load_question(dump_question(kept)) == kept
    True
    """
    return LabelSchema(
        from_name=kept["name"],
        to_name="",
        text_field="",
        choices=tuple(Choice(value=value, alias=alias, name=name) for value, alias, name in kept["choices"]),
        is_multiple=kept["is_multiple"],
        is_required=kept["is_required"],
        most=kept["most"],
        conditions=tuple(
            Condition(
                questions=tuple(questions), labels=None if labels is None else tuple(labels), is_negated=is_negated
            )
            for questions, labels, is_negated in kept["conditions"]
        ),
    )
