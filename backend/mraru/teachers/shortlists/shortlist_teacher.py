"""A teacher that is shown the labels nearest to a text first, and the others where none of these fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mraru.interfaces import Teacher
from mraru.records import TeacherAnswer, TeacherIdentity, Usage
from mraru.teachers.shortlists.label_pages import LabelPages
from mraru.teachers.shortlists.page_answers import read_shown, wants_rest


class ShortlistTeacher:
    """Asks one teacher up to `MOST_CALLS` times about a text, each time with labels that were not shown yet.

    No ledger and no budget goes around it: each call has its own, so it is capped, retried and paid for by itself.
    Where the process ends between two calls, or the budget leaves no room for the second, the answer to the first
    stays in the ledger; asked about again, the text costs the second call alone.
    """

    def __init__(self, calls: Sequence[Teacher], pages: LabelPages) -> None:
        """Ask nothing yet.

        Args:
            calls: the teacher of the first call, the second and so on, with all that stands around each.
            pages: the same that the teachers show.
        """
        self._calls = tuple(calls)
        self._pages = pages

    @property
    def identity(self) -> TeacherIdentity:
        """Of the first call; its label is this teacher's, whichever call it came of."""
        return self._calls[0].identity

    @property
    def identities(self) -> tuple[TeacherIdentity, ...]:
        """Of each call, as the ledger has it."""
        return tuple(teacher.identity for teacher in self._calls)

    def identity_of(self, text: str) -> TeacherIdentity:
        """Of the first call."""
        return self._calls[0].identity_of(text)

    def cost_bound_usd(self, text: str) -> float:
        """The most that all calls together can cost."""
        return sum(teacher.cost_bound_usd(text) for teacher in self._calls)

    def tokens_bound(self, text: str) -> int:
        """The most tokens that all calls together can use."""
        return sum(teacher.tokens_bound(text) for teacher in self._calls)

    def label(self, text: str) -> TeacherAnswer:
        """Ask until a label is named, or none is left that could be shown; raises what the teachers raise."""
        answers: list[TeacherAnswer] = []
        for n_before, teacher in enumerate(self._calls):
            self._note_shown(text, n_before, answers)
            answers.append(teacher.label(text))
            if not wants_rest(answers[-1]):
                break
        return _sum_up(answers)

    def recall(self, text: str, find: Callable[[TeacherIdentity], TeacherAnswer | None]) -> TeacherAnswer | None:
        """The answer that was given earlier, without asking; None where a call is to be made.

        Args:
            find: what the ledger holds of a prompt about the text.
        """
        answers: list[TeacherAnswer] = []
        for n_before, teacher in enumerate(self._calls):
            self._note_shown(text, n_before, answers)
            known = find(teacher.identity_of(text))
            if known is None:
                return None
            answers.append(known)
            if not wants_rest(known):
                break
        return _sum_up(answers)

    def _note_shown(self, text: str, n_before: int, answers: Sequence[TeacherAnswer]) -> None:
        if answers:
            self._pages.exclude(text, n_before, {label for answer in answers for label in read_shown(answer)})


def _sum_up(answers: Sequence[TeacherAnswer]) -> TeacherAnswer:
    """The last answer, with what was paid now for all of them."""
    last = answers[-1]
    return replace(
        last,
        usage=Usage(
            prompt_tokens=sum(answer.usage.prompt_tokens for answer in answers),
            completion_tokens=sum(answer.usage.completion_tokens for answer in answers),
        ),
        booked_tokens=sum(answer.booked_tokens for answer in answers),
        cost_usd=sum(answer.cost_usd for answer in answers),
        latency_s=sum(answer.latency_s for answer in answers),
        from_ledger=all(answer.from_ledger for answer in answers),
        prompt_version=answers[0].prompt_version,
    )
