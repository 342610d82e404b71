"""What an answer says that could name a part of the labels, or that none of these fits."""

from __future__ import annotations

import json
from dataclasses import replace

from mraru.answers import NO_LABELS, join_labels
from mraru.records import NONE_SHOWN, TeacherAnswer
from mraru.schema_records import LabelSchema
from mraru.teachers.shortlists.label_pages import LabelPage

SHOWN = "labels"  # of an answer's parameters: those that the prompt showed, as stored
NONE_AT_ALL = "the LLM finds that none of the project's labels fits"
Shares = tuple[tuple[str, float], ...]


def conclude_page(answer: TeacherAnswer, page: LabelPage) -> TeacherAnswer:
    """The answer without "none of these", and with what was shown.

    A label of the project that was not shown counts: it is one. Of a set, "none of these" beside labels is left out.
    """
    described = {**json.loads(answer.parameters or "{}"), SHOWN: list(page.shown)}
    answer = replace(answer, parameters=json.dumps(described, sort_keys=True, ensure_ascii=False))
    if answer.label is None:
        return answer
    named = [label for label in page.schema.labels_of(answer.label) if label != page.none]
    if named:
        label = join_labels(named) if page.schema.is_multiple else named[0]
        return replace(answer, label=label, probabilities=_share_out(answer.probabilities, page))
    if page.is_last and page.schema.is_multiple and not page.is_required:
        return replace(answer, label=NO_LABELS, probabilities=_share_out(answer.probabilities, page))
    reason = NONE_AT_ALL if page.is_last else NONE_SHOWN
    return replace(answer, label=None, no_label_reason=reason, probabilities=None, explanation=None)


def wants_rest(answer: TeacherAnswer) -> bool:
    """Whether the next call is to show labels that were not shown yet."""
    return answer.label is None and answer.no_label_reason == NONE_SHOWN


def read_shown(answer: TeacherAnswer) -> tuple[str, ...]:
    """The labels that were shown, as stored.

    >>> read_shown(TeacherAnswer(label=None, raw="", parameters='{"labels": ["Sport"]}'))
    ('Sport',)
    """
    return tuple(json.loads(answer.parameters or "{}").get(SHOWN, ()))


def _share_out(shares: Shares | None, page: LabelPage) -> Shares | None:
    """Probabilities of labels alone: that of "none of these" is evenly that of the labels that were not shown."""
    if shares is None:
        return None
    schema: LabelSchema = page.schema
    found: dict[str, float] = {}
    of_none = 0.0
    for answer, share in shares:
        named = [label for label in schema.labels_of(answer) if label != page.none]
        if schema.is_multiple:
            name = join_labels(named)
            found[name] = found.get(name, 0.0) + share
        elif named:
            found[answer] = share
        else:
            of_none = share
    others = [label for label in page.known.labels[:-1] if label not in found]
    if others and not schema.is_multiple:
        return (*found.items(), *((label, of_none / len(others)) for label in others))
    total = sum(found.values())
    return tuple((label, share / total) for label, share in found.items()) if total > 0 else None
