"""Which settings may differ from project to project, and what is allowed for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from mraru.errors import ProjectSettingInvalid
from mraru.records import SettingValue
from mraru.settings.registered_names import RegisteredName
from mraru.settings.setting_names import environment_names
from mraru.settings.settings import Settings

# In the order in which people see them. What is of the server, its keys, or all projects together is no such field.
PROJECT_FIELDS = (
    "max_calls",
    "max_cost_usd",
    "max_tokens",
    "max_rounds",
    "student",
    "calibration",
    "sampler",
    "acceptance_rule",
    "acceptance_rate",
    "sharpness",
    "batch_size",
    "stop_acceptance_rate",
    "stop_kappa",
    "stop_accuracy",
    "stop_gain_per_usd",
    "go_on_rounds",
    "retrain_after",
    "retrain_delay_s",
    "push_limit",
    "audit_share",
    "gold_consensus",
    "gold_min_texts",
    "only",
    "texts",
)
DISTILBERT = "distilbert"  # reads other vectors and is fetched when the server starts, so it is the server's choice
LARGEST_INTEGER = 1_000_000_000
NO_VALUE = ("", "none")  # as people type it
LONGEST_SHOWN = 40  # characters of a refused value


class SettingKind(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    NAMES = "string"  # of tags of the label config


class SettingSource(StrEnum):
    """Who set the value that is in force."""

    SERVER = "server"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectField:
    """A setting that may be set for one project, and what it may be."""

    name: str  # of the field of `Settings`
    environment_name: str
    description: str
    kind: SettingKind
    choices: tuple[str, ...]  # of a choice, else empty
    allowed: str  # in words
    is_nullable: bool  # None is allowed: no limit, or off


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSetting(ProjectField):
    """Such a setting as it is in one project."""

    value: SettingValue  # in force
    server_value: SettingValue
    source: SettingSource
    changed_at: float | None  # seconds since 1970; None: it is the server's


def find_field(name: str) -> ProjectField:
    """The field of this name, or of this environment variable, however it is written.

    Raises:
        ProjectSettingInvalid: it may not be set for one project.

    >>> find_field("MRARU_BATCH_SIZE").name, find_field("batch-size").allowed
    ('batch_size', 'an integer of at least 1 and of at most 1,000,000,000')
    """
    wanted = name.strip().lower().replace("-", "_")
    for field in FIELDS.values():
        if wanted in (field.name, field.environment_name.lower()):
            return field
    raise ProjectSettingInvalid(
        f"'{_shorten(name)}' cannot be set for one project: what can is {', '.join(PROJECT_FIELDS)}"
    )


def read_value(name: str, given: object) -> SettingValue:
    """A value for a field, as typed by a person or read from JSON; `none` is None where that is allowed.

    Raises:
        ProjectSettingInvalid: it is not allowed; the message says what is.

    >>> read_value("batch_size", "40"), read_value("max_rounds", "none")
    (40, None)
    """
    field = find_field(name)
    value = given.strip() if isinstance(given, str) else given
    if field.is_nullable and isinstance(value, str) and value.lower() in NO_VALUE:
        return None
    try:
        if isinstance(value, bool):
            raise ValueError("no setting of a project is one")
        read: SettingValue = _ADAPTERS[field.name].validate_python(value)
    except (ValidationError, ValueError):
        refused = f"{field.environment_name}: must be {field.allowed}, not '{_shorten(given)}'"
        raise ProjectSettingInvalid(refused) from None
    return read


def override_settings(settings: Settings, stored: Mapping[str, object]) -> Settings:
    """The settings of a project for which these values are stored.

    Raises:
        ProjectSettingInvalid: a value that was possible once is so no more.
    """
    values = {name: read_value(name, value) for name, value in stored.items()}
    if "student" in values and settings.student == DISTILBERT:
        raise ProjectSettingInvalid(
            "MRARU_STUDENT: is distilbert for all projects, so no project can have another: unset it for the project"
        )
    return settings.model_copy(update=values) if values else settings


def _make_adapter(name: str) -> TypeAdapter[SettingValue]:
    """What reads a value of this field: as `Settings` declares it, and never infinite."""
    declared = Settings.model_fields[name]
    if name == "student":
        (registered,) = (mark for mark in declared.metadata if isinstance(mark, RegisteredName))
        own = tuple(each for each in registered.own if each != DISTILBERT)
        return TypeAdapter(Annotated[str, RegisteredName(group=registered.group, own=own)])
    cap = Field(le=LARGEST_INTEGER) if declared.annotation in (int, int | None) else Field()
    annotated: Any = Annotated[declared.annotation, *declared.metadata, cap]
    return TypeAdapter(annotated, config=ConfigDict(allow_inf_nan=False))


def _describe(name: str, adapter: TypeAdapter[SettingValue]) -> ProjectField:
    declared = Settings.model_fields[name]
    schema = adapter.json_schema()
    variants: list[dict[str, Any]] = schema.get("anyOf", [schema])
    is_nullable = {"type": "null"} in variants
    choices = tuple(variants[0].get("enum", ()))
    kind = SettingKind.CHOICE if choices else SettingKind(variants[0]["type"])
    match kind:
        case SettingKind.CHOICE:
            allowed = f"one of {', '.join(choices)}"
        case SettingKind.NAMES:
            allowed = f"names of the label config's tags, {variants[0]['maxLength']:,} characters at most"
        case _:
            allowed = describe_range(variants[0])
    return ProjectField(
        name=name,
        environment_name=environment_names(name, declared)[0],
        description=declared.description or "",
        kind=kind,
        choices=choices,
        allowed=f"{allowed}, or none" if is_nullable else allowed,
        is_nullable=is_nullable,
    )


def describe_range(schema: Mapping[str, Any]) -> str:
    """What a number may be, in words.

    >>> describe_range({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})
    'a number above 0 and below 1'
    """
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{said} {schema[name]:,}" for name, said in words.items() if name in schema]
    article = "an" if schema["type"] == "integer" else "a"
    return " ".join([f"{article} {schema['type']}", " and ".join(bounds)]).rstrip()


def _shorten(value: object) -> str:
    shown = str(value)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


_ADAPTERS = {name: _make_adapter(name) for name in PROJECT_FIELDS}
FIELDS = {name: _describe(name, adapter) for name, adapter in _ADAPTERS.items()}  # by name
