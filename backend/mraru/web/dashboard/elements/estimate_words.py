"""Estimates of the audit in words: a share with its range and what it is of, or what it takes to know."""

from __future__ import annotations

from dash import html

from mraru.quality.audit.share_estimates import Estimate
from mraru.web.dashboard.elements.page_tables import Cell
from mraru.web.dashboard.elements.spelling import NOTHING, spell_count, spell_interval, spell_share


def say_texts(n: int) -> str:
    """
    >>> say_texts(1), say_texts(1200)
    ('1 text', '1,200 texts')
    """
    return f"{spell_count(n)} text{'s' if n != 1 else ''}"


def say_more(found: Estimate, whose: str) -> str:
    """What it takes until a share is told.

    Args:
        whose: texts it is about, as in "of the 108 texts that the LLM labelled".

    >>> from mraru.quality.audit.share_estimates import too_few
    >>> say_more(too_few(3, n_population=108), "of the 108 texts that it labelled")
    '7 more audited texts are needed, of the 108 texts that it labelled.'
    """
    if 0 < found.n_population <= found.n_labels:
        return f"{whose.capitalize()} people have looked at all, and that is too few to tell."
    if 0 < found.n_population < found.n_labels + found.n_missing:
        return f"{found.reason}"
    needed = "text is" if found.n_missing == 1 else "texts are"
    return f"{spell_count(found.n_missing)} more audited {needed} needed, {whose}."


def make_share(found: Estimate | None) -> Cell:
    """A share with its range below, and on how many audited texts it rests; of too few only how many there are."""
    if found is None:
        return NOTHING
    audited = f"{spell_count(found.n_labels)} audited"
    if found.share is None:
        return [NOTHING, html.Span(audited, className="note")]
    interval = "all of them" if found.is_census else spell_interval(found.interval)
    return [spell_share(found.share), html.Span(f"{interval}, {audited}", className="note")]
