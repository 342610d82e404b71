"""Who drafts definitions, with books and guards around each call."""

from __future__ import annotations

from dataclasses import replace

from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.teachers.guards.booked_calls import BookedCalls, PlannedCall
from mraru.teachers.guards.cached_answers import KeptAnswers
from mraru.teachers.guards.retrying import Retries
from mraru.teachers.guards.server_guard import ServerGuard
from mraru.teachers.side_questions.definition_drafter import DefinitionDrafter
from mraru.teachers.side_questions.definition_question import DefinitionQuestion


class BookedDrafter:
    """A drafter whose calls are booked and guarded as those of teachers are, and no question of which is paid twice."""

    def __init__(
        self,
        drafter: DefinitionDrafter,
        *,
        calls: BookedCalls,
        guard: ServerGuard,
        retries: Retries,
        answers: KeptAnswers,
    ) -> None:
        self._drafter = drafter
        self._calls = calls
        self._guard = guard
        self._retries = retries
        self._answers = answers

    @property
    def identity(self) -> TeacherIdentity:
        return self._drafter.identity

    def cost_bound_usd(self, question: DefinitionQuestion) -> float:
        """The most that is reserved for this question."""
        return self._calls.reserved_usd(self.identity, self._drafter.cost_bound_usd(question))

    def draft(self, question: DefinitionQuestion) -> TeacherAnswer:
        """The draft that was paid for, or a new one.

        Raises:
            WorkInterrupted: the process is to end.
            TeacherUnavailable, TeacherMisconfigured, BudgetExceeded: as of a teacher.
        """
        return self._answers.find_or_ask(
            question.hash, lambda: self.identity, lambda: self._retries.ask(lambda: self._attempt(question))
        )

    def _attempt(self, question: DefinitionQuestion) -> TeacherAnswer:
        tokens = self._calls.reserved_tokens(self.identity, self._drafter.tokens_bound(question))
        return self._guard.ask(tokens, lambda: self._book(question))

    def _book(self, question: DefinitionQuestion) -> TeacherAnswer:
        planned = PlannedCall(
            identity=self.identity,
            question_hash=question.hash,
            cost_bound_usd=self._drafter.cost_bound_usd(question),
            tokens_bound=self._drafter.tokens_bound(question),
        )
        answer = self._calls.make(planned, lambda: self._drafter.draft(question))
        return replace(answer, prompt_version=planned.identity.prompt_version)
