"""Which controls of a label config are answered together: those that people named, else all that can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mraru.answers import NO_LABELS, SEPARATOR, find_unusable
from mraru.errors import LabelConfigError
from mraru.labelstudio.label_configs.answer_tags import KINDS
from mraru.labelstudio.label_configs.config_tags import Parents, Unsupported
from mraru.labelstudio.label_configs.control_tags import Control, describe_controls
from mraru.labelstudio.label_configs.visibility import read_conditions
from mraru.questions import order_questions
from mraru.schema_records import LabelSchema, name_with_question

CHOOSE = "`mraru connect PROJECT --only NAME` chooses others; several names stand with commas between them."


def choose_controls(
    controls: Sequence[Control], only: str | None, parents: Parents
) -> tuple[list[LabelSchema], tuple[str, ...]]:
    """The questions that are meant, each with when it is seen, in the config's order; and what is left out of them.

    Args:
        only: names of the controls that people chose; None: all that can be used.

    Raises:
        LabelConfigError: one that is named cannot be used, or none can.
    """
    usable = {control.name: control.schema for control in controls if control.schema is not None}
    if not usable:
        raise LabelConfigError(f"No control can be used. {describe_controls(controls)}")
    named = list(usable) if only is None else find_named(only, usable)
    missing = [name for name in named if name not in usable]
    if missing:
        there = ", ".join(usable)
        raise LabelConfigError(
            f"No control that can be used is named '{missing[0]}', but these are: {there}. {CHOOSE} "
            f"{describe_controls(controls)}"
        )
    chosen = {name: schema for name, schema in usable.items() if name in named}
    reasons = _drop_unseen(chosen, {control.name: control for control in controls}, parents)
    if reasons and (only is not None or not chosen):
        found = [replace(each, reason=reasons.get(each.name, each.reason)) for each in controls]
        which = f"These cannot be answered together: {', '.join(named)}." if chosen else "No control can be used."
        raise LabelConfigError(f"{which} {CHOOSE} {describe_controls(found)}")
    if only is not None:
        return list(chosen.values()), ()
    unfit = {each.name: each.reason for each in controls if each.reason is not None and each.tag.tag in KINDS} | reasons
    return list(chosen.values()), tuple(f"{name} ({reason})" for name, reason in unfit.items())


def find_named(only: str, usable: Mapping[str, object]) -> list[str]:
    """The names that people chose, each once.

    >>> find_named("mood, topic", {}), find_named("mood, topic", {"mood, topic": ...})
    (['mood', 'topic'], ['mood, topic'])
    """
    if only in usable:
        return [only]
    return list(dict.fromkeys(name for part in only.split(",") if (name := part.strip()))) or [only]


def _drop_unseen(chosen: dict[str, LabelSchema], controls: Mapping[str, Control], parents: Parents) -> dict[str, str]:
    """Take out of `chosen` what cannot be answered beside the others, and say why; put in when the rest is seen."""
    reasons: dict[str, str] = {}
    while True:
        found: dict[str, str] = {}
        for name in chosen:
            try:
                conditions = read_conditions(controls[name].tag, parents, chosen)
            except Unsupported as reason:
                found[name] = str(reason)
            else:
                chosen[name] = replace(chosen[name], conditions=conditions)
        found = found or _find_circles(chosen) or _find_unnameable(chosen)
        if not found:
            return reasons
        reasons |= found
        for name in found:
            del chosen[name]


def _find_circles(chosen: Mapping[str, LabelSchema]) -> dict[str, str]:
    ordered = {question.from_name for question in order_questions(list(chosen.values()))}
    return {name: "when it is seen depends on itself" for name in chosen if name not in ordered}


def _find_unnameable(chosen: Mapping[str, LabelSchema]) -> dict[str, str]:
    """Controls whose labels could not be told apart in an answer to several questions."""
    if len(chosen) < 2:
        return {}
    names = list(chosen)
    for name in names:
        if any(other != name and name.startswith(name_with_question(other, "")) for other in names):
            return {
                name: f'its name begins with that of another control and ":": rename it, or leave one out. {CHOOSE}'
            }
        labels = [name_with_question(name, label) for label in chosen[name].labels]
        if unusable := find_unusable(labels):
            reason = f"labels with '{SEPARATOR}' in them, or called {NO_LABELS}, beside another question"
            return {name: f"{reason}: {', '.join(unusable)}"}
        if NO_LABELS in chosen[name].labels:
            return {name: f"a label called {NO_LABELS}, beside another question"}
    return {}
