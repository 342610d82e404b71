"""Moments that were written down, beside a clock that may have been set back since.

What was to happen in a minute would then happen in a day. So a moment farther off than it can have been when it was
written counts as come, and what seems to have happened in the future as long ago.
"""

from __future__ import annotations


def has_come(moment: float, now: float, longest_s: float) -> bool:
    """Whether a moment to wait for has come; it was at most `longest_s` seconds off when it was written.

    >>> has_come(100.0, now=99.0, longest_s=60.0), has_come(100.0, now=100.0, longest_s=60.0)
    (False, True)
    >>> has_come(86_400.0, now=0.0, longest_s=60.0)
    True
    """
    return moment <= now or moment > now + longest_s


def is_older(moment: float, now: float, age_s: float) -> bool:
    """Whether what happened is at least `age_s` seconds ago, or seems yet to come by more than that.

    >>> [is_older(moment, now=100.0, age_s=60.0) for moment in (30.0, 50.0, 130.0, 200.0)]
    [True, False, False, True]
    """
    return abs(now - moment) >= age_s
