"""A teacher of another package, held to what the ledger and the budget rely on."""

from __future__ import annotations

import math
from dataclasses import replace

from mraru.errors import MRaruError
from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.guards.wrapped import WrappedTeacher
from mraru.teachers.labelling_job import LabellingJob
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable


class BroughtTeacher(WrappedTeacher):
    """Its answers are of one project's labels, its bounds and costs are dollars, its failures are ours.

    What it raises that is no error of ours may have been billed, and is tried again as a server's silence is. To the
    ledger the labels and all that it is told of the project are part of its prompt. Its model is known by the name of
    its entry point, so that nobody calls it an LLM.
    """

    def __init__(self, teacher: Teacher, job: LabellingJob, *, brought_as: str) -> None:
        """Nothing is asked yet.

        Args:
            brought_as: the name of its entry point.
        """
        super().__init__(teacher)
        self._job = job
        self._brought_as = brought_as

    @property
    def identity(self) -> TeacherIdentity:
        return self._of_job(self._teacher.identity)

    def identity_of(self, text: str) -> TeacherIdentity:
        return self._of_job(self._teacher.identity_of(text))

    def _of_job(self, identity: TeacherIdentity) -> TeacherIdentity:
        is_named = identity.model == self._brought_as
        return replace(
            identity,
            model=self._brought_as if is_named else f"{self._brought_as}/{identity.model}",
            prompt_version=f"{identity.prompt_version}-{self._job.version}",
            server=identity.server or self._brought_as,
            is_zero_shot=False,
            other_versions=(),
        )

    def cost_bound_usd(self, text: str) -> float:
        """As it says.

        Raises:
            CallRefused: it says something that is no sum of dollars; nothing was asked.
        """
        bound_usd = self._teacher.cost_bound_usd(text)
        if not _is_amount(bound_usd):
            raise self._refuse(f"cost_bound_usd is {bound_usd!r}, and must be dollars, at least 0")
        return bound_usd

    def tokens_bound(self, text: str) -> int:
        """Likewise, in tokens."""
        bound = self._teacher.tokens_bound(text)
        if not _is_amount(bound):
            raise self._refuse(f"tokens_bound is {bound!r}, and must be tokens, at least 0")
        return math.ceil(bound)

    def label(self, text: str) -> TeacherAnswer:
        """Ask, and see that the answer is one.

        Raises:
            CallUnavailable: it failed; a later attempt may succeed.
            CallRefused: it answered with something that cannot be booked.
        """
        try:
            answer = self._teacher.label(text)
        except MRaruError:
            raise
        except Exception as exc:  # whatever the other package does; its message may hold the text
            raise CallUnavailable(
                f"The teacher '{self._brought_as}' failed: {type(exc).__name__}", maybe_billed=True
            ) from exc
        if not isinstance(answer, TeacherAnswer):
            raise self._refuse(f"label gave {type(answer).__name__} in place of TeacherAnswer", maybe_billed=True)
        if not _is_amount(answer.cost_usd):
            raise self._refuse(f"an answer cost {answer.cost_usd!r}, and must cost dollars", maybe_billed=True)
        n_counted = answer.usage.prompt_tokens + answer.usage.completion_tokens
        return replace(
            self._among_labels(answer), booked_tokens=max(answer.booked_tokens, n_counted), from_ledger=False
        )

    def _among_labels(self, answer: TeacherAnswer) -> TeacherAnswer:
        if answer.label is None:
            return replace(answer, no_label_reason=answer.no_label_reason or "the teacher named no label")
        if answer.label in self._job.schema.labels:
            return answer
        reason = f"the teacher named '{answer.label[:40]}', which is no label of this project"
        return replace(answer, label=None, probabilities=None, no_label_reason=reason)

    def _refuse(self, what: str, *, maybe_billed: bool = False) -> CallRefused:
        return CallRefused(f"The teacher '{self._brought_as}' (MRARU_TEACHER): {what}.", maybe_billed=maybe_billed)


def _is_amount(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number >= 0
