"""Lists that grow with tasks and rounds are answered page by page, and read so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from fakes.dashboard import student_label, text_of
from fakes.services import MakeClient
from fakes.sql_statements import seen_statements
from mraru.bootstrap import Services
from mraru.records import TaskText, TeacherAnswer, TeacherIdentity, TeacherMode, Vote, hash_text
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.store.review.opinions import Opinion

VISITS, ROUNDS, DISAGREEMENTS = (
    "/api/projects/3/rounds/1/visits",
    "/api/projects/3/rounds",
    "/api/projects/3/disagreements",
)
NAMES = {VISITS: "visits", ROUNDS: "rounds", DISAGREEMENTS: "disagreements"}


@pytest.fixture
def client(make_client: MakeClient, filled: Services) -> FlaskClient:
    return make_client(filled)


def open_rounds(services: Services, numbers: range) -> None:
    for number in numbers:
        services.store.rounds.open(
            3,
            number=number,
            kind=RoundKind.CORRECTIONS,
            step=RoundStep.DONE,
            n_pool=0,
            selected=[],
            selection_end=None,
            at=1.0,
        )


def walk_pages(
    client: FlaskClient, path: str, limit: int, between: Callable[[], None] = lambda: None
) -> list[list[dict[str, Any]]]:
    """The rows of each page, from the first one on as each names the next; `between` runs after the first."""
    pages, following = [], f"{path}?limit={limit}"
    while following:
        answer = client.get(following).json
        pages.append(answer[NAMES[path]])
        following = answer["next"]
        if len(pages) == 1:
            between()
    return pages


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize("limit", [1, 4, 5, 7])
def test_the_pages_of_a_list_hold_each_row_once_and_in_its_order(client: FlaskClient, path: str, limit: int) -> None:
    whole = client.get(f"{path}?limit=1000").json
    rows = whole[NAMES[path]]
    assert whole["next"] is None
    assert len(rows) == whole["n_total"] > 5
    pages = walk_pages(client, path, limit)
    assert [row for page in pages for row in page] == rows
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= limit


@pytest.mark.parametrize("path", NAMES)
def test_what_is_not_on_the_page_is_not_read(client: FlaskClient, path: str) -> None:
    with seen_statements() as seen:
        assert len(client.get(f"{path}?limit=2").json[NAMES[path]]) == 2
    tables = {VISITS: "FROM visits", ROUNDS: "rounds.n_pushed", DISAGREEMENTS: "teacher_labels.explanation"}
    (read,) = [statement for statement in seen if tables[path] in statement and "rounds.number = ?" not in statement]
    assert "LIMIT" in read


def test_a_hundred_rows_are_a_page_where_no_number_is_asked_for(client: FlaskClient, filled: Services) -> None:
    open_rounds(filled, range(7, 131))
    answer = client.get(ROUNDS).json
    assert [round_["number"] for round_ in answer["rounds"]] == list(range(1, 101))
    assert (answer["n_total"], answer["next"]) == (130, f"{ROUNDS}?limit=100&after=100")
    assert [round_["number"] for round_ in client.get(answer["next"]).json["rounds"]] == list(range(101, 131))


def test_rounds_that_begin_meanwhile_make_no_page_repeat_or_lose_any(client: FlaskClient, filled: Services) -> None:
    pages = walk_pages(client, ROUNDS, 4, between=lambda: open_rounds(filled, range(7, 10)))
    assert [round_["number"] for page in pages for round_ in page] == list(range(1, 10))


def test_a_doubtful_text_that_is_labelled_meanwhile_makes_no_page_repeat_any(
    client: FlaskClient, filled: Services
) -> None:
    before = client.get(DISAGREEMENTS).json["disagreements"]

    def label_one_more() -> None:
        number = 200
        filled.store.teacher_labels.save(
            3,
            text_hash=hash_text(text_of(number)),
            answer=TeacherAnswer(label=None, raw=""),
            identity=TeacherIdentity(model="simulated", prompt_version="p"),
            round_number=7,
            at=1.0,
        )
        opinion = Opinion(
            text_hash=hash_text(text_of(number)),
            label=student_label(number),
            confidence=0.5,
            final_label="s",
            score=0.0,
        )
        filled.store.opinions.save(3, [opinion], 7)

    pages = walk_pages(client, DISAGREEMENTS, 3, between=label_one_more)
    assert [row for page in pages for row in page] == before
    assert client.get(f"{DISAGREEMENTS}?limit=1").json["disagreements"][0]["task_id"] == 200


def test_texts_with_the_same_score_are_on_one_page_each(client: FlaskClient, filled: Services) -> None:
    """Tasks of one text have one score, and the place within them is their number."""
    store = filled.store
    store.tasks.save(3, [TaskText(task_id=number, text="twin") for number in range(1001, 1008)])
    identity = TeacherIdentity(model="simulated", prompt_version="p")
    answer = TeacherAnswer(label="s", raw="")
    store.teacher_labels.save(3, text_hash=hash_text("twin"), answer=answer, identity=identity, round_number=1, at=1.0)
    twin = Opinion(text_hash=hash_text("twin"), label="Business", confidence=0.5, final_label="s", score=1 / 3e5)
    store.opinions.save(3, [twin], 1)
    numbers = [row["task_id"] for page in walk_pages(client, DISAGREEMENTS, 2) for row in page]
    assert numbers[:7] == list(range(1001, 1008))
    assert len(set(numbers)) == len(numbers) == client.get(DISAGREEMENTS).json["n_total"]


@pytest.mark.parametrize(
    ("mode", "votes", "is_listed"),
    [
        (TeacherMode.ENSEMBLE, ("s", "Business"), True),
        (TeacherMode.ENSEMBLE, ("s", "s", None), True),
        (TeacherMode.ENSEMBLE, (None, "s"), True),
        (TeacherMode.ENSEMBLE, ("s", "s"), False),
        (TeacherMode.ENSEMBLE, ("s", "former"), False),  # which is called s now
        (TeacherMode.CASCADE, ("s", "Business"), False),
        (TeacherMode.ENSEMBLE, (), False),
    ],
)
def test_of_texts_on_which_student_and_teacher_agree_those_with_split_votes_are_listed_and_counted(
    client: FlaskClient, filled: Services, mode: TeacherMode, votes: tuple[str | None, ...], is_listed: bool
) -> None:
    store = filled.store
    store.label_renames.rename(3, "former", "s")
    n_before = client.get(DISAGREEMENTS).json["n_total"]
    store.tasks.save(3, [TaskText(task_id=1001, text="voted")])
    answer = TeacherAnswer(
        label="s", raw="", votes=tuple(Vote(teacher=f"t{n}", label=label) for n, label in enumerate(votes))
    )
    identity = TeacherIdentity(model=mode, prompt_version="p")
    store.teacher_labels.save(3, text_hash=hash_text("voted"), answer=answer, identity=identity, round_number=1, at=1.0)
    opinion = Opinion(text_hash=hash_text("voted"), label="s", confidence=0.5, final_label="s", score=0.0)
    store.opinions.save(3, [opinion], 1)
    answered = client.get(DISAGREEMENTS).json
    assert (answered["disagreements"][0]["task_id"] == 1001) is is_listed
    assert answered["n_total"] == n_before + is_listed


def test_a_project_shows_its_newest_hundred_rounds_and_how_many_there_are(
    client: FlaskClient, filled: Services
) -> None:
    open_rounds(filled, range(7, 131))
    shown = client.get("/api/projects/3").json
    assert [round_["number"] for round_ in shown["rounds"]] == list(range(31, 131))
    assert shown["n_rounds"] == 130


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("limit=1001", "limit: Input should be less than or equal to 1000"),
        ("limit=ten", "limit: Input should be a whole number, in digits alone"),
        ("limit=-1", "limit: Input should be a whole number, in digits alone"),
        ("limit=1_0", "limit: Input should be a whole number, in digits alone"),
        ("limit=", "limit: Input should be a whole number, in digits alone"),
        ("limit=1&limit=2", "limit: say it once"),
        ("offset=5", "offset: Extra inputs are not permitted"),
    ],
)
def test_a_page_that_cannot_be_is_refused_with_a_reason(client: FlaskClient, path: str, query: str, said: str) -> None:
    answer = client.get(f"{path}?{query}")
    assert (answer.status_code, answer.json) == (400, {"error": said})


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (VISITS, "x"),
        (ROUNDS, str(2**63)),
        (ROUNDS, "0.5,3"),
        (DISAGREEMENTS, "3"),
        (DISAGREEMENTS, ""),
        (DISAGREEMENTS, "nan,3"),
        (DISAGREEMENTS, f"0.5,{2**63}"),
    ],
)
def test_a_place_that_is_none_is_refused(client: FlaskClient, path: str, place: str) -> None:
    answer = client.get(f"{path}?after={place}")
    assert answer.status_code == 400
    assert answer.json["error"].startswith("after: ")


@pytest.mark.parametrize("place", [(VISITS, "60"), (ROUNDS, "6"), (DISAGREEMENTS, "1.0,300")])
def test_behind_the_last_row_comes_an_empty_page(client: FlaskClient, place: tuple[str, str]) -> None:
    path, after = place
    answer = client.get(f"{path}?after={after}").json
    assert (answer[NAMES[path]], answer["next"]) == ([], None)
    assert answer["n_total"] > 0


def test_the_rounds_of_a_project_that_is_not_connected_are_not_found(client: FlaskClient) -> None:
    answer = client.get("/api/projects/9/rounds")
    assert (answer.status_code, answer.json) == (404, {"error": "Project 9 is not connected to this backend."})
