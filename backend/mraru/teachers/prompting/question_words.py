"""What an LLM is told where several questions are asked together: each with its labels, and the form of one answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mraru.schema_records import Choice, Condition, LabelSchema
from mraru.teachers.prompting.answer_kinds import describe_kind

REASON, OTHER_REASON = "reason", "reason_of_answers"  # the second where a question is called "reason"

JOB_OF_QUESTIONS = """\
You label texts for an annotation project. Read the last text that the user shows and answer each question below \
about it, as a careful annotator would."""
ANSWER_RULE_OF_QUESTIONS = """\
Answer with JSON of the form {form} and nothing else. Each label is one of the quoted labels of its question, letter \
by letter."""
REASON_RULE = "The {reason} is one short sentence that says why these labels fit the text."
ASK_AGAIN_ABOUT_QUESTIONS = (
    "That answer does not give each question labels of its own. Answer once more about the same text, with JSON of the "
    "form {form} and nothing else. The labels are: {labels}."
)


def reason_key(schema: LabelSchema) -> str:
    """Under which key of an answer the reason stands."""
    taken = {question.from_name.casefold() for question in schema.questions}
    return OTHER_REASON if REASON in taken else REASON


def describe_form(schema: LabelSchema, *, with_reason: bool) -> str:
    """The answer to all questions, as JSON without its labels.

    >>> from mraru.questions import ask_together
    >>> one, several = (LabelSchema(from_name=name, to_name="t", text_field="x", choices=(), is_multiple=is_multiple)
    ...                 for name, is_multiple in (("mood", False), ("topic", True)))
    >>> describe_form(ask_together([one, several]), with_reason=True)
    '{"mood": "...", "topic": ["...", "..."], "reason": "..."}'
    """
    parts: dict[str, object] = {
        question.from_name: ["...", "..."] if question.is_multiple else "..." for question in schema.questions
    }
    return json.dumps(parts | ({reason_key(schema): "..."} if with_reason else {}), ensure_ascii=False)


def describe_rule(schema: LabelSchema, *, with_reason: bool) -> str:
    """The form of the answer, in words."""
    rule = ANSWER_RULE_OF_QUESTIONS.format(form=describe_form(schema, with_reason=with_reason))
    return f"{rule} {REASON_RULE.format(reason=reason_key(schema))}" if with_reason else rule


def list_questions(schema: LabelSchema, describe_choice: Callable[[Choice, str], str]) -> str:
    """Every question with its labels, in the order in which they depend on each other.

    Args:
        describe_choice: the line of a label of a question, and under which name definitions know it.
    """
    are_apart = len({question.to_name for question in schema.questions}) > 1
    return "\n\n".join(
        "\n".join(_list_one(question, schema, describe_choice, are_apart=are_apart)) for question in schema.questions
    )


def list_labels(schema: LabelSchema) -> str:
    """The labels of each question, in one line."""
    return "; ".join(
        f"{_quote(question.from_name)}: {', '.join(_quote(choice.value) for choice in question.choices)}"
        for question in schema.questions
    )


def answer_properties(schema: LabelSchema, describe: Callable[[LabelSchema], dict[str, object]]) -> dict[str, object]:
    """The properties of an answer's JSON Schema: one a question, null where it may be one that is not asked.

    Args:
        describe: the JSON Schema of the answer to one question.
    """
    properties: dict[str, object] = {}
    for question in schema.questions:
        described = describe(question)
        properties[question.from_name] = _or_null(described) if question.conditions else described
    return properties


def render_answer(schema: LabelSchema, answer: str) -> dict[str, object]:
    """An answer as the LLM would have given it: what people see of labels, null for questions that are not asked."""
    parts = schema.parts_of(answer)
    rendered: dict[str, object] = {}
    for question in schema.questions:
        part = parts.get(question.from_name)
        names = [question.name_of(label) for label in question.labels_of(part)] if part is not None else []
        value: object = names if question.is_multiple else next(iter(names), None)
        rendered[question.from_name] = value if part is not None else None
    return rendered


def _list_one(
    question: LabelSchema, schema: LabelSchema, describe_choice: Callable[[Choice, str], str], *, are_apart: bool
) -> list[str]:
    about = f" about the part {_quote(question.to_name)} of the text" if are_apart else ""
    lines = [f"Question {_quote(question.from_name)}{about}: {_describe_choosing(question)}"]
    lines += [
        f"It is asked only if {_describe_condition(each, schema)}; otherwise answer null."
        for each in question.conditions
    ]
    if note := describe_kind(question):
        lines.append(note)
    return [*lines, "Labels:", *(describe_choice(choice, question.from_name) for choice in question.choices)]


def _describe_choosing(question: LabelSchema) -> str:
    if not question.is_multiple:
        return "choose the one label that fits best."
    most = "" if question.most is None else f" At most {question.most}."
    if question.is_required:
        return f"choose every label that fits, one or several.{most}"
    return f"choose every label that fits: one, several, or none, for which the list is empty.{most}"


def _describe_condition(condition: Condition, schema: LabelSchema) -> str:
    names = " or ".join(_quote(name) for name in condition.questions)
    if condition.labels is None:
        return f"no label is chosen for {names}" if condition.is_negated else f"a label is chosen for {names}"
    looked_at = [question for question in schema.questions if question.from_name in condition.questions]
    values = {label: question.name_of(label) for question in looked_at for label in question.labels}
    labels = " or ".join(_quote(values.get(label, label)) for label in condition.labels)
    return f"the answer to {names} is {'not ' if condition.is_negated else ''}{labels}"


def _or_null(described: Mapping[str, object]) -> dict[str, object]:
    """
    >>> _or_null({"type": "string", "enum": ["a"]})
    {'type': ['string', 'null'], 'enum': ['a', None]}
    """
    found = dict(described) | {"type": [described["type"], "null"]}
    listed = described.get("enum")
    return found | {"enum": [*listed, None]} if isinstance(listed, list) else found


def _quote(said: str) -> str:
    return json.dumps(said, ensure_ascii=False)
