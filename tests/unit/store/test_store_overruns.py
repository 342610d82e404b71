"""What is kept of calls beyond their bound, over restarts and processes."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clocks import HandClock
from fakes.reserving import IDENTITY, reserve, settle_in_process
from fakes.stores import open_store
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.ledger.overruns import Overrun
from mraru.store.store import Store

ELEVENFOLD = TeacherAnswer(label="A", raw="A", usage=Usage(prompt_tokens=10, completion_tokens=2), cost_usd=11.0)


def test_a_restart_forgets_no_overrun(tmp_path: Path, clock: HandClock) -> None:
    clock.now = 5.0
    store = open_store(tmp_path / "mraru.sqlite3", clock)
    store.ledger.settle(reserve(store.ledger, identity=IDENTITY), ELEVENFOLD)
    store.close()
    again = open_store(tmp_path / "mraru.sqlite3", clock)
    assert again.overruns.list_all() == [Overrun(server="", model="simulated", factor=11.0, seen_at=5.0)]
    assert again.ledger.bound_factor(IDENTITY) == 11.0
    again.close()


def test_processes_agree_on_the_largest_overrun(tmp_path: Path) -> None:
    path = tmp_path / "mraru.sqlite3"
    store = open_store(path)
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        processes.starmap(settle_in_process, [(path, "one", [2.0, 9.0, 3.0]), (path, "two", [5.0, 4.0, 8.0])])
    assert store.ledger.bound_factor(IDENTITY) == pytest.approx(9.0)
    assert store.ledger.spending(1).cost_usd == pytest.approx(31.0)
    store.close()


def test_a_reset_bound_counts_again(store: Store) -> None:
    store.ledger.settle(reserve(store.ledger), ELEVENFOLD)
    assert store.overruns.forget("another") == 0
    assert store.overruns.forget("simulated") == 1
    reserve(store.ledger, "next", identity=IDENTITY)
    assert store.ledger.spending(1).cost_usd == 12.0


def test_tokens_per_size_of_a_prompt_are_measured_as_if_no_bound_had_grown(store: Store) -> None:
    identity = TeacherIdentity(model="m", prompt_version="p")
    usual = replace(ELEVENFOLD, cost_usd=0.5)
    for number, answer in enumerate((usual, ELEVENFOLD, usual)):
        store.ledger.settle(reserve(store.ledger, f"text {number}", identity=identity), answer)
    measured = store.costs.measure_usage(identity)
    assert measured is not None
    assert measured.tokens_bound == pytest.approx(300)
