"""What passes between the rooms about batch jobs: frozen records, one line a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mraru.records import TeacherAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """What a server says of a batch job."""

    is_over: bool
    n_done: int = 0
    is_lost: bool = False  # the server no longer knows it: nobody will learn what came of it
    error: str | None = None  # what became of the job instead
    is_refused: bool = False  # for the key, the model or the account: no job will succeed until a setting changes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLines:
    """What a server wrote about the requests of a job that is over."""

    by_call: Mapping[int, tuple[str, ...]]  # by the number of the call: a line of each of its requests, as it came
    is_whole: bool  # every answer that the server counted was read: what has no line was surely not answered


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What came of one text in a batch job: an answer, or why there is none."""

    answer: TeacherAnswer | None = None
    is_outside_labels: bool = False  # the answer names no label of the project: worth asking again
    is_unexplained: bool = False  # the answer is a refusal of this text, or of all: then `error` is what to say
    error: str | None = None
    maybe_billed: bool = False
    is_refused: bool = False  # no request will succeed until a setting changes
