"""As many tasks as are said to be missing, labelled from the top of the audit's tab: then the figures are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.loop_bench import PROJECT, LoopBench, class_of
from mraru.labelstudio.label_configs.label_config import parse_label_config
from mraru.projects.audits.audited_texts import AuditedTexts, AuditSamples
from mraru.projects.audits.missing_turns import count_missing_turns
from mraru.projects.learning.labelled_set import read_labelled_set

pytestmark = pytest.mark.slow

BenchMaker = Callable[..., LoopBench]


def samples_of(bench: LoopBench) -> AuditSamples:
    labelled = read_labelled_set(bench.store, PROJECT, parse_label_config(bench.label_studio.label_config))
    return AuditSamples(bench.store, PROJECT, bench.settings.seed, labelled)


def tab_of(bench: LoopBench) -> list[int]:
    """The open tasks of the audit's tab, its top first."""
    served = bench.label_studio.of_version(bench.project.served_version)
    done = {annotation.task_id for annotation in bench.label_studio.annotations.values()}
    waiting = set(bench.store.audit_samples.list_task_ids(PROJECT)) - done
    return sorted(waiting, key=lambda task: served[task].score or 0.0)


def is_enough(found: AuditedTexts) -> bool:
    return len(found.corpus.members) >= 10 and len(found.teacher.members) >= 12


def label(bench: LoopBench, tasks: list[int]) -> None:
    for task in tasks:
        bench.correct(task, class_of(bench.label_studio.tasks[task]))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("max_rounds", [2, 9], ids=["some texts", "every text"])
def test_exactly_as_many_labels_from_the_top_of_the_tab_bring_what_was_promised(
    make_bench: BenchMaker, max_rounds: int, seed: int
) -> None:
    n_texts, batch_size = (180, 120) if max_rounds == 2 else (100, 50)
    bench = make_bench(n_texts=n_texts, audit_share=0.2, batch_size=batch_size, max_rounds=max_rounds, seed=seed)
    bench.start()
    bench.run()
    samples = samples_of(bench)
    n_missing = count_missing_turns(samples, is_enough)
    assert n_missing is not None
    label(bench, tab_of(bench)[:n_missing])
    assert is_enough(samples_of(bench).read())
    assert count_missing_turns(samples_of(bench), is_enough) == 0


@pytest.mark.parametrize("n_done", [1, 3])
def test_it_is_true_after_each_label_too(make_bench: BenchMaker, n_done: int) -> None:
    bench = make_bench(n_texts=100, audit_share=0.2, batch_size=50, max_rounds=9)
    bench.start()
    bench.run()
    label(bench, tab_of(bench)[:n_done])
    n_missing = count_missing_turns(samples_of(bench), is_enough)
    assert n_missing is not None
    label(bench, tab_of(bench)[:n_missing])
    assert is_enough(samples_of(bench).read())


def test_where_the_teacher_labelled_every_text_a_dozen_are_a_dozen_for_both(make_bench: BenchMaker) -> None:
    """A text that was drawn of either sample tells of all texts."""
    bench = make_bench(n_texts=120, audit_share=0.2, batch_size=60, max_rounds=9)
    bench.start()
    bench.run()
    assert count_missing_turns(samples_of(bench), is_enough) == 12
    label(bench, tab_of(bench)[:12])
    found = samples_of(bench).read()
    assert len(found.corpus.members) == len(found.teacher.members) >= 12


def test_where_those_that_wait_do_not_do_no_number_is_promised(make_bench: BenchMaker) -> None:
    bench = make_bench(n_texts=60, audit_share=0.1, batch_size=5, max_rounds=1)
    bench.start()
    bench.run()
    assert count_missing_turns(samples_of(bench), is_enough) is None
