"""A project of 150 labels, asked as the settings say: the nearest labels first, the rest where none of them fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Row, select

from fakes.label_studio import label_config
from fakes.many_labels import (
    N_LABELS,
    NONE,
    SETS_CONFIG,
    SIZE,
    TOPICS,
    CircleEmbedder,
    about,
    labels_in,
    odd,
    read_shown,
)
from fakes.openai_faults import OddAnswer, rate_limited
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.errors import BudgetExceeded
from mraru.interfaces import Teacher
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.label_renaming import rename_label
from mraru.records import NONE_SHOWN, REST_PROMPT, SHORTLIST_PROMPT, Annotation, TaskText, TeacherAnswer, hash_text
from mraru.store.ledger.spending import CallStatus
from mraru.store.tables.project_tables import calls
from mraru.teachers.combined.several_teachers import list_identities, recall_answer
from mraru.teachers.shortlists.page_answers import NONE_AT_ALL
from mraru.teachers.shortlists.shortlist_teacher import ShortlistTeacher

CONFIG = label_config(TOPICS)
USD_PER_TOKEN = 1e-6


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: TOPICS[0]) as running:
        running.behaves = read_shown
        yield running


@pytest.fixture
def asks(server: OpenAIServer, new_services: MakeServices) -> Services:
    return make(server, new_services)


def make(server: OpenAIServer, new_services: MakeServices, config: str = CONFIG, **settings: object) -> Services:
    services = new_services(
        **{
            "teacher": "openai",
            "openai_base_url": server.base_url,
            "openai_model": "local",
            "input_usd_per_mtok": 1.0,
            "output_usd_per_mtok": 1.0,
            "shortlist_size": SIZE,
            "teacher_max_attempts": 1,
            **settings,
        }
    )
    services.embedder = CachedEmbedder(CircleEmbedder(), services.store.vectors)
    connect(services, label_config=config)
    return services


def teacher_of(services: Services) -> Teacher:
    project = services.store.projects.get(1)
    assert project is not None
    return services.teachers.for_project(project, parse_label_config(project.label_config))


def label_with(services: Services, text: str) -> TeacherAnswer:
    return teacher_of(services).label(text)


def draw_near(services: Services, topic: str, number_of_texts: int) -> None:
    """Have people label odd texts of a topic, so that it lies where these do."""
    texts = [odd(TOPICS.index(topic), number) for number in range(1, 1 + number_of_texts)]
    services.store.tasks.save(1, [TaskText(task_id=number, text=text) for number, text in enumerate(texts, start=1)])
    said = [Annotation(annotation_id=n, task_id=n, label=topic, lead_time_s=1.0) for n in range(1, 1 + len(texts))]
    services.store.annotations.save(1, said, 0.0)


def plan(services: Services, text: str) -> dict[str, object]:
    """The first request about a text, as it would be made now."""
    project = services.store.projects.get(1)
    assert project is not None
    llm = services.llms.make(project, parse_label_config(project.label_config), {})
    try:
        return llm.plan_request(text)
    finally:
        llm.close()


def rows_of(services: Services) -> Sequence[Row[tuple[object, ...]]]:
    with services.store.database.read() as connection:
        return connection.execute(select(calls).order_by(calls.c.call_id)).all()


def test_the_prompt_has_the_nearest_labels_in_the_configs_order_and_none_of_these(
    asks: Services, server: OpenAIServer
) -> None:
    assert label_with(asks, about(30)).label == TOPICS[30]
    shown = labels_in(server.requests[0].body)
    assert set(shown[:-1]) <= set(TOPICS[24:37])
    assert (shown[-1], len(shown), shown[:-1]) == (NONE, SIZE + 1, sorted(shown[:-1]))
    assert [topic for topic in TOPICS if f'"{topic}"' in server.requests[0].system] == shown[:-1]
    assert server.n_requests == 1


def test_a_text_whose_label_is_not_shown_gets_it_from_the_rest(asks: Services, server: OpenAIServer) -> None:
    answer = label_with(asks, odd(30))
    first, second = (labels_in(request.body) for request in server.requests)
    assert answer.label == TOPICS[30]
    assert TOPICS[30] not in first
    assert sorted([*first[:-1], *second[:-1]]) == sorted(TOPICS)


def test_both_calls_are_counted_with_what_each_used(asks: Services, server: OpenAIServer) -> None:
    answer = label_with(asks, odd(30))
    first, second = rows_of(asks)
    used = [usage["prompt_tokens"] + usage["completion_tokens"] for usage in server.usages]
    assert [first.label, first.no_label_reason] == [None, NONE_SHOWN]
    assert first.prompt_version.startswith(SHORTLIST_PROMPT)
    assert second.prompt_version == f"{REST_PROMPT}1-{first.prompt_version.removeprefix(SHORTLIST_PROMPT)}"
    assert second.label == TOPICS[30]
    assert [first.cost_usd, second.cost_usd] == pytest.approx([USD_PER_TOKEN * n for n in used])
    assert answer.cost_usd == pytest.approx(USD_PER_TOKEN * sum(used))
    assert answer.usage.prompt_tokens + answer.usage.completion_tokens == sum(used)
    spent = asks.store.ledger.spending(1)
    assert (spent.n_calls, spent.cost_usd) == (2, pytest.approx(answer.cost_usd))
    assert answer.cost_usd <= teacher_of(asks).cost_bound_usd(odd(30))


def test_nothing_is_asked_twice(asks: Services, server: OpenAIServer) -> None:
    label_with(asks, odd(30))
    again = label_with(asks, odd(30))
    assert (again.label, again.from_ledger, again.cost_usd, server.n_requests) == (TOPICS[30], True, 0.0, 2)


def test_a_cap_that_ends_between_the_calls_is_not_passed_and_the_first_is_not_paid_again(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    poor = make(server, new_services, max_calls=1)
    with pytest.raises(BudgetExceeded):
        label_with(poor, odd(30))
    assert (server.n_requests, poor.store.ledger.spending(1).n_calls) == (1, 1)
    assert recall_answer(teacher_of(poor), poor.store.project_ledger(1), odd(30)) is None
    assert label_with(make(server, new_services, max_calls=2), odd(30)).label == TOPICS[30]
    assert server.n_requests == 2


def test_killed_between_the_calls_it_goes_on_with_what_the_first_did_not_show(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    killed = make(server, new_services)
    server.queue(None, rate_limited(retry_after_s=1000))
    with pytest.raises(Exception, match="429"):
        label_with(killed, odd(30))
    later = make(server, new_services)  # as another process would
    draw_near(later, TOPICS[30], number_of_texts=3)  # so that it would be on the shortlist by now
    assert label_with(later, odd(30)).label == TOPICS[30]
    first, _, second = (labels_in(request.body) for request in server.requests)
    assert sorted([*first[:-1], *second[:-1]]) == sorted(TOPICS)
    assert TOPICS[30] in labels_in(plan(later, odd(30)))
    assert [row.status for row in rows_of(later)] == [CallStatus.ANSWERED, CallStatus.RELEASED, CallStatus.ANSWERED]


def test_a_rest_that_is_too_long_for_the_server_comes_in_parts(
    asks: Services, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mraru.teachers.shortlists.label_pages.MOST_LABEL_TOKENS", 1500)
    assert label_with(asks, odd(30)).label == TOPICS[30]
    shown = [labels_in(request.body)[:-1] for request in server.requests]
    assert len(shown) == 3
    assert sorted(topic for page in shown for topic in page) == sorted(TOPICS)
    assert "the project has others" in server.requests[1].system.lower()
    assert "the project has others" not in server.requests[2].system.lower()


def test_no_label_comes_of_a_text_that_none_of_all_labels_fits(asks: Services, server: OpenAIServer) -> None:
    server.behaves = lambda body: OddAnswer(content=f'{{"label": "{NONE}"}}')
    answer = label_with(asks, about(3))
    assert (answer.label, answer.no_label_reason, server.n_requests) == (None, NONE_AT_ALL, 2)


def test_a_label_of_the_project_counts_though_it_was_not_shown(asks: Services, server: OpenAIServer) -> None:
    server.behaves = lambda body: OddAnswer(content=f'{{"label": "{TOPICS[120]}"}}')
    assert (label_with(asks, about(3)).label, server.n_requests) == (TOPICS[120], 1)


def test_a_label_that_the_project_does_not_have_is_asked_for_again_and_is_none(
    asks: Services, server: OpenAIServer
) -> None:
    server.behaves = lambda body: OddAnswer(content='{"label": "topic 900"}')
    answer = label_with(asks, about(3))
    assert (answer.label, server.n_requests, len(rows_of(asks))) == (None, 2, 1)
    assert NONE in str(server.requests[1].body["messages"][-1]["content"])


def test_a_set_is_taken_from_the_shortlist_and_from_the_rest_where_it_is_empty(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    sets = make(server, new_services, config=SETS_CONFIG)
    assert label_with(sets, about(30, 31)).label == f"{TOPICS[30]} | {TOPICS[31]}"
    assert server.n_requests == 1
    assert label_with(sets, odd(30)).label == TOPICS[30]
    assert server.n_requests == 3
    server.behaves = lambda body: OddAnswer(content='{"labels": []}')
    assert (label_with(sets, about(40)).label, server.n_requests) == ("(no label)", 5)
    server.behaves = lambda body: OddAnswer(content=f'{{"labels": ["{TOPICS[50]}", "{NONE}"]}}')
    assert (label_with(sets, about(50)).label, server.n_requests) == (TOPICS[50], 6)


def test_a_set_that_must_not_be_empty_is_none_where_nothing_fits(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    required = SETS_CONFIG.replace("<Choices ", '<Choices required="true" ')
    sets = make(server, new_services, config=required)
    server.behaves = lambda body: OddAnswer(content='{"labels": []}')
    answer = label_with(sets, about(40))
    assert (answer.label, answer.no_label_reason) == (None, NONE_AT_ALL)


def test_samples_and_their_shares_are_of_labels_alone(server: OpenAIServer, new_services: MakeServices) -> None:
    sampled = make(server, new_services, confidence="samples", confidence_samples=4)
    named = [f'{{"label": "{label}"}}' for label in (TOPICS[3], TOPICS[3], TOPICS[3], NONE)]
    server.behaves = lambda body: OddAnswer(contents=tuple(named))
    answer = label_with(sampled, about(3))
    shares = dict(answer.probabilities or ())
    assert (answer.label, shares[TOPICS[3]], set(shares)) == (TOPICS[3], 0.75, set(TOPICS))
    assert sum(shares.values()) == pytest.approx(1.0)


def test_up_to_so_many_labels_the_prompt_is_what_it_was(server: OpenAIServer, new_services: MakeServices) -> None:
    whole = make(server, new_services, max_prompt_labels=N_LABELS)
    teacher = teacher_of(whole)
    assert not isinstance(teacher, ShortlistTeacher)
    teacher.label(odd(30))
    assert labels_in(server.requests[0].body) == list(TOPICS)


def test_the_version_names_how_many_labels_are_shown_and_not_which(
    server: OpenAIServer, new_services: MakeServices
) -> None:
    services = make(server, new_services)
    before = teacher_of(services).identity_of(about(30))
    assert label_with(services, about(30)).prompt_version == before.prompt_version
    assert teacher_of(services).identity_of(about(99)) == before
    other = make(server, new_services, shortlist_size=SIZE + 1)
    assert teacher_of(other).identity.prompt_version != before.prompt_version


def test_many_first_calls_in_a_row_that_none_fits_are_no_alarm(asks: Services) -> None:
    assert [label_with(asks, odd(topic)).label for topic in range(14)] == list(TOPICS[:14])
    line = asks.store.costs.list_by("project", 1)[0]  # type: ignore[arg-type]
    assert (line.n_answered, line.n_none_shown, line.n_no_label) == (28, 14, 0)


@pytest.mark.parametrize("first", [(), (about(30),)])
def test_a_renamed_label_has_neither_call_paid_again(
    asks: Services, server: OpenAIServer, first: Sequence[str]
) -> None:
    """Whichever call the label came of."""
    for text in (*first, odd(30)):
        label_with(asks, text)
    before = server.n_requests
    schema = parse_label_config(CONFIG.replace(TOPICS[30], "topic 930"))
    project = asks.store.projects.get(1)
    assert project is not None
    teacher = asks.teachers.for_project(project, schema)
    asks.store.tasks.save(1, [TaskText(task_id=1, text=odd(30))])
    said = TeacherAnswer(label=TOPICS[30], raw="")
    asks.store.teacher_labels.save(
        1, text_hash=hash_text(odd(30)), answer=said, identity=teacher.identity, round_number=1, at=0.0
    )
    rename_label(
        asks.store,
        1,
        schema,
        old=TOPICS[30],
        new="topic 930",
        identify_teachers=lambda: list_identities(teacher),
        at=0.0,
    )
    assert [teacher.label(text).label for text in (*first, odd(30))] == ["topic 930"] * (1 + len(first))
    assert server.n_requests == before


def test_examples_of_labels_that_are_not_shown_are_left_out(server: OpenAIServer, new_services: MakeServices) -> None:
    services = make(server, new_services, few_shot=3)
    texts = [about(30, number=1), about(31, number=2), about(100, number=3)]
    services.store.tasks.save(1, [TaskText(task_id=n, text=text) for n, text in enumerate(texts, start=1)])
    said = [
        Annotation(annotation_id=n, task_id=n, label=TOPICS[topic], lead_time_s=1.0)
        for n, topic in enumerate((30, 31, 100), start=1)
    ]
    services.store.annotations.save(1, said, 0.0)
    label_with(services, about(30))
    shown = labels_in(server.requests[0].body)
    answers = [message["content"] for message in server.requests[0].body["messages"] if message["role"] == "assistant"]
    assert answers == [f'{{"label": "{TOPICS[31]}"}}', f'{{"label": "{TOPICS[30]}"}}']
    assert TOPICS[100] not in shown
