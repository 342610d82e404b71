"""The label config asks other questions than before: what was said of those that stay goes on counting."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from mraru.answers import NO_LABELS, join_labels, split_answer
from mraru.projects.syncing.renamed_sets import list_given
from mraru.records import Annotation
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
    shortened = {old for old, new in steps.items() if is_carried(old, new)}  # when other questions were asked
    n_carried = 0
    for given in sorted(shortened.union(list_given(store, project_id))):
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


def leave_open(schema: LabelSchema, renames: Mapping[str, str], known: Annotation, read: Annotation) -> Annotation:
    """An annotation that was made before a question was asked leaves it open, and does not say that no label fits.

    Label Studio tells neither: it leaves out of a result what nothing is chosen in.

    Args:
        renames: as labels and answers are read now.
        known: the annotation as it was read before.
        read: the same as it is read now.
    """
    if not schema.questions or known.label is None or known.updated_at != read.updated_at:
        return read
    before = renames.get(known.label, known.label)
    if not schema.is_part(before) or schema.with_nothing_chosen(before) != read.label:
        return read
    return replace(read, label=known.label)


def is_carried(old: str, new: str) -> bool:
    """Whether a renaming is of our making: an answer with what it says of other questions left out or named otherwise.

    >>> is_carried("mood: bad | topic: sport", "topic: sport"), is_carried("sport", "topic: sport")
    (True, True)
    >>> is_carried("tech", "it"), is_carried("mood: bad", "mood: poor")
    (False, False)
    """
    given = [label.split(": ", 1)[-1] for label in split_answer(old)]
    return all(label.split(": ", 1)[-1] in given for label in split_answer(new))


def _carry(answer: str, former: LabelSchema, schema: LabelSchema, names: Mapping[str, str]) -> str | None:
    """A former answer as one of now; None where it says nothing of what is asked now, or is one of now already.

    It may be of an earlier time, when other questions were asked than those of before.
    """
    if schema.is_answer(answer) or schema.is_part(answer):
        return None
    asked = {question.from_name for question in schema.asked}
    present = {**{name: name for name in asked}, **names}  # names of questions, by what they were called
    kept: list[tuple[str, str]] = []
    for label in split_answer(answer):
        name = next((each for each in present if label.startswith(name_with_question(each, ""))), None)
        if name is not None and present[name] in asked:
            kept.append((present[name], label.removeprefix(name_with_question(name, ""))))
    if not kept and not former.questions and former.from_name in names:
        kept = [(names[former.from_name], label) for label in former.labels_of(answer)]
    if not kept:
        return None
    if not schema.questions:
        return join_labels(label for _, label in kept if label != NO_LABELS)
    return join_labels(name_with_question(name, label) for name, label in kept)


def _asks_the_same(one: LabelSchema, other: LabelSchema) -> bool:
    return (set(one.labels), one.kind, one.is_multiple) == (set(other.labels), other.kind, other.is_multiple)


def _list_prefixes(schema: LabelSchema) -> set[str]:
    return {question.from_name for question in schema.questions}
