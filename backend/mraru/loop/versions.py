"""Names of model versions: round and model, never given twice in a project."""

from __future__ import annotations

import re
from collections.abc import Iterable

PREFIX = "mraru"
UNTRAINED = f"{PREFIX}-untrained"  # what /setup says before the first round
_PATTERN = re.compile(rf"^{PREFIX}-.+-r(\d+)(?:\.\d+)?$")


def version_name(model: str, round_number: int, attempt: int = 1) -> str:
    """The version of a model in a round; a push that broke off is repeated under another name.

    >>> version_name("logreg", 12), version_name("logreg", 12, attempt=2)
    ('mraru-logreg-r012', 'mraru-logreg-r012.2')
    """
    suffix = f".{attempt}" if attempt > 1 else ""
    return f"{PREFIX}-{model}-r{round_number:03d}{suffix}"


def last_round_in(versions: Iterable[str]) -> int:
    """The highest round that any of these versions names; 0 if none is ours.

    >>> last_round_in(["mraru-svm-r007", "mraru-logreg-r012.2", "other-r900"])
    12
    """
    return max((int(found[1]) for version in versions if (found := _PATTERN.match(version))), default=0)


def list_families(versions: Iterable[str | None]) -> list[str]:
    """How these versions begin, up to the number of the round: one for each model, sorted.

    >>> list_families(["mraru-svm-r007", "mraru-logreg-r012.2", "mraru-logreg-r013", None, "other"])
    ['mraru-logreg-r', 'mraru-svm-r']
    """
    found = (_PATTERN.match(version) for version in versions if version is not None)
    return sorted({match.string[: match.start(1)] for match in found if match})
