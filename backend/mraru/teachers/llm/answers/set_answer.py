"""A set of labels, read out of an LLM's answer: every label of it is one of the project, or there is none."""

from __future__ import annotations

import json
import re

from mraru.answers import join_labels
from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.answer import (
    ONLY_THOUGHTS,
    ParsedAnswer,
    clean_explanation,
    find_answered_objects,
    match_label,
    quote_unknown,
)
from mraru.teachers.llm.answers.answer_text import LONGEST_ANSWER, strip_wrapping

KEYS = ("labels", "label")  # as asked for, and as LLMs also write it
_NEITHER = 'the answer is neither JSON of the form {"labels": ["..."]} nor a list of labels of this project'
_BETWEEN = re.compile(r"[,;|]")  # labels of one line of a list that is no JSON
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+")


def parse_set_answer(schema: LabelSchema, raw: str | None) -> ParsedAnswer:
    """Read a set of labels out of a raw answer: JSON, or else a list of labels and nothing more.

    >>> from mraru.schema_records import Choice, LabelSchema
    >>> schema = LabelSchema(from_name="c", to_name="t", text_field="text", is_multiple=True,
    ...                      choices=(Choice(value="Joy", alias="j"), Choice(value="Love")))
    >>> [parse_set_answer(schema, raw).label for raw in ('{"labels": ["Love", "joy"]}', "Love, Joy", '{"labels": []}')]
    ['Love | j', 'Love | j', '(no label)']
    >>> parse_set_answer(schema, '{"labels": ["Love", "Hate"]}').no_label_reason
    'the LLM named "Hate", which is no label of this project'
    """
    if not (raw or "").strip():
        return ParsedAnswer(no_label_reason="the answer is empty")
    objects = find_answered_objects(raw or "")
    said = strip_wrapping(raw)
    if not said and not objects:
        return ParsedAnswer(no_label_reason=ONLY_THOUGHTS)
    lists = [named for found in objects if (named := _labels_in(found)) is not None]
    if lists:
        sets = {frozenset(match_label(schema, each) or each for each in named) for named in lists}
        if len(sets) > 1:
            return ParsedAnswer(no_label_reason="the answer names several sets of labels")
        reason = next((value for key, value in objects[0] if key == "reason" and isinstance(value, str)), None)
        return _read(schema, lists[0], reason)
    named = _read_list(schema, said) if len(said) <= LONGEST_ANSWER else None
    if named and all(match_label(schema, each) is not None for each in named):
        return _read(schema, named, None)
    return ParsedAnswer(no_label_reason=_NEITHER)


def _labels_in(pairs: list[tuple[str, object]]) -> list[str] | None:
    """The labels that a JSON object names; None where it names none in a way that is understood."""
    values = [value for key, value in pairs if key.casefold() in KEYS]
    if len(values) != 1:
        return None
    value = values[0]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [str(each) for each in value]
    return None


def _read_list(schema: LabelSchema, said: str) -> list[str]:
    """A JSON array, or labels one after the other; nothing where that can be read in several ways.

    A line that is a label is that label, whatever stands in its name. No other line with such a label is taken apart.
    """
    try:
        read = json.loads(said)
    except (ValueError, RecursionError):
        read = None
    if isinstance(read, list):
        return [each for each in read if isinstance(each, str)] if all(isinstance(each, str) for each in read) else []
    names = {name for choice in schema.choices for name in (choice.value, choice.alias) if name}
    parted = [name.casefold() for name in names if _BETWEEN.search(name)]  # by what else stands between labels
    found: list[str] = []
    for line in filter(None, (_BULLET.sub("", line).strip() for line in said.splitlines())):
        if match_label(schema, line) is not None:
            found.append(line)
        elif any(name in line.casefold() for name in parted):
            return []
        else:
            found.extend(part for each in _BETWEEN.split(line) if (part := _BULLET.sub("", each).strip()))
    return found


def _read(schema: LabelSchema, named: list[str], reason: str | None) -> ParsedAnswer:
    labels = []
    for each in named:
        label = match_label(schema, each)
        if label is None:
            return ParsedAnswer(no_label_reason=quote_unknown(each))
        labels.append(label)
    answer = join_labels(labels)
    if schema.most is not None and len(set(labels)) > schema.most:
        reason = f"the LLM named {len(set(labels))} labels, and at most {schema.most} may be chosen"
        return ParsedAnswer(no_label_reason=reason)
    if not schema.is_answer(answer):
        return ParsedAnswer(no_label_reason="the LLM named no label, and this project asks for one at least")
    return ParsedAnswer(label=answer, explanation=clean_explanation(reason))
