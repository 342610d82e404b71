"""The loop with a student that reads tokens, while seeding goes by meaning."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fakes.label_studio import LABELS
from fakes.loop_bench import PROJECT, LoopBench, make_loop_bench
from fakes.tiny_distilbert import MAX_TOKENS, tiny_model, tiny_options
from mraru.bootstrap.student_factory import DISTILBERT_FILES, make_distilbert
from mraru.embedding.token_ids import TokenIdEmbedder
from mraru.projects.learning.training import student_path
from mraru.projects.rounds.seeding_method import SeedingMethod
from mraru.query_strategies.mraru import MRaru
from mraru.query_strategies.random_sampling import RandomSampling

__all__ = ["tiny_model"]


@pytest.fixture
def bench(tmp_path: Path, tiny_model: Path) -> Iterator[LoopBench]:
    bench = make_loop_bench(tmp_path, 40, LABELS, stop_kappa=1.0, stop_set_size=5)
    bench.student_embedder = TokenIdEmbedder(str(tiny_model), MAX_TOKENS)
    bench.make_student = partial(make_distilbert, tiny_options(tiny_model, least_steps=30), "auto")
    bench.files = DISTILBERT_FILES
    bench.sampler = MRaru(max_passes=20)
    bench.set_options(max_rounds=2, seeding=SeedingMethod.ZERO_SHOT)
    yield bench
    bench.store.close()


def test_seeding_goes_by_meaning_and_everything_about_the_student_by_tokens(bench: LoopBench) -> None:
    bench.start()
    bench.run()
    assert bench.store.rounds.list_all(PROJECT)[0].model_version == "mraru-distilbert-r001"
    assert any(text.startswith("This text is about") for text in bench.embedder.embedded), "seeding compares meanings"
    assert bench.student_embedder is not None
    n_tokenized = bench.store.tasks.count_embedded(PROJECT, bench.student_embedder.name)
    assert n_tokenized == 40, "each task has a prediction of the student's in the end"
    served = bench.project.served_version
    assert bench.label_studio.count_predictions(PROJECT)[str(served)] == 40


def test_only_the_files_of_the_newest_rounds_are_kept(bench: LoopBench, tiny_model: Path) -> None:
    bench.sampler = RandomSampling()
    bench.make_student = partial(make_distilbert, tiny_options(tiny_model, epochs=1, least_steps=2), "none")
    bench.set_options(max_rounds=4, stop_kappa=None)
    bench.start()
    bench.run()
    last = bench.store.rounds.list_all(PROJECT)[-1].number
    assert last >= 4
    kept = {path.name for path in student_path(bench.folder, PROJECT, 1).parent.iterdir()}
    assert kept == {f"r{number:03d}.safetensors" for number in (last - 2, last - 1, last)}
