"""How settings are named in the environment."""

from __future__ import annotations

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

OUR_PREFIX = "MRARU_"


def named(*names: str) -> AliasChoices:
    """The names of Label Studio's ecosystem for a setting, the preferred one first."""
    return AliasChoices(*names)


def environment_names(name: str, field: FieldInfo) -> tuple[str, ...]:
    """The environment variables that set a field, the preferred one first."""
    if isinstance(field.validation_alias, AliasChoices):
        return tuple(str(choice) for choice in field.validation_alias.choices)
    return (f"{OUR_PREFIX}{name.upper()}",)
