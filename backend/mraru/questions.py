"""Several questions of one label config that are asked together: one schema, whose answers name labels by question.

An answer is a set of labels, "mood: good | topic: sport", written as any other set. So what keeps, counts and compares
answers need not know of questions; what is learned, believed and shown goes by `LabelSchema.parts_of` where it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mraru.answers import split_answer
from mraru.schema_records import AnswerKind, Choice, LabelSchema, TextSource, name_with_question

MOST_ANSWERS = 256  # that are told apart where questions are put together; of more, those that somebody gave


def ask_together(questions: Sequence[LabelSchema]) -> LabelSchema:
    """One schema of several questions; of one, that question as it is.

    Args:
        questions: in the config's order, none looking at one that is not among them, nor in a circle at itself.

    >>> from mraru.schema_records import Choice
    >>> mood, topic = (LabelSchema(from_name=name, to_name="t", text_field="x", choices=(Choice(value="a"),))
    ...                for name in ("mood", "topic"))
    >>> both = ask_together([mood, topic])
    >>> both.labels, both.is_answer("mood: a | topic: a"), both.is_answer("mood: a")
    (('mood: a', 'topic: a'), True, False)
    """
    first = questions[0]
    if len(questions) == 1:
        return first
    ordered = order_questions(questions)
    return LabelSchema(
        from_name=", ".join(question.from_name for question in ordered),
        to_name=first.to_name,
        text_field=first.text_field,
        choices=tuple(_name_choice(question, choice) for question in ordered for choice in question.choices),
        is_multiple=True,
        is_required=True,
        sources=_join_sources(question.texts for question in questions),
        questions=tuple(ordered),
    )


def order_questions(questions: Sequence[LabelSchema]) -> list[LabelSchema]:
    """Each after those that its conditions look at, otherwise as they are; those that look in a circle are left out."""
    ordered: list[LabelSchema] = []
    left = list(questions)
    while left:
        names = {question.from_name for question in left}
        ready = next((each for each in left if not names.intersection(list_looked_at(each))), None)
        if ready is None:
            break
        ordered.append(ready)
        left.remove(ready)
    return ordered


def list_looked_at(question: LabelSchema) -> tuple[str, ...]:
    """Names of the controls that decide whether a question is seen."""
    return tuple(dict.fromkeys(name for condition in question.conditions for name in condition.questions))


def combine_answers(
    schema: LabelSchema, said: Mapping[str, Sequence[str]], most: int = MOST_ANSWERS
) -> list[str] | None:
    """Every whole answer that can be put together; None where there are more than `most`.

    Args:
        said: what may be answered to each question, by name of its control.

    >>> from mraru.schema_records import Condition
    >>> follow_up = LabelSchema(from_name="why", to_name="t", text_field="x", choices=(),
    ...                         conditions=(Condition(questions=("mood",), labels=("bad",)),))
    >>> mood = LabelSchema(from_name="mood", to_name="t", text_field="x", choices=())
    >>> both = ask_together([mood, follow_up])
    >>> combine_answers(both, {"mood": ["bad", "good"], "why": ["late", "rude"]})
    ['mood: bad | why: late', 'mood: bad | why: rude', 'mood: good']
    """
    found: list[str] = []
    for parts in _combine(schema.questions, said, {}):
        found.append(schema.join_parts(parts))
        if len(found) > most:
            return None
    return sorted(set(found))


def _combine(
    questions: Sequence[LabelSchema], said: Mapping[str, Sequence[str]], parts: dict[str, str]
) -> Iterator[dict[str, str]]:
    if not questions:
        yield parts
        return
    question, *others = questions
    chosen = {name: split_answer(part) for name, part in parts.items()}
    if not question.is_seen(chosen):
        yield from _combine(others, said, parts)
        return
    for answer in said.get(question.from_name, ()):
        yield from _combine(others, said, parts | {question.from_name: answer})


def _name_choice(question: LabelSchema, choice: Choice) -> Choice:
    name = question.from_name
    return replace(
        choice,
        value=name_with_question(name, choice.value),
        alias=None if choice.alias is None else name_with_question(name, choice.alias),
        words=_describe(question, choice),
        path=(),
        name=None,
    )


def _describe(question: LabelSchema, choice: Choice) -> str:
    """What a text of this label is about: of stars, by what they rate."""
    return f"{question.from_name}: {choice.described}" if question.kind is AnswerKind.RATING else choice.described


def _join_sources(listed: Iterable[tuple[TextSource, ...]]) -> tuple[TextSource, ...]:
    """The texts of all questions, each once."""
    return tuple({source.name: source for sources in listed for source in sources}.values())
