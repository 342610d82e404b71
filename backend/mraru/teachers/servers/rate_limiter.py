"""Makes callers wait before a call that would pass the limits of one model's server."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mraru.errors import WorkInterrupted
from mraru.teachers.servers.call_failures import CallThrottled
from mraru.teachers.servers.rate_limits import MINUTE_S, LimitKind, ToldLimit, read_limit

LONGEST_WAIT_S = 90.0  # more than any minute's limit asks for; for longer, the project pauses instead
LONGEST_PAUSE_S = 3600.0  # whatever a server asks for
SHORTEST_WAIT_S = 0.001  # lets the clock move on where rounding leaves almost nothing to wait
KINDS: tuple[LimitKind, ...] = ("requests", "tokens")


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """One call that was let through, and what it was counted as."""

    at: float
    amounts: dict[LimitKind, float]
    n_answers: int = 0  # of the server, refusals too; asking about a text may take several requests
    is_heard: bool = False  # the server has told what remains after it


class RateLimiter:
    """Shared by all teachers of a process that ask one model of one server. Thread-safe.

    Two kinds of limits hold together. Those set by people are kept exactly: no 60 seconds ever hold more. Those
    that the server tells with each answer are followed as a bucket that fills up again: the server's own count
    counts, less what is under way and may not be in it.
    """

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Set up without waiting.

        Args:
            sleep: waits so many seconds; returns True if the process is to end, which ends the waiting.
        """
        per_minute: dict[LimitKind, float | None] = {"requests": requests_per_minute, "tokens": tokens_per_minute}
        self._windows = {kind: _Minute(limit=limit) for kind, limit in per_minute.items() if limit is not None}
        self._buckets: dict[LimitKind, _Bucket] = {}
        self._under_way: dict[int, Turn] = {}  # by thread
        self._paused_until = 0.0
        self._clock = clock
        self._sleep = sleep
        self._guard = threading.Lock()

    def wait_for_turn(self, n_tokens: int) -> Turn:
        """Wait until a call of at most so many tokens fits, and count it.

        A call that is larger than a whole limit waits for all of it.

        Raises:
            CallThrottled: it would have to wait for longer than `LONGEST_WAIT_S`.
            WorkInterrupted: the process is to end.
        """
        amounts: dict[LimitKind, float] = {"requests": 1, "tokens": n_tokens}
        while True:
            with self._guard:
                now = self._clock()
                wait_s = self._wait_s(amounts, now)
                if wait_s <= 0:
                    return self._admit(amounts, now)
            if wait_s > LONGEST_WAIT_S:
                raise CallThrottled(
                    f"The teacher's server has no room for a call in the next {wait_s:.0f} s: the project waits.",
                    maybe_billed=False,
                    retry_after_s=wait_s,
                )
            if self._sleep(max(wait_s, SHORTEST_WAIT_S)) is True:
                raise WorkInterrupted

    def finish(self, turn: Turn, *, n_requests: int = 1, n_tokens: int | None = None) -> None:
        """The call is over: give back what it did not use after all (None: not known, nothing)."""
        with self._guard:
            self._under_way = {thread: other for thread, other in self._under_way.items() if other is not turn}
            used: dict[LimitKind, float] = {"requests": max(n_requests, turn.n_answers)}
            if n_tokens is not None:
                used["tokens"] = n_tokens
            for kind, amount in used.items():
                unused = turn.amounts[kind] - amount
                turn.amounts[kind] = amount  # in the minute too
                if kind in self._buckets and not turn.is_heard:
                    self._buckets[kind].level += unused

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what the server tells with an answer, in the thread of its call; never raises."""
        with self._guard:
            now = self._clock()
            limits = {kind: told for kind in KINDS if (told := read_limit(headers, kind)) is not None}
            own = self._under_way.get(threading.get_ident())
            if own is not None:
                own.n_answers += 1
                own.amounts["requests"] = max(own.amounts["requests"], own.n_answers)
                own.is_heard = own.is_heard or bool(limits)
            unheard = [turn for turn in self._under_way.values() if not turn.is_heard]
            for kind, told in limits.items():
                level = told.remaining - sum(turn.amounts[kind] for turn in unheard)
                self._buckets[kind] = _Bucket(told=told, level=level, at=now)

    def pause(self, seconds: float) -> None:
        """The server asked to be left alone for so long; an hour at most is kept to."""
        with self._guard:
            self._paused_until = max(self._paused_until, self._clock() + min(seconds, LONGEST_PAUSE_S))

    def told_per_minute(self, kind: LimitKind) -> float | None:
        """The limit that the server told last, None if none; two digits of it where it had to be worked out."""
        with self._guard:
            bucket = self._buckets.get(kind)
        if bucket is None:
            return None
        per_minute = bucket.told.per_minute
        return per_minute if per_minute == bucket.told.limit else float(f"{per_minute:.2g}")

    def _wait_s(self, amounts: Mapping[LimitKind, float], now: float) -> float:
        waits = [self._paused_until - now]
        waits += [window.wait_s(kind, amounts[kind], now) for kind, window in self._windows.items()]
        waits += [bucket.wait_s(amounts[kind], now) for kind, bucket in self._buckets.items()]
        return max(waits)

    def _admit(self, amounts: dict[LimitKind, float], now: float) -> Turn:
        turn = Turn(at=now, amounts=amounts)
        self._under_way[threading.get_ident()] = turn
        for window in self._windows.values():
            window.turns.append(turn)
        for kind, bucket in self._buckets.items():
            bucket.level -= amounts[kind]
        return turn


@dataclass(slots=True, kw_only=True)
class _Minute:
    """The turns of the last 60 seconds."""

    limit: float
    turns: deque[Turn] = field(default_factory=deque)

    def wait_s(self, kind: LimitKind, amount: float, now: float) -> float:
        """Seconds until enough of the turns are older than a minute."""
        while self.turns and self.turns[0].at + MINUTE_S <= now:
            self.turns.popleft()
        excess = sum(turn.amounts[kind] for turn in self.turns) + min(amount, self.limit) - self.limit
        for turn in self.turns:
            if excess <= 0:
                return 0.0
            excess -= turn.amounts[kind]
            if excess <= 0:
                return turn.at + MINUTE_S - now
        return 0.0


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """What the server told at a moment, growing since."""

    told: ToldLimit
    level: float  # at `at`, less what was let through since
    at: float

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until the bucket holds so much, or all that it can hold."""
        per_s = self.told.per_minute / MINUTE_S
        if now > self.at:
            self.level = min(self.told.limit, self.level + per_s * (now - self.at))
            self.at = now
        return (min(amount, self.told.limit) - self.level) / per_s
