"""`skops.io`, imported when the first student is saved or loaded, and without torch."""

from __future__ import annotations

import sys
from threading import Lock
from types import ModuleType
from typing import cast

# scikit-learn's adapter of torch's tensors: the one thing that imports torch when all of scikit-learn is imported.
TORCH_ADAPTER = "sklearn.externals.array_api_compat.torch"
_importing = Lock()


def import_skops() -> ModuleType:
    """The module `skops.io`.

    It imports all of scikit-learn for its list of types. None of our students computes with tensors of torch there, and
    torch takes 1.5 s and 180 MB in a process that has no other use for it.
    """
    with _importing:
        is_hidden = TORCH_ADAPTER not in sys.modules
        if is_hidden:
            sys.modules[TORCH_ADAPTER] = None  # type: ignore[assignment]  # Python's word for: not to be imported
        try:
            import skops.io
        finally:
            if is_hidden:
                del sys.modules[TORCH_ADAPTER]
    return cast(ModuleType, skops.io)
