"""`mraru connect` looks at the texts before anything is registered."""

from __future__ import annotations

import pytest
from rich.console import Console

from fakes.label_studio import label_config
from fakes.label_studio_registrations import ConnectableLabelStudio
from fakes.openai_server import OpenAIServer
from fakes.services import MakeServices, connect
from mraru.bootstrap import Services
from mraru.cli.label_studio.connect_words import connect_command
from mraru.cli.teacher.prompt_display import describe_request
from mraru.errors import LabelConfigError, ProjectGone, ProjectReplaced, TextsUnfit
from mraru.projects.syncing.project_sync import sync_project
from mraru.projects.syncing.text_look import require_texts

URL = "http://backend:9090"
TEXTS = ["The parcel is late\nand \x1b[2Jwet", "The parcel is late\nand \x1b[2Jwet", "Charged twice. " * 40, "A", "B"]
ADDRESSES = [f"https://bucket.example/{n}.txt?X-Sig=secret{n}" for n in range(30)]
LLM = {"openai_model": "simulated", "openai_base_url": "http://127.0.0.1:9/v1", "max_calls": 50, "max_cost_usd": 2}
PRICE = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}


def over(services: Services, studio: ConnectableLabelStudio) -> Services:
    """The services with this Label Studio behind them, which calls `/setup` when the backend is registered."""
    services.label_studio = lambda project_id=None: studio  # type: ignore[assignment,method-assign,misc]
    studio.on_registered = lambda: connect(services, label_config=studio.label_config)
    return services


def run(services: Services, *, force: bool = False, with_check: bool = False) -> str:
    console = Console(record=True, width=400, highlight=False, markup=False, emoji=False, quiet=False)
    with console.capture() as capture:
        connect_command(services, 1, URL, console, force=force, with_check=with_check)
    return capture.get()


def test_three_texts_are_shown_in_a_line_each_with_what_the_calls_may_cost(new_services: MakeServices) -> None:
    services = over(new_services(**LLM, **PRICE), ConnectableLabelStudio(TEXTS))
    assert services.store  # as where `mraru serve` ran
    said = run(services)
    assert "- Looked at all 5 tasks. As the teacher will be asked:" in said
    assert "task 1: The parcel is late and \\x1b[2Jwet\n" in said
    assert "task 2:" not in said  # the same text
    assert "task 3: Charged twice. Charged twice." in said
    assert max(len(line) for line in said.splitlines() if "task 3: Charged" in line) < 120
    assert "task 4: A\n" in said
    assert "task 5:" not in said
    assert "may be asked up to 50 calls and $2.00" in said
    assert "`mraru prompt show 1 --task 1` prints it" in said
    assert "is connected" in said
    tokens = said.split("task 1 has about ")[1].split(" tokens")[0]
    assert f"about {tokens} tokens" in describe_request(services, 1, 1)


def in_files(texts: list[str]) -> ConnectableLabelStudio:
    """A project whose label config fetches its texts."""
    studio = ConnectableLabelStudio([f"/data/upload/1/{n}.txt" for n in range(len(texts))])
    studio.label_config = label_config(in_files=True)
    studio.files = {f"/data/upload/1/{n}.txt": text for n, text in enumerate(texts)}
    return studio


def test_what_files_hold_is_shown_as_it_will_be_asked(new_services: MakeServices) -> None:
    studio = in_files(["The parcel is late", "It works"])
    studio.tasks[3] = "https://example.com/3.txt"
    said = run(over(new_services(), studio))
    assert "task 1: The parcel is late\n" in said
    assert "/data/upload/" not in said
    assert "! 1 of the 3 tasks looked at has no text that can be used: it is left alone. Files are fetched from" in said
    assert "is connected" in said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://example.com/1.txt", "but an address that is not Label Studio's. Files are fetched from Label Studio"),
        ("/data/upload/1/gone.txt", "but an address at which Label Studio has no file. Upload the files again"),
        (
            "The parcel is late",
            "but no address of a file, which its tag fetches. Where the field holds the text itself",
        ),
    ],
)
def test_texts_that_cannot_be_had_from_label_studio_are_refused(
    new_services: MakeServices, address: str, said: str
) -> None:
    studio = in_files([])
    studio.tasks = dict.fromkeys(range(1, 4), address)
    with pytest.raises(TextsUnfit) as refused:
        run(over(new_services(), studio))
    assert said in str(refused.value)
    assert studio.backends == []


def test_a_price_that_is_not_known_is_said(new_services: MakeServices) -> None:
    services = over(new_services(**LLM), ConnectableLabelStudio(TEXTS))
    assert services.store
    assert "price" in run(services)


def test_no_call_is_made_about_a_text_nor_a_check_where_it_is_refused(new_services: MakeServices) -> None:
    with OpenAIServer(lambda text: "sport") as server:
        services = new_services(**LLM | {"openai_base_url": server.base_url}, **PRICE)
        assert services.store
        assert "`mraru prompt show 1 --task 1` prints it" in run(over(services, ConnectableLabelStudio(TEXTS)))
        with pytest.raises(TextsUnfit):
            run(over(services, ConnectableLabelStudio(ADDRESSES)), with_check=True)
        assert server.requests == []


def test_addresses_are_refused_before_anything_is_registered(new_services: MakeServices) -> None:
    studio = ConnectableLabelStudio(ADDRESSES)
    services = over(new_services(), studio)
    with pytest.raises(TextsUnfit) as raised:
        run(services)
    assert "30 of the 30 texts looked at are addresses, such as https://bucket.example/0.txt?…" in str(raised.value)
    assert "`mraru connect 1 --force`" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert (studio.backends, studio.webhooks, studio.sampling) == ([], [], "Sequential sampling")


def test_what_is_forced_is_not_asked_about_a_second_time_by_the_worker(new_services: MakeServices) -> None:
    studio = ConnectableLabelStudio(ADDRESSES)
    services = over(new_services(), studio)
    assert services.store
    said = run(services, force=True)
    assert "! 30 of the 30 texts looked at are addresses" in said
    assert len(studio.backends) == 1
    sync_project(services.store, studio, 1, services.clock)
    require_texts(services.store, 1)


def test_a_project_that_was_added_by_hand_is_stopped_by_the_worker(new_services: MakeServices) -> None:
    studio = ConnectableLabelStudio(ADDRESSES)
    services = over(new_services(), studio)
    studio.on_registered()
    sync_project(services.store, studio, 1, services.clock)
    with pytest.raises(TextsUnfit):
        require_texts(services.store, 1)


def test_a_field_that_no_task_has_is_refused_with_those_that_there_are(new_services: MakeServices) -> None:
    studio = ConnectableLabelStudio(["", " "])
    studio.fields = ("id", "body")
    services = over(new_services(), studio)
    with pytest.raises(TextsUnfit, match=r"None of the 2 tasks looked at has a text in 'text'.*'id', 'body'"):
        run(services)
    assert studio.backends == []


def test_what_may_be_meant_is_said_and_connected(new_services: MakeServices) -> None:
    services = over(new_services(), ConnectableLabelStudio(["the same"] * 4))
    said = run(services)
    assert "! The 4 texts looked at are all the same" in said
    assert "is connected" in said


def test_a_project_without_tasks_is_connected(new_services: MakeServices) -> None:
    said = run(over(new_services(), ConnectableLabelStudio([])))
    assert "It has no tasks yet" in said
    assert "is connected" in said


def test_what_the_editor_cannot_show_is_refused_before_anything_is_registered(new_services: MakeServices) -> None:
    studio = ConnectableLabelStudio(TEXTS)
    studio.label_config = studio.label_config.replace('"$text"', '"$text for labeling"')
    with pytest.raises(LabelConfigError, match=r"reads \$text as a field"):
        run(over(new_services(), studio))
    assert studio.backends == []


@pytest.mark.parametrize("is_known", [True, False])
def test_what_was_never_known_cannot_be_forgotten(new_services: MakeServices, is_known: bool) -> None:
    studio = ConnectableLabelStudio(TEXTS)
    services = over(new_services(), studio)
    if is_known:
        connect(services, label_config=studio.label_config)
    studio.is_gone = True
    with pytest.raises(ProjectGone) as caught:
        run(services)
    assert ("`mraru forget 1`" in str(caught.value)) == is_known
    assert ("/projects/NUMBER" in str(caught.value)) != is_known


def test_another_project_of_a_known_number_is_refused_before_anything_is_registered(
    new_services: MakeServices,
) -> None:
    studio = ConnectableLabelStudio(TEXTS)
    services = over(new_services(), studio)
    services.store.projects.describe(studio.describe_project(1))
    studio.created_at = "2026-02-01T00:00:00Z"  # Label Studio's database was made anew
    with pytest.raises(ProjectReplaced, match="Use another MODEL_DIR"):
        run(services, force=True)
    assert (studio.backends, studio.webhooks, studio.sampling) == ([], [], "Sequential sampling")
