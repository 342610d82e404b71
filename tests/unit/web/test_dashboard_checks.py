"""What the overview says of the check of the LLM, before the first round and after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.component_tree import words_of
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.openai_faults import Fault, OddAnswer, wrong_key
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices
from mraru.bootstrap import Services
from mraru.cli.teacher.teacher_check import ask_each_alone
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.syncing.project_sync import sync_project
from mraru.store.projects.round_repository import RoundKind, RoundStep
from mraru.web.dashboard.addresses import Address, PageName
from mraru.web.dashboard.pages.page_registry import Pages

OVERVIEW = Address(project_id=1, page=PageName.OVERVIEW, query={})
STUDIO = FakeLabelStudio([f"{label} 1" for label in LABELS])


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: text.split()[0]) as running:
        yield running


@pytest.fixture
def checked(new_services: MakeServices, server: OpenAIServer) -> Services:
    services = new_services(
        openai_base_url=server.base_url, openai_model="m", input_usd_per_mtok=1.0, output_usd_per_mtok=2.0
    )
    sync_project(services.store, STUDIO, 1, services.clock)
    services.store.projects.start(1)
    return services


def overview(services: Services) -> str:
    return words_of(Pages(services).draw(OVERVIEW).live)


def check(services: Services) -> None:
    ask_each_alone(services, 1, parse_label_config(STUDIO.label_config))


def test_before_the_first_round_the_overview_says_that_the_llm_works(checked: Services, server: OpenAIServer) -> None:
    assert "works." not in overview(checked)
    check(checked)
    said = overview(checked)
    assert f"m at {server.base_url} works. It answered 'sport' in " in said
    assert "restricted by json_schema" in said
    checked.store.rounds.open(
        1, number=1, kind=RoundKind.SEED, step=RoundStep.DONE, n_pool=0, selected=(), selection_end=None, at=0.0
    )
    assert "works." not in overview(checked)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([wrong_key(), wrong_key()], "The teacher refuses requests: check"),
        ([OddAnswer(content="no label of ours")], "Try another"),
    ],
    ids=["key", "no label"],
)
def test_a_failed_check_stands_out_with_what_to_do(
    checked: Services, server: OpenAIServer, faults: list[Fault], said: str
) -> None:
    before = Pages(checked).read_basis(OVERVIEW)
    server.queue(*faults)
    check(checked)
    shown = overview(checked)
    assert Pages(checked).read_basis(OVERVIEW) != before
    assert f"Error The check of m at {server.base_url} failed." in shown
    assert said in shown
    assert "mraru teacher check 1" in shown


def test_counts_that_cannot_be_true_are_a_warning(checked: Services, server: OpenAIServer) -> None:
    server.queue(OddAnswer(with_usage=False))
    check(checked)
    assert "cannot be believed: the server counts no tokens" in overview(checked)
