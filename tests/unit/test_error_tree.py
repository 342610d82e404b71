"""The tree on top of `errors.py` draws every class, under the one that it derives from."""

from __future__ import annotations

import re

from mraru import errors


def read_tree() -> set[tuple[str, str]]:
    """Names and those of their parents, as drawn."""
    drawn, path = set(), ["MRaruError"]
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*)[├└]── (\w+)$", line)
        if found:
            depth = len(found[1]) // 4 + 1
            path[depth:] = [found[2]]
            drawn.add((found[2], path[depth - 1]))
    return drawn


def test_the_tree_is_that_of_the_classes() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and each is not errors.MRaruError]
    assert read_tree() == {(each.__name__, each.__bases__[0].__name__) for each in classes}
