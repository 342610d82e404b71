"""What a browser sends to have a part of a page drawn, checked before Dash reads it, to which every shape is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import BadRequest

from mraru.web.request_bodies import read_object

MOST_PARTS = 10_000  # of a page


class Part(BaseModel):
    """A property of an element, and what it is now."""

    model_config = ConfigDict(extra="ignore")

    id: str | dict[str, str | int]
    property: str
    value: Any = None


Parts = list[Part | list[Part]]


class UpdateBody(BaseModel):
    """Which callback is meant, and what it is given."""

    model_config = ConfigDict(extra="ignore")

    output: str
    outputs: Part | Parts
    inputs: Parts = Field(max_length=MOST_PARTS)
    state: Parts = Field([], max_length=MOST_PARTS)
    changed: list[str] = Field([], alias="changedPropIds", max_length=MOST_PARTS)


def make_update_check(dashboard: Dash, url: str) -> Callable[[], None]:
    """Make what lets a request to that address pass, or answers 400."""

    def check_update() -> None:
        if request.path != url or request.method != "POST" or not request.is_json:  # no JSON: Dash answers 415
            return
        body = UpdateBody.model_validate(read_object())
        known = dashboard.callback_map.get(body.output)
        if known is None or "callback" not in known:  # some are drawn by the browser itself
            raise BadRequest("output: this dashboard has no such part. Load the page anew.")
        outputs: Parts = body.outputs if isinstance(body.outputs, list) else [body.outputs]
        wanted = {"inputs": known["inputs"], "state": known["state"], "outputs": _list_outputs(body.output)}
        sent = {"inputs": body.inputs, "state": body.state, "outputs": outputs}
        for kind, parts in sent.items():
            if not _fit(parts, wanted[kind]):
                raise BadRequest(f"{kind}: not what this part is drawn by. Load the page anew.")
        if not _are_in_step([pair for kind, parts in sent.items() for pair in zip(parts, wanted[kind], strict=True)]):
            raise BadRequest("Elements of one kind are not the same everywhere. Load the page anew.")
        if not set(body.changed) <= {_name(part) for part in _flatten(body.inputs)}:
            raise BadRequest("changedPropIds: nothing of that name was sent. Load the page anew.")

    return check_update


def answer_missing_suite(exc: DependencyException) -> ResponseReturnValue:
    """A browser asks for a library, or a file of one, that the dashboard does not have."""
    return {"error": "There is no such file."}, 404


def _fit(sent: Parts, wanted: list[dict[str, Any]]) -> bool:
    """Whether these are the properties that are wanted, in their order, with a list where all of a kind are."""
    return len(sent) == len(wanted) and all(
        _fits(part, one["id"], one["property"]) for part, one in zip(sent, wanted, strict=True)
    )


def _fits(sent: Part | list[Part], wanted_id: str, wanted_property: str) -> bool:
    is_kind = wanted_id.startswith("{")
    parts = sent if isinstance(sent, list) else [sent]
    if isinstance(sent, list) != is_kind or any(part.property != wanted_property for part in parts):
        return False
    if not is_kind:
        return all(part.id == wanted_id for part in parts)
    pattern = json.loads(wanted_id)
    return all(_is_of_kind(part.id, pattern) for part in parts)


def _is_of_kind(part_id: str | dict[str, str | int], pattern: dict[str, Any]) -> bool:
    return (
        isinstance(part_id, dict)
        and part_id.keys() == pattern.keys()
        and all(isinstance(pattern[key], list) or pattern[key] == value for key, value in part_id.items())
    )


def _are_in_step(pairs: list[tuple[Part | list[Part], dict[str, Any]]]) -> bool:
    """Whether lists of elements that have the same names are of the same ones in the same order, and tell their ids."""
    by_keys: dict[tuple[str, ...], list[list[str | int]]] = {}
    for parts, wanted in pairs:
        if not isinstance(parts, list):
            continue
        if any(part.property == "id" and part.value != part.id for part in parts):
            return False
        keys = tuple(key for key in sorted(json.loads(wanted["id"])) if key != "type")
        names = [[part.id[key] for key in keys] for part in parts if isinstance(part.id, dict)]
        if by_keys.setdefault(keys, names) != names:
            return False
    return True


def _list_outputs(output: str) -> list[dict[str, Any]]:
    """The parts of `a.children`, or of `..a.children...{"name":["ALL"]}.value..`."""
    is_several = output.startswith("..")
    names = output[2:-2].split("...") if is_several else [output]
    return [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]


def _flatten(parts: Parts) -> list[Part]:
    return [one for part in parts for one in (part if isinstance(part, list) else [part])]


def _name(part: Part) -> str:
    """As `changedPropIds` spells it."""
    return f"{_spell(part.id)}.{part.property}"


def _spell(part_id: str | dict[str, str | int]) -> str:
    return part_id if isinstance(part_id, str) else json.dumps(part_id, sort_keys=True, separators=(",", ":"))
