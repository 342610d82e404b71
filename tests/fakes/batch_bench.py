"""A loop whose teacher is an LLM behind the simulated teacher's server, asked at once and by batch jobs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from fakes.clocks import HandClock
from fakes.label_studio import LABELS, FakeLabelStudio
from fakes.loop_bench import PROJECT, QUIET, ClassEmbedder, LoopBench, change_settings, class_of
from fakes.openai_server import OpenAIServer
from fakes.stores import open_store
from fakes.teachers import SimulatedTeacher
from mraru.projects.project_context import Advance
from mraru.query_strategies.mraru import MRaru
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.ledger.batch_jobs import BatchJob
from mraru.store.ledger.spending import CallStatus
from mraru.store.projects.project_repository import Project
from mraru.store.tables.project_tables import calls
from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher
from mraru.teachers.llm.answers.confidence import Confidence
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.pricing import Price
from mraru.teachers.prompting.few_shot_examples import Examples, FewShot
from mraru.teachers.prompting.prompt import Prompt

PRICE = Price(input_usd_per_mtok=1.0, output_usd_per_mtok=2.0)
POLL_S = 60.0


@dataclass(kw_only=True)
class BatchBench(LoopBench):
    """One project, already seeded with gold, so that its first round is one of the sampler."""

    server: OpenAIServer
    confidence: Confidence = field(default_factory=Confidence)
    made: list[OpenAITeacher] = field(default_factory=list)
    examples: Examples | None = None  # of each teacher's own memory; None: prompts have none

    def restart(self) -> None:
        self._by_schema: dict[LabelSchema, OpenAITeacher] = {}
        super().restart()

    def make_asked(self, project: Project, schema: LabelSchema) -> OpenAITeacher:
        if schema not in self._by_schema:
            few_shot = FewShot(self.examples, n_examples=2, max_tokens=100) if self.examples is not None else None
            prompt = Prompt(schema=schema, title=project.title, instruction="", max_text_tokens=100, few_shot=few_shot)
            teacher = OpenAITeacher(
                model="m",
                prompt=prompt,
                price=PRICE,
                base_url=self.server.base_url,
                capabilities=self.store.capabilities,
                confidence=self.confidence,
                now=self.clock,
            )
            self._by_schema[schema] = teacher
            self.made.append(teacher)
        return self._by_schema[schema]

    def make_batch_teachers(self, project: Project, schema: LabelSchema) -> tuple[OpenAIBatchTeacher, ...]:
        return (OpenAIBatchTeacher(self.make_asked(project, schema)),)

    def close(self) -> None:
        for teacher in self.made:
            teacher.close()
        self.store.close()

    def work(self, most: int = 60) -> Advance:
        """Advance until nothing is left to do now, and say what the last piece left."""
        for _ in range(most):
            advance = self.loop.advance()
            if not advance.more:
                return advance
        pytest.fail(f"still at work after {most} pieces of work: {self.project}")

    def work_to_the_end(self, most: int = 40) -> None:
        """Let time pass until the project stops."""
        for _ in range(most):
            again_at = self.work().again_at
            if again_at is None:
                return
            self.clock.now = max(self.clock.now, again_at)
        pytest.fail(f"still waiting: {self.project}")

    @property
    def jobs(self) -> list[BatchJob]:
        return self.store.batch_jobs.list_all(PROJECT)

    @property
    def texts_asked_in_jobs(self) -> list[str]:
        return [text for texts in self.server.batches.texts for text in texts]

    @property
    def call_statuses(self) -> dict[str, int]:
        with self.store.database.read() as connection:
            return dict(Counter(connection.scalars(select(calls.c.status))))

    def check_books(self) -> None:
        """Each text answered at most once, no call left open, and spent is what the server would charge."""
        with self.store.database.read() as connection:
            rows = connection.execute(select(calls)).all()
        answered = Counter(row.text_hash for row in rows if row.status == CallStatus.ANSWERED)
        assert max(answered.values(), default=0) <= 1
        assert all(row.status != CallStatus.RESERVED for row in rows)
        for row in rows:
            if row.status == CallStatus.ANSWERED and row.no_label_reason is None:
                full = PRICE.cost_usd(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens)
                assert row.cost_usd == pytest.approx(full / 2 if row.batch_job_id is not None else full)


def make_batch_bench(folder: Path, server: OpenAIServer, n_texts: int = 40, **options: object) -> BatchBench:
    """A started project with three gold labels, one a class; the caller closes it."""
    clock = HandClock()
    defaults = {
        **QUIET,
        "max_cost_usd": 1.0,
        "batch_size": 5,
        "max_rounds": 1,
        "batch_api": True,
        "batch_poll_s": POLL_S,
        "retrain_after": 1000,
        "retrain_delay_s": 1e6,
    }
    bench = BatchBench(
        store=open_store(folder / "mraru.sqlite3", clock),
        label_studio=FakeLabelStudio([f"{LABELS[i % 3]} {i}" for i in range(n_texts)], LABELS),
        teacher=SimulatedTeacher(class_of),
        embedder=ClassEmbedder(),
        clock=clock,
        folder=folder,
        settings=change_settings(Settings(), {**defaults, **options}),
        sampler=MRaru(max_passes=2000),
        server=server,
    )
    for task_id, label in enumerate(LABELS, start=1):
        bench.correct(task_id, label)
    bench.start()
    return bench
