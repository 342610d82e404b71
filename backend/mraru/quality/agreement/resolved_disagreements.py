"""Texts on which LLM, student and people did not say the same, and people decided."""

from __future__ import annotations

from collections.abc import Mapping


def resolved_disagreements(
    gold: Mapping[str, str], teacher: Mapping[str, str | None], student: Mapping[str, str]
) -> frozenset[str]:
    """Texts that taught something: the LLM was wrong, named no label, or the student said something else than it.

    A text that the LLM was not asked about is none, whatever student and people say of it.

    Args:
        gold: people's labels by text hash.
        teacher: the LLM's; None where it was asked and named none.
        student: those of students that have not learned the text.

    >>> gold = {"a": "x", "b": "x", "c": "x", "d": "x", "e": "x"}
    >>> sorted(resolved_disagreements(gold, {"a": "y", "b": None, "c": "x", "d": "x"}, {"c": "y", "d": "x", "e": "y"}))
    ['a', 'b', 'c']
    """
    return frozenset(
        name
        for name, right in gold.items()
        if name in teacher and (teacher[name] != right or student.get(name, right) != right)
    )
