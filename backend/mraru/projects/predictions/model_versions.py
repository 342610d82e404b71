"""Names of model versions: what Label Studio calls whose labels, and what we call the student of a round.

In Label Studio a name says whose label it is and stays, however many rounds there are. Which student it was is told
by the round that the store keeps with each prediction.
"""

from __future__ import annotations

import re

PREFIX = "mraru"
FINAL = PREFIX  # the label that is served
UNTRAINED = f"{PREFIX}-untrained"  # what /setup says before the first round
_OF_ROUND = re.compile(rf"^{PREFIX}-(.+)-r(\d{{3,}})(?:\.\d+)?$")


def teacher_version(teacher: str) -> str:
    """The version under which Label Studio holds an LLM's own labels.

    >>> teacher_version("gpt-4.1-mini")
    'mraru-gpt-4.1-mini'
    """
    return f"{PREFIX}-{teacher}"


def student_version(student: str, round_number: int) -> str:
    """What we call the student of a round.

    >>> student_version("logreg", 12)
    'mraru-logreg-r012'
    """
    return f"{PREFIX}-{student}-r{round_number:03d}"


def is_ours(version: str) -> bool:
    """Whether a prediction under this version was made by this backend.

    >>> is_ours("mraru"), is_ours("mraru-zero-shot"), is_ours("mraruder")
    (True, True, False)
    """
    return version == FINAL or version.startswith(f"{PREFIX}-")


def read_round_version(version: str) -> tuple[str, int] | None:
    """Model and round of a version that names a round; None of one that does not.

    This is how Label Studio's versions were named before they stayed the same from round to round.

    >>> read_round_version("mraru-logreg-r012.2"), read_round_version("mraru-gpt-4.1-mini")
    (('logreg', 12), None)
    """
    found = _OF_ROUND.match(version)
    return (found[1], int(found[2])) if found else None
