"""A schema, a prompt, and a teacher that asks the simulated teacher's server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fakes.openai_server import OpenAIServer
from mraru.schema_records import Choice, LabelSchema
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.prompt import Prompt

MakeTeacher = Callable[..., OpenAITeacher]


@pytest.fixture
def schema() -> LabelSchema:
    return LabelSchema(
        from_name="topic",
        to_name="text",
        text_field="text",
        choices=(
            Choice(value="Sport", alias="sport-1", hint="games and athletes"),
            Choice(value="Business"),
            Choice(value="Küche & Kochen"),
        ),
    )


@pytest.fixture
def prompt(schema: LabelSchema) -> Prompt:
    return Prompt(schema=schema, title="News desk", instruction="Choose the main topic.", max_text_tokens=500)


@pytest.fixture
def price() -> Price:
    return Price(input_usd_per_mtok=0.4, output_usd_per_mtok=1.6)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(lambda text: "Business") as running:
        yield running


@pytest.fixture
def make_teacher(server: OpenAIServer, prompt: Prompt, price: Price) -> Iterator[MakeTeacher]:
    """Makes teachers that ask the server, with any argument of theirs replaced."""
    made: list[OpenAITeacher] = []

    def make(**changed: object) -> OpenAITeacher:
        arguments: dict[str, object] = {
            "model": "gpt-4.1-mini",
            "prompt": prompt,
            "price": price,
            "api_key": "own-token-0123456789",
            "base_url": server.base_url,
            "timeout_s": 10.0,
        }
        teacher = OpenAITeacher(**{**arguments, **changed})  # type: ignore[arg-type]
        made.append(teacher)
        return teacher

    yield make
    server.let_go.set()
    for teacher in made:
        teacher.close()
