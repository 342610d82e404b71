"""Settings that name a part: one of ours, or one that an installed package brings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from mraru.plugins import PluginGroup, list_plugins

SCIKIT_LEARN_CLASS = re.compile(r"sklearn(\.\w+)*:\w+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredName:
    """Marks a setting as the name of a part.

    A name of ours goes before the same name of another package.
    """

    group: PluginGroup
    own: tuple[str, ...]
    takes_scikit_learn: bool = False  # also `sklearn.module:Class`

    @property
    def names(self) -> tuple[str, ...]:
        """Ours, then those of installed packages."""
        return (*self.own, *(name for name in list_plugins(self.group) if name not in self.own))

    def check(self, name: str) -> str:
        """The name, if there is such a part.

        Raises:
            PydanticCustomError: there is none; it lists those that there are.
        """
        if name in self.names or (self.takes_scikit_learn and SCIKIT_LEARN_CLASS.fullmatch(name)):
            return name
        further = ", or a classifier of scikit-learn such as sklearn.naive_bayes:GaussianNB"
        raise PydanticCustomError(
            "registered_name",
            "there is no '{name}': {names}{further}",
            {
                "name": name,
                "names": f"use one of {', '.join(self.names)}" if self.names else "no installed package brings any",
                "further": further if self.takes_scikit_learn else "",
            },
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        described["enum"] = list(self.names)
        return described


def split_names(given: object) -> object:
    """Names with commas between as a tuple; anything else as it is.

    >>> split_names("one, other,"), split_names(("one",))
    (('one', 'other'), ('one',))
    """
    if not isinstance(given, str):
        return given
    return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
