"""A project of many labels, an embedder that knows which are alike, and an LLM that reads which labels it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fakes.clocks import HandClock
from fakes.label_studio import FakeLabelStudio, label_config
from fakes.loop_bench import QUIET, LoopBench, change_settings
from fakes.openai_faults import OddAnswer
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from fakes.teachers import SimulatedTeacher
from mraru.interfaces import Teacher, Vectors
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.learning.label_nearness import LabelNearness
from mraru.query_strategies.mraru import MRaru
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.prompt import Prompt
from mraru.teachers.shortlists.label_pages import LabelPages
from mraru.teachers.shortlists.shortlist_teacher import ShortlistTeacher

N_LABELS = 150
SIZE = 10  # of a shortlist
NONE = "none of these"
PRICE = Price(input_usd_per_mtok=1.0, output_usd_per_mtok=2.0)
TOPICS = tuple(f"topic {number:03d}" for number in range(N_LABELS))
SETS_CONFIG = label_config(TOPICS).replace("<Choices ", '<Choices choice="multiple" ')


def about(*numbers: int, number: int = 0) -> str:
    """A text of these topics, whose words are like the first one's."""
    return f"text {number}: {', '.join(TOPICS[each] for each in numbers)}"


def odd(topic: int, number: int = 0) -> str:
    """A text whose words are like those of quite another topic than its own."""
    return f"odd {about(topic, number=number)}"


def topics_of(text: str) -> list[str]:
    return re.findall(r"topic \d{3}", text)


class CircleEmbedder:
    """Topics lie on a circle, each next to the one before it; an odd text lies opposite of its topic."""

    name = "circle"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = [self._vector(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), 2)

    def _vector(self, text: str) -> tuple[float, float]:
        number = int(re.findall(r"topic (\d{3})", text)[0]) + N_LABELS // 2 * text.startswith("odd")
        return (np.cos(2 * np.pi * number / N_LABELS), np.sin(2 * np.pi * number / N_LABELS))


def labels_in(body: dict[str, Any]) -> list[str]:
    """The labels that a request allows, "none of these" among them."""
    shape = body["response_format"]["json_schema"]["schema"]["properties"]
    listed = shape["labels"]["items"]["enum"] if "labels" in shape else shape["label"]["enum"]
    return list(listed)


def read_shown(body: dict[str, Any]) -> OddAnswer:
    """What an LLM answers that knows each text's topics, as far as it is shown them."""
    text = str(body["messages"][-1]["content"])
    shown = labels_in(body)
    named = [topic for topic in topics_of(text) if topic in shown]
    if "labels" in body["response_format"]["json_schema"]["schema"]["properties"]:
        return OddAnswer(content=json.dumps({"labels": named}))
    return OddAnswer(content=json.dumps({"label": named[0] if named else NONE}))


@dataclass(kw_only=True)
class ManyLabelsBench(LoopBench):
    """One project of 150 labels whose teacher is an LLM behind the simulated teacher's server."""

    server: OpenAIServer
    made: list[OpenAITeacher] = field(default_factory=list)

    def restart(self) -> None:
        self._llms: dict[LabelSchema, OpenAITeacher] = {}
        super().restart()

    @property
    def schema(self) -> LabelSchema:
        return parse_label_config(self.label_studio.label_config)

    def make_llm(self, project: Project, schema: LabelSchema) -> OpenAITeacher:
        if schema not in self._llms:
            ranking = LabelNearness(self.store, 1, schema, self.embedder, definitions={})
            teacher = OpenAITeacher(
                model="m",
                prompt=Prompt(schema=schema, title=project.title, instruction="", max_text_tokens=100),
                price=PRICE,
                base_url=self.server.base_url,
                capabilities=self.store.capabilities,
                now=self.clock,
                pages=LabelPages(schema, ranking, size=SIZE),
            )
            self._llms[schema] = teacher
            self.made.append(teacher)
        return self._llms[schema]

    def make_teacher(self, project: Project, schema: LabelSchema) -> Teacher:
        llm = self.make_llm(project, schema)
        assert llm.pages is not None
        return ShortlistTeacher([self.keep_books(call) for call in llm.calls], llm.pages)

    def make_batch_teachers(self, project: Project, schema: LabelSchema) -> tuple[OpenAIBatchTeacher, ...]:
        return (OpenAIBatchTeacher(self.make_llm(project, schema)),)

    def close(self) -> None:
        for teacher in self.made:
            teacher.close()
        self.store.close()


def make_many_labels_bench(
    folder: Path, server: OpenAIServer, texts: Sequence[str], **options: object
) -> ManyLabelsBench:
    """A started project; the caller closes it."""
    clock = HandClock()
    defaults = {**QUIET, "max_cost_usd": 1.0, "batch_size": 10, "max_rounds": 1, "seeding_limit": 20}
    server.behaves = read_shown
    bench = ManyLabelsBench(
        store=open_store(folder / "mraru.sqlite3", clock),
        label_studio=FakeLabelStudio(texts, TOPICS),
        teacher=SimulatedTeacher(lambda text: TOPICS[0]),
        embedder=CircleEmbedder(),  # type: ignore[arg-type]
        clock=clock,
        folder=folder,
        settings=change_settings(Settings(), {**defaults, **options}),
        sampler=MRaru(max_passes=2000),
        server=server,
    )
    bench.start()
    return bench
