"""Parts that other packages bring: entry points of what is installed, by group and name.

What a part must be is said in docs/extending.md. Nothing is imported before it is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mraru.errors import PluginInvalid


class PluginGroup(StrEnum):
    """The groups of entry points that are read."""

    STUDENTS = "mraru.students"
    ACCEPTANCE_RULES = "mraru.acceptance_rules"
    QUERY_STRATEGIES = "mraru.query_strategies"
    STOPPING_CRITERIA = "mraru.stopping_criteria"
    TEACHERS = "mraru.teachers"
    EMBEDDERS = "mraru.embedders"


def list_plugins(group: PluginGroup) -> tuple[str, ...]:
    """Names of the parts that installed packages bring, sorted."""
    return tuple(sorted(_find(group)))


def load_plugin(group: PluginGroup, name: str) -> object:
    """What an installed package brings under this name.

    Raises:
        PluginInvalid: no package brings it, or it cannot be imported.
    """
    found = _find(group).get(name)
    if found is None:
        raise PluginInvalid(f"No installed package brings '{name}' as an entry point of '{group}'.")
    try:
        return found.load()
    except BaseException as exc:  # whatever the other package does when it is imported
        if comes_from_outside(exc):
            raise
        raise PluginInvalid(
            f"'{name}' ({found.value}, an entry point of '{group}') cannot be imported: {type(exc).__name__}: {exc}"
        ) from exc


def load_factory(group: PluginGroup, name: str) -> Callable[..., Any]:
    """The same, where it must be something that makes the part when it is called.

    Raises:
        PluginInvalid: as above, or it cannot be called.
    """
    brought = load_plugin(group, name)
    if not callable(brought):
        raise PluginInvalid(f"'{name}' of '{group}' must be called to make the part, and cannot be called.")
    return brought


def make_part(group: PluginGroup, name: str, *arguments: object) -> Any:
    """What it makes when it is called with these.

    Raises:
        PluginInvalid: as above, or it fails.
    """
    make = load_factory(group, name)
    try:
        return make(*arguments)
    except BaseException as exc:  # whatever the other package does
        if comes_from_outside(exc):
            raise
        raise PluginInvalid(f"'{name}' of '{group}' cannot be made: {type(exc).__name__}: {exc}") from exc


def comes_from_outside(exc: BaseException) -> bool:
    """Whether somebody ends this process: Ctrl-C, which the first thread alone is told; all else is the part's own."""
    return isinstance(exc, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()


def is_brought_teacher(model: str) -> bool:
    """Whether a model is known by the name of a teacher that a package brings, as `BroughtTeacher` has it."""
    return model.partition("/")[0] in list_plugins(PluginGroup.TEACHERS)


@cache
def _find(group: PluginGroup) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}
