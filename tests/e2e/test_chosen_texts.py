"""Dialogues and a second text, and two questions of which one is chosen: from `mraru connect` to predictions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk import LabelStudio

from e2e.running import RunningBackend, is_quiet, run_mraru
from e2e.stage import common_settings
from fakes.openai_server import OpenAIServer
from mraru.demo.label_studio_server import free_port

pytestmark = [pytest.mark.label_studio, pytest.mark.slow]

TWO = '<Choice value="good"/><Choice value="bad"/>'
CONFIG = (
    '<View><Text name="product" value="$product"/><Paragraphs name="chat" value="$chat" layout="dialogue"/>'
    f'<Choices name="tone" toName="chat">{TWO}</Choices><Choices name="kind" toName="product">{TWO}</Choices></View>'
)
SAID = [f"It {'works' if n % 2 else 'broke'} on day {n}." for n in range(16)]


def dialogue(said: str) -> str:
    return f"Ann: {said}\nShop: Thank you."


def tone_of(text: str) -> str:
    return "good" if "works" in text else "bad"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A project with two texts a task, and what may be done to it."""

    project_id: int
    backend: RunningBackend
    teacher: OpenAIServer
    sdk: LabelStudio

    def mraru(self, *arguments: str) -> str:
        command = run_mraru(*arguments, settings=self.backend.settings, folder=self.backend.folder)
        assert command.returncode == 0, command.stderr
        return " ".join(command.stdout.split())

    def wait(self, what: str) -> dict[str, Any]:
        return self.backend.wait_for(self.project_id, is_quiet, what)

    def served(self) -> list[str]:
        """The question that each prediction answers."""
        listed = self.sdk.predictions.list(project=self.project_id)
        return [str(row.result[0]["from_name"]) for row in listed if row.result]

    def asked(self) -> set[str]:
        return {request.text for request in self.teacher.requests}


@pytest.fixture
def desk(label_studio: Any, label_studio_sdk: LabelStudio, tmp_path: Path) -> Iterator[Desk]:
    project = label_studio_sdk.projects.create(title="Chats", label_config=CONFIG)
    tasks = [
        {"product": "a phone", "chat": [{"author": "Ann", "text": said}, {"author": "Shop", "text": "Thank you."}]}
        for said in SAID
    ]
    label_studio_sdk.projects.import_tasks(id=project.id, request=tasks)
    with OpenAIServer(tone_of) as teacher:
        settings = common_settings(label_studio, teacher) | {"MRARU_BATCH_SIZE": "4", "MRARU_MAX_ROUNDS": "1"}
        with RunningBackend(tmp_path, free_port(0), settings) as backend:
            yield Desk(project_id=project.id, backend=backend, teacher=teacher, sdk=label_studio_sdk)


def test_the_llm_reads_what_was_chosen_and_anew_what_is_chosen_later(desk: Desk) -> None:
    number = str(desk.project_id)
    wrong = ("connect", number, "--only", "mood")
    refused = run_mraru(*wrong, settings=desk.backend.settings, folder=desk.backend.folder)
    assert "No control that can be used is named 'mood', but these are: tone, kind." in refused.stderr

    url = desk.backend.url
    said = desk.mraru("connect", number, "--only", "tone", "--backend-url", url)
    assert "has 2 labels about 'chat'." in said
    assert "Answers 'tone' of the label config." in said
    desk.wait("a round is done")
    asked = desk.asked()
    assert asked
    assert asked <= {dialogue(each) for each in SAID}
    assert set(desk.served()) == {"tone"}

    said = desk.mraru("connect", number, "--text", "product", "--text", "chat", "--backend-url", url)
    assert "has 2 labels about 'chat', read with 'product'." in said
    assert "Reads the texts product, chat." in said
    desk.mraru("set", number, "MRARU_MAX_ROUNDS", "2")
    desk.mraru("start", number)
    sections = {f"product:\na phone\n\nchat:\n{dialogue(each)}" for each in SAID}
    desk.backend.wait_for(
        desk.project_id, lambda state: bool(desk.asked() & sections) and is_quiet(state), "it is asked about anew"
    )
    assert desk.asked() - asked <= sections
    assert set(desk.served()) == {"tone"}
