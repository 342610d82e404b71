"""A teacher of another package, held to what the ledger and the budget rely on."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from numbers import Real
from threading import Thread
from typing import TypeVar, cast

from mraru.errors import PluginInvalid
from mraru.interfaces import Teacher
from mraru.plugins import comes_from_outside
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable

MOST = 1e12  # dollars or tokens of a call
ROUNDING = 1e-6  # of a share

_Told = TypeVar("_Told")


class BroughtTeacher(WrappedTeacher):
    """Its answers are of one project's labels, its bounds and costs are dollars, its failures are ours.

    What it raises that is no error of ours may have been billed, and is tried again as a server's silence is. To the
    ledger the labels and all that it is told of the project are part of its prompt. Its model is known by the name of
    its entry point, so that nobody calls it an LLM.
    """

    def __init__(self, teacher: Teacher, job: LabellingJob, *, brought_as: str, timeout_s: float) -> None:
        """Nothing is asked yet.

        Args:
            brought_as: the name of its entry point.
            timeout_s: after which an answer is waited for no longer.
        """
        super().__init__(teacher)
        self._timeout_s = timeout_s
        self._job = job
        self._brought_as = brought_as
        self._most_usd = 0.0  # that an answer cost

    @property
    def identity(self) -> TeacherIdentity:
        return self._of_job(self._tell("identity", lambda: self._teacher.identity))

    def identity_of(self, text: str) -> TeacherIdentity:
        return self._of_job(self._tell("identity_of", lambda: self._teacher.identity_of(text)))

    def _of_job(self, identity: object) -> TeacherIdentity:
        if not isinstance(identity, TeacherIdentity) or not all(
            isinstance(each, str) for each in (identity.model, identity.prompt_version, identity.server)
        ):
            raise PluginInvalid(
                f"The teacher '{self._brought_as}' (MRARU_TEACHER) must give as identity a TeacherIdentity of words."
            )
        is_named = identity.model == self._brought_as
        return replace(
            identity,
            model=self._brought_as if is_named else f"{self._brought_as}/{identity.model}",
            prompt_version=f"{identity.prompt_version}-{self._job.version}",
            server=identity.server or self._brought_as,
            is_zero_shot=False,
            answer_limit=0,
            member_limits=(),
            other_versions=(),
        )

    def cost_bound_usd(self, text: str) -> float:
        """As it says.

        Raises:
            CallRefused: it says something that is no sum of dollars; nothing was asked.
        """
        bound_usd = self._tell("cost_bound_usd", lambda: self._teacher.cost_bound_usd(text))
        if not _is_amount(bound_usd):
            raise self._refuse(f"cost_bound_usd is {_show(bound_usd)}, and must be dollars, at least 0")
        return float(bound_usd) or self._most_usd  # one that says 0 and costs something is held to what it cost

    def tokens_bound(self, text: str) -> int:
        """Likewise, in tokens."""
        bound = self._tell("tokens_bound", lambda: self._teacher.tokens_bound(text))
        if not _is_amount(bound):
            raise self._refuse(f"tokens_bound is {_show(bound)}, and must be tokens, at least 0")
        return math.ceil(bound)

    def label(self, text: str) -> TeacherAnswer:
        """Ask, and see that the answer is one.

        Raises:
            CallUnavailable: it failed; a later attempt may succeed.
            CallRefused: it answered with something that cannot be booked.
        """
        answer = self._ask_in_time(text)
        if not isinstance(answer, TeacherAnswer):
            raise self._refuse(f"label gave {type(answer).__name__} in place of TeacherAnswer", maybe_billed=True)
        if not _is_amount(answer.cost_usd):
            raise self._refuse(f"an answer cost {_show(answer.cost_usd)}, and must cost dollars", maybe_billed=True)
        fault = _find_fault(answer, self._job.schema.is_answer)
        if fault is not None:
            raise self._refuse(f"of an answer, {fault}", maybe_billed=True)
        self._most_usd = max(self._most_usd, float(answer.cost_usd))
        n_counted = answer.usage.prompt_tokens + answer.usage.completion_tokens
        return replace(
            self._among_labels(answer),
            raw=_to_utf8(answer.raw),
            cost_usd=float(answer.cost_usd),
            booked_tokens=max(answer.booked_tokens, n_counted),
            cut_at=None,
            votes=(),
            from_ledger=False,
        )

    def _ask_in_time(self, text: str) -> TeacherAnswer:
        """What it answers; one that hangs keeps a thread of its own busy, and nobody else.

        Raises:
            CallUnavailable: it failed, or does not answer in time.
            CallRefused: as it says.
        """
        asked: Future[TeacherAnswer] = Future()

        def ask() -> None:
            try:
                asked.set_result(self._teacher.label(text))
            except (CallUnavailable, CallRefused) as exc:
                if isinstance(exc, CallUnavailable) and not _is_amount(exc.retry_after_s):
                    exc.retry_after_s = None
                asked.set_exception(exc)
            except BaseException as exc:  # whatever the other package does, ours included; it may hold the text
                failed = f"The teacher '{self._brought_as}' failed: {type(exc).__name__}"
                asked.set_exception(CallUnavailable(failed, maybe_billed=True))

        Thread(target=ask, name=f"teacher {self._brought_as}", daemon=True).start()
        try:
            return asked.result(self._timeout_s)
        except TimeoutError:
            raise CallUnavailable(
                f"The teacher '{self._brought_as}' has not answered within {self._timeout_s:g} s "
                "(MRARU_TEACHER_TIMEOUT_S)",
                maybe_billed=True,
            ) from None

    def _among_labels(self, answer: TeacherAnswer) -> TeacherAnswer:
        if answer.label is None:
            reason = _to_utf8(answer.no_label_reason or "the teacher named no label")
            return replace(answer, no_label_reason=reason, probabilities=None)
        if self._job.schema.is_answer(answer.label):
            return answer
        reason = f"the teacher named '{_to_utf8(answer.label[:40])}', which is no label of this project"
        return replace(answer, label=None, probabilities=None, no_label_reason=reason)

    def _tell(self, what: str, tell: Callable[[], _Told]) -> _Told:
        """What it says of itself; nothing was asked."""
        try:
            return tell()
        except (CallUnavailable, CallRefused):
            raise
        except BaseException as exc:  # whatever the other package does; its message may hold the text
            if comes_from_outside(exc):
                raise
            raise PluginInvalid(
                f"The teacher '{self._brought_as}' (MRARU_TEACHER): {what} fails with {type(exc).__name__}. Mend it or "
                "set another teacher, then start the project again."
            ) from exc

    def _refuse(self, what: str, *, maybe_billed: bool = False) -> CallRefused:
        return CallRefused(f"The teacher '{self._brought_as}' (MRARU_TEACHER): {what}.", maybe_billed=maybe_billed)


def _is_amount(number: object) -> bool:
    return (
        isinstance(number, Real) and 0 <= cast(float, number) <= MOST
    )  # neither NaN nor more than the ledger can add up


def _show(number: object) -> str:
    return f"{number!r}"[:40] if not isinstance(number, int) or abs(number) <= MOST else "too large a number"


def _to_utf8(said: str) -> str:
    """Without halves of characters, which no database takes."""
    return said.encode("utf-8", "replace").decode()


def _find_fault(answer: TeacherAnswer, is_answer: Callable[[str], bool]) -> str | None:
    """What the ledger could not write down, or a student not learn."""
    words = {name: getattr(answer, name) for name in ("label", "no_label_reason", "explanation", "parameters")}
    words["request_id"] = answer.request_id
    for name, said in {**words, "raw": answer.raw}.items():
        if not isinstance(said, str) and (said is not None or name == "raw"):
            return f"{name} is a {type(said).__name__}, and must be a str"
    if not isinstance(answer.usage, Usage):
        return f"usage is a {type(answer.usage).__name__}, and must be a Usage"
    counts = (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.booked_tokens)
    if not all(isinstance(count, int) and _is_amount(count) for count in counts):
        return "usage and booked_tokens must be whole numbers of tokens, at least 0"
    if not _is_amount(answer.latency_s):
        return "latency_s must be seconds, at least 0"
    if answer.probabilities is not None and not _are_shares(answer.probabilities, is_answer):
        return "probabilities must be pairs of a label of the project and its share, from 0 to 1"
    return None


def _are_shares(pairs: object, is_answer: Callable[[str], bool]) -> bool:
    return isinstance(pairs, tuple) and all(
        isinstance(pair, tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and is_answer(pair[0])
        and _is_amount(pair[1])
        and pair[1] <= 1 + ROUNDING
        for pair in pairs
    )
