"""Writes docs/reference: settings, commands and HTTP, each from the code itself. `make docs` runs it."""

from __future__ import annotations

import enum
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer
from typer.models import ArgumentInfo, OptionInfo, ParamMeta
from typer.utils import get_params_from_function

from mraru.cli.commands import app
from mraru.cli.upkeep.settings_page import settings_page
from mraru.web.api.openapi import JSON, describe_interface
from mraru.web.request_bodies import LARGEST_NUMBER

REFERENCE = Path(__file__).parent / "reference"
# In the order of the page; a command that stands in none of these is an error.
COMMAND_TOPICS: Mapping[str, tuple[str, ...]] = {
    "Install, connect, look after": (
        "demo", "serve", "worker", "connect", "disconnect", "doctor", "backup", "restore", "settings",
    ),
    "One project": (
        "start", "pause", "round", "go-on", "set", "batches", "audit", "report", "tabs", "tidy", "forget",
    ),
    "Labels, prompt and LLM": ("labels", "prompt", "teacher"),
    "Money": ("cost", "ledger"),
    "Measure": ("simulate", "benchmark"),
}  # fmt: skip
COMMANDS_HEAD = """# Commands

Run them in the folder of your `.env`, so that they find the settings and the data. `--help` says the same as this page,
which is written by `make docs` from the commands themselves. An error is one line on stderr, with exit code 1.
`mraru --version` prints the version."""
HTTP_HEAD = """# HTTP interface

The backend describes it at `/openapi.json` (OpenAPI 3.1); this page is written from that description by `make docs`.
[What the answers hold](http-answers.md) says what the figures mean.

Answers are JSON, except `/metrics` and files. An error is `{"error": "what happened"}`. With a login set
([BASIC_AUTH_USER and BASIC_AUTH_PASS](settings.md#basic_auth_user)), a caller without it gets 401; `/webhook` takes
the secret of its header instead, too. Without a login, callers from other machines get 403, and so does everybody who
calls by a name that is not the backend's ([MRARU_ALLOWED_HOSTS](settings.md#mraru_allowed_hosts)). After ten wrong
passwords in a minute an address gets 429. Requests that change something must be JSON."""


def commands_page() -> str:
    """Every command with its arguments, options and defaults."""
    commands = dict(_list_commands(app))
    topics = {
        topic: [name for first in listed for name in commands if name.split()[0] == first]
        for topic, listed in COMMAND_TOPICS.items()
    }
    missing = set(commands) - {name for names in topics.values() for name in names}
    if missing:
        raise ValueError(f"name these in COMMAND_TOPICS: {', '.join(sorted(missing))}")
    lines = [COMMANDS_HEAD]
    for topic, names in topics.items():
        lines += ["", f"**{topic}**", ""]
        lines += [f"- [mraru {name}](#{_slug(f'mraru {name}')}): {_first_line(commands[name])}" for name in names]
    for topic, names in topics.items():
        lines += ["", f"## {topic}"]
        for name in names:
            lines += ["", f"### mraru {name}", "", *_describe_command(name, commands[name])]
    return "\n".join([*lines, ""])


def _list_commands(group: typer.Typer, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield prefix + (command.name or command.callback.__name__.replace("_", "-")), command.callback
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _list_commands(inner.typer_instance, f"{prefix}{inner.name} ")


def _first_line(command: Callable[..., Any]) -> str:
    return (inspect.getdoc(command) or "").partition("\n")[0]


def _describe_command(name: str, command: Callable[..., Any]) -> list[str]:
    parameters = list(get_params_from_function(command).values())
    arguments = [parameter for parameter in parameters if isinstance(parameter.default, ArgumentInfo)]
    options = [parameter for parameter in parameters if isinstance(parameter.default, OptionInfo)]
    usage = " ".join([f"mraru {name}", *map(_spell_argument, arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"`{usage}`", "", inspect.getdoc(command) or ""]
    if parameters:
        lines += ["", "| | default | meaning |", "|---|---|---|"]
        lines += [_parameter_row(parameter) for parameter in [*arguments, *options]]
    return lines


def _spell_argument(parameter: ParamMeta) -> str:
    name = parameter.default.metavar or parameter.name.upper()
    return name if parameter.default.default is ... else f"[{name}]"


def _parameter_row(parameter: ParamMeta) -> str:
    declared, kind = parameter.default, _without_none(parameter.annotation)
    choices = [str(choice.value) for choice in kind] if isinstance(kind, type) and issubclass(kind, enum.Enum) else []
    bounds = [
        f"{word} {bound}"
        for word, bound in (("at least", declared.min), ("at most", declared.max))
        if bound is not None
    ]
    if isinstance(declared, ArgumentInfo):
        names = [_spell_argument(parameter)]
    else:
        value = "" if kind is bool else f" {declared.metavar or parameter.name.strip('_').upper()}"
        names = [f"{name}{value}" for name in declared.param_decls or (f"--{parameter.name.replace('_', '-')}",)]
    notes = [f"One of {', '.join(f'`{each}`' for each in choices)}."] if choices else []
    notes += [f"{' and '.join(bounds).capitalize()}."] if bounds else []
    shown = ", ".join(f"`{name}`" for name in names)
    return f"| {shown} | {_spell_default(declared.default)} | {_escape(' '.join([declared.help or '', *notes]))} |"


def _without_none(annotation: Any) -> Any:
    """What is given on the command line: the type beside None, and what a list holds."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        (annotation,) = (each for each in typing.get_args(annotation) if each is not types.NoneType)
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is list else annotation


def _spell_default(default: Any) -> str:
    if default is ...:
        return "required"
    if default is None or default is False:
        return ""
    if default is True:
        return "on"
    return f"`{default.value if isinstance(default, enum.Enum) else default}`"


def http_page() -> str:
    """Every address with its parameters, body and answers, and the fields of what is sent."""
    described = describe_interface()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    topics: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, operation in operations:
        topics.setdefault(_topic_of(name, operation), []).append((name, operation))
    lines = [HTTP_HEAD]
    for topic, listed in topics.items():
        lines += ["", f"## {topic}", "", "| request | what it does | takes | answers |", "|---|---|---|---|"]
        lines += [_operation_row(name, operation) for name, operation in listed]
    lines += ["", "## Fields", "", "`?` marks a field that may be left out, `null` one that may be empty."]
    for name, schema in sorted(described["components"]["schemas"].items()):
        lines += ["", f"### {name}", "", *_describe_schema(schema)]
    return "\n".join([*lines, ""])


def _topic_of(name: str, operation: Mapping[str, Any]) -> str:
    method, _, path = name.partition(" ")
    if not path.startswith("/api/"):
        is_protocol = path in ("/", "/health", "/setup", "/predict", "/webhook", "/versions")
        return "Label Studio's protocol" if is_protocol else "Watching"
    if "definition" in path or "corrected" in path:
        return "Definitions of labels"
    if "." in path:
        return "Downloads"
    return "Projects" if method == "GET" and not path.endswith("/settings") else "Control"


def _operation_row(name: str, operation: Mapping[str, Any]) -> str:
    takes = [_spell_parameter(each) for each in operation.get("parameters", ()) if each["in"] == "query"]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"][JSON]["schema"]
        takes.append("JSON" if body == {"type": "object"} else _spell_type(body))
    answers = []
    for status, answer in sorted(operation["responses"].items()):
        if status == "default":
            continue
        why = "" if answer["description"] == "as asked" else f" ({answer['description']})"
        (content,) = answer["content"].items()
        held = _spell_type(content[1]["schema"]) if content[0] == JSON else f"`{content[0]}`"
        answers.append(f"{status}{why}: {held}")
    return f"| `{name}` | {_escape(operation['summary'])} | {', '.join(takes)} | {'; '.join(answers)} |"


def _spell_parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    bounds = (
        f" {schema['minimum']} to {schema['maximum']:,}"
        if schema.get("maximum", LARGEST_NUMBER) < LARGEST_NUMBER
        else ""
    )
    default = f", {schema['default']} if left out" if "default" in schema else ""
    return f"`{parameter['name']}{'' if parameter['required'] else '?'}`{bounds}{default}"


def _describe_schema(schema: Mapping[str, Any]) -> list[str]:
    if "enum" in schema:
        return [f"{_spell_type(schema).capitalize()}."]
    said = schema.get("description", "").partition("\n\n")[0].replace("\n", " ")
    required = schema.get("required", ())
    fields = [
        f"`{name}{'' if name in required else '?'}`: {_spell_type(field)}"
        for name, field in schema["properties"].items()
    ]
    return [*([_escape(said), ""] if said else []), f"{'; '.join(fields)}."]


def _spell_type(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a few words.

    >>> _spell_type({"anyOf": [{"type": "integer"}, {"type": "null"}]})
    'integer or null'
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_slug(name)})"
    if "anyOf" in schema:
        return " or ".join(_spell_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    if isinstance(schema.get("type"), list):
        return " or ".join(schema["type"])
    if schema.get("type") == "array":
        item = schema.get("items") or (schema["prefixItems"][0] if schema.get("prefixItems") else {})
        return f"list of {_spell_type(item)}" if item else "list"
    if "properties" in schema:
        return ", ".join(f"`{name}`{_beside(field)}" for name, field in schema["properties"].items())
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_spell_type(schema['additionalProperties'])}"
    return str(schema.get("type", "anything"))


def _beside(field: Mapping[str, Any]) -> str:
    """What a field of an answer holds, where that is more than a word or a number."""
    return f" ({_spell_type(field)})" if field.get("type") == "array" or "$ref" in field else ""


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _slug(title: str) -> str:
    """The anchor that a heading gets, here and on code hosts."""
    return re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-")


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "http.md": http_page,
}


def main() -> None:
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
