"""How figures are written for people."""

from __future__ import annotations

from datetime import UTC, datetime

from mraru.quality.audit.shares import share_of

NOTHING = "–"
THIN = "\N{NARROW NO-BREAK SPACE}"


def spell_count(n: int | None) -> str:
    """A whole number, its thousands apart.

    >>> spell_count(12345), spell_count(None)
    ('12,345', '–')
    """
    return NOTHING if n is None else f"{n:,}"


def spell_share(share: float | None, digits: int = 1) -> str:
    """A share as a percentage.

    >>> spell_share(0.5), spell_share(None)
    ('50.0\u202f%', '–')
    """
    return NOTHING if share is None else f"{share * 100:.{digits}f}{THIN}%"


def spell_share_of(share: float | None, n_texts: int, digits: int = 1) -> str:
    """A share of so many texts; nothing where they are too few for one.

    >>> spell_share_of(0.5, 10), spell_share_of(0.5, 9)
    ('50.0\u202f%', '–')
    """
    return spell_share(share if share_of(0, n_texts) is not None else None, digits)


def spell_part(n: int, of: int, digits: int = 1) -> str:
    """A part of counted texts.

    >>> spell_part(5, 20), spell_part(1, 2)
    ('25.0\u202f%', '–')
    """
    return spell_share(share_of(n, of), digits)


def spell_interval(interval: tuple[float, float] | None, digits: int = 1) -> str:
    """A 95 % interval of a share.

    >>> spell_interval((0.25, 0.5)), spell_interval(None)
    ('25.0 to 50.0\u202f%', '–')
    """
    if interval is None:
        return NOTHING
    low, high = interval
    return f"{low * 100:.{digits}f} to {high * 100:.{digits}f}{THIN}%"


def spell_usd(usd: float | None) -> str:
    """Dollars; small sums with more digits, so that a single call is not nothing.

    >>> spell_usd(12.345), spell_usd(0.00123), spell_usd(0.0), spell_usd(None)
    ('$12.35', '$0.0012', '$0.00', '–')
    """
    if usd is None:
        return NOTHING
    return f"${usd:,.4f}" if 0 < abs(usd) < 0.1 else f"${usd:,.2f}"


def spell_number(number: float | None, digits: int = 3) -> str:
    """Any other number.

    >>> spell_number(0.12345), spell_number(None)
    ('0.123', '–')
    """
    return NOTHING if number is None else f"{number:.{digits}f}"


def spell_time(seconds: float | None) -> str:
    """A moment, UTC.

    >>> spell_time(0.0), spell_time(None)
    ('1970-01-01 00:00 UTC', '–')
    """
    return NOTHING if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def shorten(text: str, n_characters: int) -> str:
    """The beginning of a text on one line, with an ellipsis where it goes on.

    >>> shorten("one\\n two  three", 20), shorten("one two three", 8)
    ('one two three', 'one two…')
    """
    line = " ".join(text.split())
    return line if len(line) <= n_characters else line[: n_characters - 1].rstrip() + "…"
