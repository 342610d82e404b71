"""One answer to several questions, read out of what an LLM said: each is answered with its own labels, or none is.

An answer that leaves a question open is no answer: half a label would be taught as a whole one.
"""

from __future__ import annotations

from mraru.answers import join_labels, split_answer
from mraru.schema_records import LabelSchema
from mraru.teachers.llm.answers.answer import (
    ONLY_THOUGHTS,
    ParsedAnswer,
    clean_explanation,
    find_answered_objects,
    match_label,
    quote_unknown,
)
from mraru.teachers.llm.answers.answer_text import strip_wrapping
from mraru.teachers.prompting.question_words import describe_form, reason_key

Pairs = list[tuple[str, object]]


class _Unanswered(Exception):
    """Why one of the questions has no answer."""


def parse_question_answer(schema: LabelSchema, raw: str | None) -> ParsedAnswer:
    """Read the answers to all questions out of a raw answer; nothing but JSON will do.

    What is said of a question that is not asked, after the answers to the others, does not count.

    >>> from mraru.questions import ask_together
    >>> from mraru.schema_records import Choice
    >>> mood, topic = (LabelSchema(from_name=name, to_name="t", text_field="x", is_multiple=name == "topic",
    ...                            choices=tuple(Choice(value=label) for label in labels))
    ...                for name, labels in (("mood", ("good", "bad")), ("topic", ("sport", "food"))))
    >>> both = ask_together([mood, topic])
    >>> parse_question_answer(both, '{"mood": "Good", "topic": ["food", "sport"]}').label
    'mood: good | topic: food | topic: sport'
    >>> parse_question_answer(both, '{"mood": "fine", "topic": []}').no_label_reason
    'of the question "mood", the LLM named "fine", which is no label of this project'
    """
    if not (raw or "").strip():
        return ParsedAnswer(no_label_reason="the answer is empty")
    names = {question.from_name.casefold() for question in schema.questions}
    objects = [pairs for pairs in find_answered_objects(raw or "") if any(key.casefold() in names for key, _ in pairs)]
    if not objects:
        if not strip_wrapping(raw):
            return ParsedAnswer(no_label_reason=ONLY_THOUGHTS)
        form = describe_form(schema, with_reason=False)
        return ParsedAnswer(no_label_reason=f"the answer is no JSON of the form {form}")
    try:
        answers = {_read_all(schema, pairs) for pairs in objects}
    except _Unanswered as exc:
        return ParsedAnswer(no_label_reason=str(exc))
    if len(answers) > 1:
        return ParsedAnswer(no_label_reason="the answer names several labels")
    key = reason_key(schema)
    reason = next((value for name, value in objects[0] if name == key and isinstance(value, str)), None)
    return ParsedAnswer(label=answers.pop(), explanation=clean_explanation(reason))


def _read_all(schema: LabelSchema, pairs: Pairs) -> str:
    parts: dict[str, str] = {}
    for question in schema.questions:
        if question.is_seen({name: split_answer(part) for name, part in parts.items()}):
            parts[question.from_name] = _read_one(question, pairs)
    return schema.join_parts(parts)


def _read_one(question: LabelSchema, pairs: Pairs) -> str:
    about = f'of the question "{question.from_name}", '
    values = [value for key, value in pairs if key.casefold() == question.from_name.casefold()]
    if len(values) > 1:
        raise _Unanswered(f"{about}the answer names several labels")
    named = _list_named(values[0]) if values else None
    if named is None:
        raise _Unanswered(f"{about}the LLM said nothing")
    labels = []
    for each in named:
        label = match_label(question, each)
        if label is None:
            raise _Unanswered(about + quote_unknown(each))
        labels.append(label)
    if not question.is_multiple and len(set(labels)) != 1:
        raise _Unanswered(f"{about}the LLM named {len(set(labels))} labels, and one is asked for")
    answer = join_labels(labels) if question.is_multiple else labels[0]
    if question.most is not None and len(set(labels)) > question.most:
        raise _Unanswered(f"{about}the LLM named {len(set(labels))} labels, and at most {question.most} may be chosen")
    if not question.is_answer(answer):
        raise _Unanswered(f"{about}the LLM named no label, and this project asks for one at least")
    return answer


def _list_named(value: object) -> list[str] | None:
    """The labels that a value names, a whole number of stars among them; None where it is no label and no list."""
    listed = value if isinstance(value, list) else [value]
    named = [str(each) for each in listed if isinstance(each, str) or type(each) is int]
    return named if len(named) == len(listed) else None
