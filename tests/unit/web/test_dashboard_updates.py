"""Whatever is sent to the dashboard in place of what a browser would send, it is refused and nothing breaks."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from fakes.dash_callback import URL, look, press, save_settings
from fakes.services import MakeClient
from mraru.bootstrap import Services
from mraru.store.projects.project_repository import ProjectState

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
SUITES = ("/dashboard/_dash-component-suites/nothing/x.js", "/dashboard/_dash-component-suites/dash/no-such.js")


class Recorder:
    """Takes what a browser would send."""

    def post(self, url: str, *, json: object, headers: object = None) -> Any:
        self.sent = json


def bodies() -> list[dict[str, Any]]:
    """One of each kind that people's browsers send."""
    recorder: Any = Recorder()
    sent = []
    shown = {"page": "/dashboard/projects/3", "basis": "", "regions": {"money": "1"}}
    for send in (
        lambda: press(recorder, "pause"),
        lambda: save_settings(recorder, {"max_calls": "7", "seed": ""}),
        lambda: save_settings(recorder, {"max_calls": "7"}, unset="max_calls"),
        lambda: look(recorder, None),
        lambda: look(recorder, shown),
    ):
        send()
        sent.append(json.loads(json.dumps(recorder.sent)))
    return sent


BODIES = bodies()


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, (*path, key))


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value at a place of it."""
    if not path:
        return value
    changed = copy.deepcopy(body)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


@pytest.fixture
def browser(make_client: MakeClient, filled: Services) -> FlaskClient:
    return make_client(filled)


def send(browser: FlaskClient, body: object) -> TestResponse:
    return browser.post(URL, data=json.dumps(body), content_type="application/json")


def test_what_a_browser_sends_passes(browser: FlaskClient) -> None:
    assert [send(browser, body).status_code for body in BODIES] == [200] * len(BODIES)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_another_value_at_any_place_breaks_nothing(browser: FlaskClient, data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(BODIES))
    path = data.draw(st.sampled_from(list(places(body))))
    answer = send(browser, put(body, path, data.draw(ANYTHING)))
    assert answer.status_code in (200, 204, 400, 404, 409), answer.text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_missing_part_breaks_nothing(browser: FlaskClient, data: st.DataObject) -> None:
    body = copy.deepcopy(data.draw(st.sampled_from(BODIES)))
    path = data.draw(st.sampled_from([place for place in places(body) if place]))
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    assert send(browser, body).status_code in (200, 204, 400, 404, 409)


def test_nothing_is_pressed_where_no_button_is_named(browser: FlaskClient, filled: Services) -> None:
    other = json.loads(json.dumps(BODIES[0]).replace("pause", "explode"))
    for body in (BODIES[0] | {"changedPropIds": []}, other):
        assert send(browser, body).status_code == 200
    project = filled.store.projects.get(3)
    assert project is not None
    assert project.state is ProjectState.RUNNING


@pytest.mark.parametrize("path", SUITES)
def test_a_library_that_is_not_there_is_not_found(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 404
