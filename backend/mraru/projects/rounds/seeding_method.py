"""Where the first text of each class is looked for."""

from __future__ import annotations

from enum import StrEnum


class SeedingMethod(StrEnum):
    ZERO_SHOT = "zero-shot"  # half of the draws near what the class is called
    RANDOM = "random"
