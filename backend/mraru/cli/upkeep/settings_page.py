"""The reference of settings, docs/reference/settings.md, written from the settings themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic.fields import FieldInfo

from mraru.settings import Settings, environment_names
from mraru.settings.project_fields import PROJECT_FIELDS, describe_range
from mraru.settings.registered_names import RegisteredName
from mraru.settings.setting_topics import TOPICS, SettingTopic

HEAD = """# Settings

Every setting is an environment variable, or a line `NAME=value` in a file `.env` in the folder where `mraru` is
started. Settings that are marked *per project* can also have another value in one project: on the dashboard, or with
`mraru set`. This page is written by `make docs` from the settings themselves.
"""


def settings_page() -> str:
    """The page as Markdown: a section and a table for each topic, and an anchor for each setting."""
    contents = [f"- [{topic.title}](#{_slug(topic.title)}): {topic.summary}" for topic in TOPICS]
    schemas = Settings.model_json_schema(by_alias=False)["properties"]
    return "\n".join([HEAD, *contents, *(line for topic in TOPICS for line in _section(topic, schemas)), ""])


def _section(topic: SettingTopic, schemas: Mapping[str, Mapping[str, object]]) -> list[str]:
    rows = [_row(name, Settings.model_fields[name], schemas[name]) for name in topic.fields]
    return ["", f"## {topic.title}", "", topic.summary, "", "| name | default | meaning |", "|---|---|---|", *rows]


def _row(name: str, field: FieldInfo, schema: Mapping[str, object]) -> str:
    names = environment_names(name, field)
    shown = " or ".join(f"`{each}`" for each in names)
    default = "not set" if field.default in (None, "") else f"`{field.default}`"
    notes = [_allowed(field, schema), "Per project." if name in PROJECT_FIELDS else ""]
    meaning = " ".join([_link_settings(field.description or "", names), *filter(None, notes)])
    return f'| <a id="{_anchor(names[0])}"></a>{shown} | {default} | {meaning} |'


def _allowed(field: FieldInfo, schema: Mapping[str, object]) -> str:
    """What the setting may be, where that is less than its type says."""
    variants = schema.get("anyOf", [schema])
    assert isinstance(variants, list)
    registered = [mark.own for mark in field.metadata if isinstance(mark, RegisteredName)]
    choices = registered[0] if registered else variants[0].get("enum", ())
    if choices:
        return f"Own names: {_codes(choices)}." if registered else f"One of {_codes(choices)}."
    if variants[0].get("type") not in ("integer", "number"):
        return ""
    return f"{describe_range(variants[0])}.".capitalize()


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link_settings(text: str, own: tuple[str, ...]) -> str:
    """Names of other settings as links to them."""
    anchors = {each: _anchor(names[0]) for names in _all_names() for each in names if each not in own}
    return re.sub(r"\b[A-Z]+(?:_[A-Z]+)+\b", lambda found: _link(found.group(), anchors), text)


def _link(name: str, anchors: Mapping[str, str]) -> str:
    return f"[{name}](#{anchors[name]})" if name in anchors else name


def _all_names() -> list[tuple[str, ...]]:
    return [environment_names(name, field) for name, field in Settings.model_fields.items()]


def _anchor(name: str) -> str:
    return name.lower()


def _slug(title: str) -> str:
    """The anchor that a heading gets, here and on code hosts."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
