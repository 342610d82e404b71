"""The label config asks other questions than before: what was said of those that stay goes on counting."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from mraru.answers import join_labels, split_answer
from mraru.projects.syncing.renamed_sets import list_given
from mraru.schema_records import LabelSchema, name_with_question
from mraru.store.store import Store

logger = logging.getLogger(__name__)


def match_questions(former: LabelSchema, schema: LabelSchema) -> dict[str, str]:
    """Former names of the questions that are still asked, and their present ones.

    A control of another name is the same question if its labels are, and no other one's among those that are new.

    >>> from mraru.schema_records import Choice
    >>> from mraru.questions import ask_together
    >>> mood, tone, topic = (
    ...     LabelSchema(from_name=name, to_name="t", text_field="x", choices=(Choice(value=label),))
    ...     for name, label in (("mood", "good"), ("tone", "good"), ("topic", "sport")))
    >>> match_questions(ask_together([mood, topic]), ask_together([tone, topic])), match_questions(topic, tone)
    ({'topic': 'topic', 'mood': 'tone'}, {})
    """
    before = {question.from_name: question for question in former.asked}
    now = {question.from_name: question for question in schema.asked}
    found = {name: name for name in before if name in now}
    gone = [question for name, question in before.items() if name not in now]
    added = [question for name, question in now.items() if name not in before]
    for question in gone:
        alike = [each for each in added if _asks_the_same(each, question)]
        if len(alike) == 1 and sum(_asks_the_same(each, question) for each in gone) == 1:
            found[question.from_name] = alike[0].from_name
    return found


def carry_over(store: Store, project_id: int, former: LabelSchema | None, schema: LabelSchema) -> bool:
    """Read what was answered to questions that are still asked as answers to those that are asked now.

    A question that was added is open in them: the teacher may be asked about such a text again. What was answered to a
    question that is asked no more is left out, and comes back with it.

    Returns:
        Whether the project asks something of what it asked before; True where nothing was asked before.
    """
    if former is None or not (former.questions or schema.questions):
        return True
    names = match_questions(former, schema)
    if not names or _list_prefixes(former) == _list_prefixes(schema):
        return bool(names)
    steps = store.label_renames.list_steps(project_id)
    n_carried = 0
    for given in sorted(list_given(store, project_id)):
        carried = _carry(given, former, schema, names)
        if carried not in (None, given) and steps.get(given) != carried:
            store.label_renames.rename(project_id, given, str(carried))
            n_carried += 1
    logger.info(
        "project %d asks %s now: %d former answers are read so",
        project_id,
        schema.from_name,
        n_carried,
        extra={"event": "questions_changed"},
    )
    return True


def _carry(answer: str, former: LabelSchema, schema: LabelSchema, names: Mapping[str, str]) -> str | None:
    """A former answer as one of now; None where it says nothing of what is asked now, or is one of now already."""
    prefixes = tuple(name_with_question(name, "") for name in _list_prefixes(schema))
    is_named = any(label.startswith(prefixes) for label in split_answer(answer))
    if schema.is_answer(answer) or schema.is_part(answer) or (is_named and not former.questions):
        return None
    parts = {names[name]: part for name, part in former.parts_of(answer).items() if name in names}
    if not schema.questions:
        return parts.get(schema.from_name)
    labels = [
        name_with_question(question.from_name, label)
        for question in schema.questions
        if question.from_name in parts
        for label in question.labels_of(parts[question.from_name])
    ]
    return join_labels(labels) if labels else None


def _asks_the_same(one: LabelSchema, other: LabelSchema) -> bool:
    return (set(one.labels), one.kind, one.is_multiple) == (set(other.labels), other.kind, other.is_multiple)


def _list_prefixes(schema: LabelSchema) -> set[str]:
    return {question.from_name for question in schema.questions}
