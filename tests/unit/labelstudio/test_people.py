from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from fakes.clocks import HandClock
from mraru.errors import LabelStudioRefused
from mraru.labelstudio.api.label_studio_client import LabelStudioClient
from mraru.labelstudio.api.label_studio_users import REFRESH_S, People, list_people

URL = "http://label-studio:8080"
ANN = {"id": 1, "first_name": "Ann", "last_name": "Other", "email": "ann@example.com", "username": "ann"}
BO = {"id": 2, "first_name": "", "last_name": "", "email": "bo@example.com", "username": "bo"}
NAMELESS = {"id": 3, "first_name": "", "last_name": "", "email": "", "username": ""}

Answer = Callable[[httpx.Request], httpx.Response]


class TransportInMemory(httpx.BaseTransport):
    """Answers as it is told to, and counts the requests for users."""

    def __init__(self) -> None:
        self.n_requests = 0
        self.answer: Answer = lambda request: httpx.Response(200, json=[ANN, BO, NAMELESS])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path.rstrip("/") == "/api/users"
        self.n_requests += 1
        return self.answer(request)


@pytest.fixture
def transport() -> TransportInMemory:
    return TransportInMemory()


@pytest.fixture
def client(transport: TransportInMemory, monkeypatch: pytest.MonkeyPatch) -> Iterator[LabelStudioClient]:
    plain = httpx.Client
    monkeypatch.setattr(
        "mraru.labelstudio.api.label_studio_client.RenewingClient", lambda renew, **options: plain(transport=transport)
    )
    with LabelStudioClient(URL, "0" * 40, timeout_s=5) as made:
        yield made


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


def test_users_are_called_as_they_call_themselves_or_by_their_address(client: LabelStudioClient) -> None:
    assert list_people(client) == {1: "Ann Other", 2: "bo@example.com", 3: ""}


def test_a_refusal_is_an_error_of_ours(client: LabelStudioClient, transport: TransportInMemory) -> None:
    transport.answer = lambda request: httpx.Response(403, json={"detail": "not you"})
    with pytest.raises(LabelStudioRefused, match="not you"):
        list_people(client)
    assert transport.n_requests == 1


def test_names_are_asked_for_once_in_a_while(client: LabelStudioClient, transport: TransportInMemory) -> None:
    clock = HandClock()
    people = People(clock)
    assert people.names(client) == people.names(client) == {1: "Ann Other", 2: "bo@example.com"}
    assert transport.n_requests == 1
    clock.advance(REFRESH_S)
    transport.answer = lambda request: httpx.Response(200, json=[BO])
    assert people.names(client) == {2: "bo@example.com"}


@pytest.mark.parametrize("answer", [unreachable, lambda request: httpx.Response(403, json={"detail": "not you"})])
def test_without_an_answer_the_names_that_are_known_stay_and_nobody_waits_twice(
    client: LabelStudioClient, transport: TransportInMemory, answer: Answer
) -> None:
    clock = HandClock()
    people = People(clock)
    known = people.names(client)
    clock.advance(REFRESH_S)
    transport.answer = answer
    assert people.names(client) == people.names(client) == known
    assert transport.n_requests == 2


def test_where_nothing_was_ever_told_nobody_has_a_name(client: LabelStudioClient, transport: TransportInMemory) -> None:
    transport.answer = unreachable
    assert People(HandClock()).names(client) == {}
