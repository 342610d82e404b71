"""A world where calls fail and workers are killed at random: does the money still add up?"""

from __future__ import annotations

import random
from collections.abc import Callable

from tenacity import wait_none

from fakes.clocks import HandClock
from fakes.ledger import InMemoryLedger
from mraru.budget_records import Budget
from mraru.errors import BudgetExceeded, TeacherError
from mraru.interfaces import Ledger
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.store.ledger.ledger_repository import LedgerRepository
from mraru.teachers.guards.budgeted import BudgetedTeacher
from mraru.teachers.guards.cached_answers import CachedTeacher
from mraru.teachers.guards.retrying import RetryingTeacher
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable

LOST_AFTER_S = 100.0
ROUNDING = 1e-9  # of sums of floats
BOUND_USD = 1.0
BOUND_TOKENS = 100
IDENTITY = TeacherIdentity(model="simulated", prompt_version="p1", server="https://simulated.example/v1")

KeptLedger = InMemoryLedger | LedgerRepository


class Killed(BaseException):
    """The process ended here: nothing after this line happened."""


class Bill:
    """What the simulated teacher's server would charge, whether or not anybody heard its answer."""

    def __init__(self) -> None:
        self.usd = 0.0
        self.n_tokens = 0
        self.answered: list[str] = []  # texts whose answer left the teacher's process, paid


class UnreliableTeacher:
    """A simulated teacher that answers, fails billed or unbilled, refuses, or is killed in the call."""

    identity = IDENTITY

    def __init__(self, rng: random.Random, bill: Bill) -> None:
        self._rng = rng
        self._bill = bill

    def identity_of(self, text: str) -> TeacherIdentity:
        return self.identity

    def cost_bound_usd(self, text: str) -> float:
        return BOUND_USD

    def tokens_bound(self, text: str) -> int:
        return BOUND_TOKENS

    def label(self, text: str) -> TeacherAnswer:
        fate = self._rng.random()
        if fate < 0.08:
            raise Killed
        if fate < 0.18:
            raise CallUnavailable("busy", maybe_billed=False)
        if fate < 0.22:
            raise CallRefused("no such model")
        usage = Usage(prompt_tokens=self._rng.randint(1, 80), completion_tokens=self._rng.randint(1, 20))
        cost_usd = self._rng.uniform(0.1, BOUND_USD)
        self._bill.usd += cost_usd
        self._bill.n_tokens += usage.prompt_tokens + usage.completion_tokens
        if fate < 0.32:
            raise CallUnavailable("timed out", maybe_billed=True)
        if fate < 0.38:
            raise Killed
        self._bill.answered.append(text)
        return TeacherAnswer(label="A", raw="A", usage=usage, cost_usd=cost_usd)


class KilledLedger:
    """A ledger whose process may be killed before or after any line is written; a dead process writes nothing."""

    def __init__(self, ledger: Ledger, rng: random.Random) -> None:
        self._ledger = ledger
        self._rng = rng
        self.settled: list[str] = []  # texts whose answer was surely written down
        self.is_dead = False
        self._texts: dict[int, str] = {}

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        return self._ledger.find_answer(identity, text_hash)

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        return self._ledger.is_under_way(identity, text_hash)

    def bound_factor(self, identity: TeacherIdentity) -> float:
        return self._ledger.bound_factor(identity)

    def reserve(
        self,
        *,
        project_id: int,
        identity: TeacherIdentity,
        text_hash: str,
        cost_bound_usd: float,
        tokens_bound: int,
        budget: Budget,
        total_budget: Budget | None = None,
        with_headroom: bool = False,
    ) -> int:
        call_id = self._ledger.reserve(
            project_id=project_id,
            identity=identity,
            text_hash=text_hash,
            cost_bound_usd=cost_bound_usd,
            tokens_bound=tokens_bound,
            budget=budget,
            total_budget=total_budget,
            with_headroom=with_headroom,
        )
        self._texts[call_id] = text_hash
        self._maybe_die()
        return call_id

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        self._write(lambda: self._settle(call_id, answer))

    def release(self, call_id: int, error: str) -> None:
        self._write(lambda: self._ledger.release(call_id, error))

    def forfeit(self, call_id: int, error: str) -> None:
        if error == Killed.__name__:  # booked by nobody: who would, is dead
            self.is_dead = True
        self._write(lambda: self._ledger.forfeit(call_id, error))

    def _settle(self, call_id: int, answer: TeacherAnswer) -> None:
        self._ledger.settle(call_id, answer)
        self.settled.append(self._texts[call_id])

    def _write(self, write: Callable[[], None]) -> None:
        if self.is_dead:
            return
        self._maybe_die()
        write()
        self._maybe_die()

    def _maybe_die(self) -> None:
        if self._rng.random() < 0.03:
            self.is_dead = True
            raise Killed


def draw_budget(rng: random.Random, n_calls: int) -> Budget:
    """Caps of which some bind and some do not."""
    return Budget(
        max_calls=rng.choice([None, rng.randint(0, n_calls)]),
        max_cost_usd=rng.choice([None, rng.uniform(0, n_calls * BOUND_USD)]),
        max_tokens=rng.choice([None, rng.randint(0, n_calls * BOUND_TOKENS)]),
    )


class MoneyWorld:
    """Two projects with the same texts, each worked on by one process at a time, over one ledger."""

    n_texts = 4
    n_steps = 10

    def __init__(self, seed: int, clock: HandClock, open_ledger: Callable[[], KeptLedger]) -> None:
        self._rng = random.Random(seed)
        self._open_ledger = open_ledger  # as a new process would
        self.clock = clock
        self.bill = Bill()
        self.n_kills = 0
        self.n_refused = 0  # by a budget
        self.settled: list[str] = []
        self.budgets = {project_id: draw_budget(self._rng, self.n_steps) for project_id in (1, 2)}
        self.total_budget = draw_budget(self._rng, 2 * self.n_steps)
        self._processes = {project_id: self._start_process(project_id) for project_id in (1, 2)}

    def run(self) -> None:
        """Ask ten times about some text for some project, and look at the books after each."""
        for _ in range(self.n_steps):
            project_id = self._rng.choice((1, 2))
            teacher, ledger = self._processes[project_id]
            try:
                teacher.label(f"text {self._rng.randrange(self.n_texts)}")
            except BudgetExceeded:
                self.n_refused += 1
            except TeacherError:
                pass
            except Killed:
                self.n_kills += 1
                self.settled += ledger.settled
                self._processes[project_id] = self._start_process(project_id)
            self.clock.advance(self._rng.choice((1.0, LOST_AFTER_S / 2, LOST_AFTER_S + 1)))
            self._check_caps()
        self.settled += [text_hash for _, ledger in self._processes.values() for text_hash in ledger.settled]

    def _start_process(self, project_id: int) -> tuple[CachedTeacher, KilledLedger]:
        ledger = self._open_ledger()
        if self._rng.random() < 0.6:  # else its dead predecessor's calls stay open until they count as lost
            ledger.forfeit_lost(project_id)
        killed = KilledLedger(ledger, self._rng)
        booked = BudgetedTeacher(
            UnreliableTeacher(self._rng, self.bill),
            killed,
            project_id=project_id,
            budget=self.budgets[project_id],
            total_budget=self.total_budget,
        )
        retried = RetryingTeacher(booked, 3, wait=wait_none(), sleep=self.clock.advance)
        return CachedTeacher(retried, killed, patience_s=10.0, sleep=self.clock.advance), killed

    def _check_caps(self) -> None:
        ledger = self._open_ledger()
        total = ledger.total_spending()
        for spent, budget in [
            *((ledger.spending(project_id), budget) for project_id, budget in self.budgets.items()),
            (total, self.total_budget),
        ]:
            assert budget.max_calls is None or spent.n_calls <= budget.max_calls
            assert budget.max_tokens is None or spent.n_tokens <= budget.max_tokens
            assert budget.max_cost_usd is None or spent.cost_usd <= budget.max_cost_usd + ROUNDING
        assert self.bill.usd <= total.cost_usd + ROUNDING  # what the server charges was booked, every cent
        assert self.bill.n_tokens <= total.n_tokens
