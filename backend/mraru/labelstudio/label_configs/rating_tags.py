"""The stars of a <Rating>: each number of them is a label."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from mraru.labelstudio.label_configs.config_tags import Unsupported, read_attribute
from mraru.schema_records import Choice

STARS = 5  # Label Studio's default
MOST_STARS = 100
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)


def read_stars(tag: Element) -> tuple[Choice, ...]:
    """The labels of a <Rating>: 1 to its maxRating. 0 is none: it is what the editor shows where nobody rated.

    Raises:
        Unsupported: maxRating is no number that Label Studio's editor and its import both read.

    >>> [choice.value for choice in read_stars(Element("Rating", {"maxRating": "3"}))]
    ['1', '2', '3']
    """
    written = read_attribute(tag, "maxRating", str(STARS))
    if not _NUMBER.fullmatch(written) or not 2 <= int(written) <= MOST_STARS:
        raise Unsupported(f'maxRating="{written}", which is no whole number from 2 to {MOST_STARS}')
    if tag.get("maxRating", str(STARS)) != written:  # the import reads this spelling alone
        raise Unsupported(f'write it maxRating="{written}", for Label Studio\'s import')
    return tuple(rating_label(stars, int(written)) for stars in range(1, int(written) + 1))


def rating_label(stars: int, most: int) -> Choice:
    """One number of stars as a label.

    >>> rating_label(4, 5).words
    'a rating of 4 out of 5 stars'
    """
    return Choice(value=str(stars), words=f"a rating of {stars} out of {most} stars")
