"""What a browser sends when something on the dashboard is pressed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ComponentId = str | Mapping[str, str]
URL = "/dashboard/_dash-update-component"


def press(client: FlaskClient, pressed: str, project_id: int = 3, **headers: str) -> TestResponse:
    """Press one of the buttons of a project."""
    clicks = [(name, int(name == pressed)) for name in ("start", "pause", "one-round")]
    body = {
        "output": "run-answer.children",
        "outputs": {"id": "run-answer", "property": "children"},
        "inputs": [_all("press", "n_clicks", clicks)],
        "changedPropIds": [f"{_spell({'type': 'press', 'name': pressed})}.n_clicks"],
        "state": _address(f"/dashboard/projects/{project_id}"),
    }
    return client.post(URL, json=body, headers=headers)


def save_settings(
    client: FlaskClient, typed: Mapping[str, str], unset: str | None = None, project_id: int = 3
) -> TestResponse:
    """Send the form of settings, with what was typed into it; or press the button beside one setting."""
    names = list(typed)
    changed = _spell({"type": "unset", "name": unset}) if unset is not None else "save-settings"
    body = {
        "output": "..settings-answer.children...{}.value...{}.hidden...{}.children..".format(
            *(_spell({"name": ["ALL"], "type": kind}) for kind in ("setting", "unset", "origin"))
        ),
        "outputs": [
            {"id": "settings-answer", "property": "children"},
            [{"id": {"type": "setting", "name": name}, "property": "value"} for name in names],
            [{"id": {"type": "unset", "name": name}, "property": "hidden"} for name in names],
            [{"id": {"type": "origin", "name": name}, "property": "children"} for name in names],
        ],
        "inputs": [
            {"id": "save-settings", "property": "n_clicks", "value": int(unset is None)},
            _all("unset", "n_clicks", [(name, int(name == unset)) for name in names]),
        ],
        "changedPropIds": [f"{changed}.n_clicks"],
        "state": [
            _all("setting", "value", list(typed.items())),
            _all("setting", "id", [(name, {"type": "setting", "name": name}) for name in names]),
            *_address(f"/dashboard/projects/{project_id}/settings"),
        ],
    }
    return client.post(URL, json=body)


def look(client: FlaskClient, shown: object, pathname: str = "/dashboard/projects/3") -> TestResponse:
    """Look at a page, of which `shown` is on the screen."""
    regions = list(shown["regions"]) if isinstance(shown, dict) else []
    parts = [
        (name, "children")
        for name in ("navigation", "heading", "headline-place", "state", "progress", "controls", "live")
    ]
    told = [("shown", "data"), ("title", "data")]
    wildcard = _spell({"name": ["ALL"], "type": "region"})
    body = {
        "output": f"..{'...'.join(f'{name}.{kind}' for name, kind in [*parts, (wildcard, 'children'), *told])}..",
        "outputs": [
            *({"id": name, "property": kind} for name, kind in parts),
            [{"id": {"type": "region", "name": name}, "property": "children"} for name in regions],
            *({"id": name, "property": kind} for name, kind in told),
        ],
        "inputs": [*_address(pathname), {"id": "tick", "property": "n_intervals", "value": 1}],
        "changedPropIds": ["tick.n_intervals"],
        "state": [
            {"id": "shown", "property": "data", "value": shown},
            _all("region", "id", [(name, {"type": "region", "name": name}) for name in regions]),
        ],
    }
    return client.post(URL, json=body)


def _all(kind: str, name: str, values: Sequence[tuple[str, object]]) -> list[dict[str, object]]:
    return [{"id": {"type": kind, "name": owner}, "property": name, "value": value} for owner, value in values]


def _address(pathname: str) -> list[dict[str, str]]:
    return [
        {"id": "address", "property": "pathname", "value": pathname},
        {"id": "address", "property": "search", "value": ""},
    ]


def _spell(component_id: Mapping[str, object]) -> str:
    return json.dumps(component_id, sort_keys=True, separators=(",", ":"))
