"""What to say when a library of the extra is not there."""

from __future__ import annotations

from mraru.errors import BenchmarkError

EXTRA = "pip install 'label-studio-mraru[benchmark]'"


def missing_library(library: str) -> BenchmarkError:
    """The error to raise.

    >>> str(missing_library("modAL-python"))
    "modAL-python is not installed: pip install 'label-studio-mraru[benchmark]'."
    """
    return BenchmarkError(f"{library} is not installed: {EXTRA}.")
