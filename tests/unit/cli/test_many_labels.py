"""What `mraru connect`, `mraru cost estimate` and the rest say of a project of 150 labels, before the first call."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from fakes.label_studio import FakeLabelStudio
from fakes.label_studio_registrations import ConnectableLabelStudio
from fakes.loop_services import known
from fakes.many_labels import N_LABELS, SIZE, TOPICS, CircleEmbedder, about
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.budget_records import Budget, Spending
from mraru.cli.label_studio.connect_words import connect_command
from mraru.cli.money.cost_estimate_lines import estimate_costs
from mraru.cli.money.label_room import describe_label_room
from mraru.cli.teacher.prompt_display import describe_request
from mraru.embedding.cached_embedder import CachedEmbedder
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.records import NONE_SHOWN, TeacherAnswer, hash_text
from mraru.settings import load_settings
from mraru.teachers.prices.cost_estimate import CallEstimate

LLM = {
    "openai_model": "m",
    "openai_base_url": "http://127.0.0.1:9/v1",
    "input_usd_per_mtok": 1.0,
    "output_usd_per_mtok": 2.0,
    "shortlist_size": SIZE,
}
TEXTS = [about(number, number=number) for number in range(40)]
CALL = CallEstimate(prompt_tokens=500, answer_tokens=10, cost_usd=0.001)


def over(services: Services, studio: FakeLabelStudio) -> Services:
    services.label_studio = lambda project_id=None: studio  # type: ignore[assignment,method-assign,misc,return-value]
    services.embedder = CachedEmbedder(CircleEmbedder(), services.store.vectors)
    return services


def say_on_connecting(services: Services) -> str:
    studio = ConnectableLabelStudio(TEXTS)
    studio.label_config = FakeLabelStudio(TEXTS, TOPICS).label_config
    studio.on_registered = lambda: connect(services, label_config=studio.label_config)
    screen = Console(file=StringIO(), width=500, highlight=False, markup=False, emoji=False)
    connect_command(over(services, studio), 1, "http://backend:9090", screen, with_check=False)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def estimate(services: Services) -> str:
    studio = FakeLabelStudio(TEXTS, TOPICS)
    connect(services, label_config=studio.label_config)
    screen = Console(file=StringIO(), width=500, highlight=False, markup=False, emoji=False)
    over(services, studio)
    sync_project(services.store, studio, 1, services.clock)
    estimate_costs(services, 1, 20, screen)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_connect_says_how_many_labels_are_shown_and_which_would_be_left_out(new_services: MakeServices) -> None:
    said = say_on_connecting(new_services(**LLM, max_calls=100))
    assert f"Of the {N_LABELS} labels, the LLM is shown the {SIZE} nearest to a text (MRARU_SHORTLIST_SIZE)" in said
    assert "150 labels, and room for about 100 texts (MRARU_MAX_CALLS): at least 50 of the labels will not be" in said
    assert "10 for each take about 1,500 calls" in said
    assert "`mraru set 1 max_calls 1500`" in said
    assert said.index("room for about 100 texts") < said.index("is connected")


def test_connect_says_nothing_where_there_is_room(new_services: MakeServices) -> None:
    said = say_on_connecting(new_services(**LLM, max_calls=2000, max_prompt_labels=N_LABELS))
    assert "room for about" not in said
    assert "MRARU_SHORTLIST_SIZE" not in said


def test_the_estimate_counts_the_shortlist_and_a_share_of_second_calls(new_services: MakeServices) -> None:
    short, whole = (estimate(new_services(**LLM, max_prompt_labels=n)) for n in (100, N_LABELS))
    rows = [next(line for line in said.splitlines() if "Every text" in line) for said in (short, whole)]
    tokens = [int(row.split("about ")[1].split()[0].replace(",", "")) for row in rows]
    n_calls = [int(row.split("│")[2]) for row in rows]
    assert tokens[0] < tokens[1] / 2
    assert n_calls == [42, 40]
    assert "For 5% of the texts, a second call with the other labels" in short
    assert "a second call" not in whole
    assert "150 labels, and room for about" in short


def test_the_prompt_that_is_shown_is_the_first_calls(new_services: MakeServices) -> None:
    services = new_services(**LLM)
    estimate(services)
    identity = services.llms.make(known(services), parse_label_config(known(services).label_config), {}).identity
    call = services.store.ledger.reserve(
        project_id=1,
        identity=identity,
        text_hash=hash_text(TEXTS[3]),
        cost_bound_usd=0.1,
        tokens_bound=10,
        budget=Budget(),
    )
    services.store.ledger.settle(call, TeacherAnswer(label=None, raw="", no_label_reason=NONE_SHOWN))
    shown = describe_request(services, 1, 4)
    assert "none of these labels, on " in shown
    assert "it would be shown the rest" in shown
    assert f'- "{TOPICS[3]}"' in shown
    assert f'- "{TOPICS[99]}"' not in shown


@pytest.mark.parametrize(
    ("max_calls", "seeding_limit", "said"),
    [
        (149, 450, "at least 1 of the labels will not be found"),
        (250, 450, "1.7 for each label, so some labels"),
        (1000, 450, "6.7 for each label, fewer for rare ones"),
        (1500, 450, None),
        (1500, 100, "at least 50 will not be found by it"),
        (1500, 200, "some will hardly be found by it"),
    ],
)
def test_what_caps_leave_is_said(max_calls: int, seeding_limit: int, said: str | None) -> None:
    caps = [("MRARU_MAX", Budget(max_calls=max_calls, max_cost_usd=50.0), Spending(n_calls=0, cost_usd=0.0))]
    lines = describe_label_room(1, 150, seeding_limit, CALL, caps)
    assert [said in line for line in lines] == ([True] if said else [])  # type: ignore[operator]


def test_of_few_labels_nothing_is_said() -> None:
    caps = [("MRARU_MAX", Budget(max_calls=5), Spending(n_calls=0, cost_usd=0.0))]
    assert describe_label_room(1, 3, 200, CALL, caps) == []


def test_the_limit_of_seeding_grows_with_the_labels_unless_it_is_set() -> None:
    assert [load_settings().seeding_limit_of(n) for n in (2, 66, 150)] == [200, 200, 450]
    assert load_settings(seeding_limit=50).seeding_limit_of(150) == 50
