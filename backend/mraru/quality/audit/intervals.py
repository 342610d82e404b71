"""How far a share that was counted on few cases may be from the true one."""

from __future__ import annotations

import math

Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution


def wilson_interval(n_right: int, n_total: int, z: float = Z_95) -> tuple[float, float] | None:
    """Wilson's score interval of a share, within [0, 1] and sensible for few cases and for shares near 0 and 1.

    Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).

    Returns:
        Its lower and its upper end; None when nothing was counted.

    Raises:
        ValueError: not 0 <= n_right <= n_total.

    >>> [round(end, 3) for end in wilson_interval(9, 10)], wilson_interval(0, 0)
    ([0.596, 0.982], None)
    >>> [round(end, 3) for end in wilson_interval(50, 50)]
    [0.929, 1.0]
    """
    if not 0 <= n_right <= n_total:
        raise ValueError(f"n_right must be from 0 to n_total, not {n_right} of {n_total}")
    if n_total == 0:
        return None
    share = n_right / n_total
    weight = 1 + z * z / n_total
    middle = (share + z * z / (2 * n_total)) / weight
    half = z * math.sqrt(share * (1 - share) / n_total + z * z / (4 * n_total * n_total)) / weight
    return max(0.0, middle - half), min(1.0, middle + half)
