"""Values of JSON in the words of JavaScript, in which Label Studio's editor shows them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal

FIRST_EXPONENT = 1e21  # from here on, numbers are written with an exponent
LAST_PLAIN = 1e-6  # and below this


class NotShown(Exception):
    """The editor shows nothing that people could read of this value."""


def spell_value(value: object) -> str:
    """A value as `String(value)` has it.

    Raises:
        NotShown: an object, of which it has "[object Object]".

    >>> spell_value(5.0), spell_value(True), spell_value(["one", 2, None, [3]])
    ('5', 'true', 'one,2,,3')
    """
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return spell_number(value)
        case list() | tuple():
            return ",".join("" if each is None else spell_value(each) for each in value)
        case None:
            return "null"
    raise NotShown


def spell_child(value: object) -> str:
    """A value as React writes it into a page: truth values and null not at all, a list without commas.

    Raises:
        NotShown: an object, over which the page fails.

    >>> spell_child(0.5), spell_child(True), spell_child(None), spell_child(["a", 1, None])
    ('0.5', '', '', 'a1')
    """
    match value:
        case None | bool():
            return ""
        case list() | tuple():
            return "".join(map(spell_child, value))
    return spell_value(value)


def spell_json(value: object) -> str:
    """A value as `JSON.stringify(value)` has it.

    >>> spell_json({"size": [5.0, None, "é"]})
    '{"size":[5,null,"é"]}'
    """
    match value:
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return spell_number(value) if math.isfinite(value) else "null"
        case list() | tuple():
            return f"[{','.join(map(spell_json, value))}]"
        case Mapping():
            return f"{{{','.join(f'{spell_json(str(key))}:{spell_json(each)}' for key, each in value.items())}}}"
    return json.dumps(str(value), ensure_ascii=False)


def spell_number(number: float) -> str:
    """A number as JavaScript writes it, and an integer of any size with all its digits, as the editor keeps it.

    >>> [spell_number(each) for each in (3, 2.50, 1e-5, 1e-7, 1e16, 1e21, 12345678901234567890)]
    ['3', '2.5', '0.00001', '1e-7', '10000000000000000', '1e+21', '12345678901234567890']
    """
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("-" if number < 0 else "") + "Infinity"
    if number == 0:
        return "0"
    if LAST_PLAIN <= abs(number) < FIRST_EXPONENT:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    digits, _, exponent = repr(number).partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}"
