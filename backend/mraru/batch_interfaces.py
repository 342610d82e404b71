"""What the rooms must do for each other about batch jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from mraru.batch_records import BatchLines, BatchOutcome, BatchProgress
from mraru.records import TeacherAnswer, TeacherIdentity


class BatchServer(Protocol):
    """Takes many requests as one job and answers within a day, at a lower price.

    Every method raises TeacherUnavailable when a later attempt may succeed, else TeacherMisconfigured.
    """

    def upload(self, plans: Mapping[int, str]) -> str:
        """Send the planned requests, by the number of their call; nothing is asked yet. Returns the file's name."""
        ...

    def create(self, file_id: str, mark: str) -> str:
        """Begin a job and return its number at the server.

        Raises:
            TeacherUnavailable: it may have begun all the same.
            TeacherMisconfigured: it surely has not.
        """
        ...

    def find(self, mark: str, since: float) -> str | None:
        """The number of the job with this mark, begun after `since` (seconds since 1970)."""
        ...

    def look(self, remote_id: str) -> BatchProgress: ...

    def read(self, remote_id: str) -> BatchLines:
        """What came of each call of a job that is over."""
        ...

    def cancel(self, remote_id: str) -> None:
        """Have the job end soon; what it has answered by then is kept and paid."""
        ...


class BatchTeacher(Protocol):
    """The same teacher, asked by batch jobs."""

    @property
    def identity(self) -> TeacherIdentity: ...

    def identity_of(self, text: str) -> TeacherIdentity:
        """As of the teacher that asks at once."""
        ...

    @property
    def server(self) -> BatchServer: ...

    def cost_bound_usd(self, text: str) -> float:
        """The most that a text can cost in a job, and once more asked at once at the full price."""
        ...

    def tokens_bound(self, text: str) -> int: ...

    def plan(self, text: str) -> str:
        """The requests about a text, and all that reading their answers needs; JSON."""
        ...

    def conclude(self, plan: str, lines: Sequence[str], text: str) -> BatchOutcome:
        """What the lines about a text say; the plan may be of an earlier prompt, and `text` empty if it is gone."""
        ...

    def ask_again(self, plan: str, lines: Sequence[str], text: str) -> TeacherAnswer:
        """Ask once more and at once after an answer outside the labels; never raises an error of the server's."""
        ...
