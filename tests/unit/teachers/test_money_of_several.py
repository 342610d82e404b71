"""An ensemble under random faults and kills: no cap is passed, and no teacher's answer is paid or booked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tenacity import wait_none

from fakes.clocks import HandClock
from fakes.ledger import InMemoryLedger
from fakes.money import IDENTITY, LOST_AFTER_S, KilledLedger, MoneyWorld, UnreliableTeacher
from mraru.teachers.combined.ensemble import EnsembleTeacher
from mraru.teachers.combined.several_teachers import NamedTeacher
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher
from mraru.teachers.guards.retrying import RetryingTeacher

N_RUNS = 200
MODELS = ("one", "two", "three")


class EnsembleWorld(MoneyWorld):
    """Each process asks three simulated teachers instead of one."""

    n_steps = 12

    def _start_process(self, project_id: int) -> tuple[EnsembleTeacher, KilledLedger]:  # type: ignore[override]
        ledger = self._open_ledger()
        if self._rng.random() < 0.6:
            ledger.forfeit_lost(project_id)
        killed = KilledLedger(ledger, self._rng)
        return EnsembleTeacher(list(self._members(project_id, killed)), ("A",)), killed

    def _members(self, project_id: int, killed: KilledLedger) -> Iterator[NamedTeacher]:
        for model in MODELS:
            unreliable = UnreliableTeacher(self._rng, self.bill)
            unreliable.identity = replace(IDENTITY, model=model)
            booked = BudgetedTeacher(
                unreliable,
                killed,
                project_id=project_id,
                budget=self.budgets[project_id],
                total_budget=self.total_budget,
            )
            retried = RetryingTeacher(booked, 3, wait=wait_none(), sleep=self.clock.advance)
            kept = CachedTeacher(retried, killed, patience_s=10.0, sleep=self.clock.advance)
            yield NamedTeacher(name=model, teacher=kept)


def test_200_runs_of_an_ensemble_with_random_faults_and_kills() -> None:
    n_kills = n_refusals = 0
    answered_by: Counter[str] = Counter()
    for seed in range(N_RUNS):
        clock = HandClock()
        ledger = InMemoryLedger(clock, LOST_AFTER_S)

        def open_ledger(ledger: InMemoryLedger = ledger) -> InMemoryLedger:
            return ledger

        world = EnsembleWorld(seed, clock, open_ledger)
        world.run()  # looks at every cap after each step
        answered = [call for call in ledger.calls if call.state == "settled"]
        asked = Counter((call.identity.model, call.text_hash) for call in answered)
        assert max(asked.values(), default=1) == 1
        assert sorted(call.text_hash for call in answered) == sorted(world.settled)
        answered_by.update(call.identity.model for call in answered)
        n_kills += world.n_kills
        n_refusals += world.n_refused
    assert min(n_kills, n_refusals, *(answered_by[model] for model in MODELS)) > N_RUNS / 4  # the runs were eventful
