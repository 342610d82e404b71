"""The ledger of all as one project reads it: what was paid for under a label's former name is an answer, too."""

from __future__ import annotations

from dataclasses import replace

from mraru.budget_records import Budget
from mraru.interfaces import Ledger
from mraru.records import TeacherAnswer, TeacherIdentity
from mraru.store.labels.label_renames import LabelRenameRepository, rename_shares
from mraru.store.ledger.former_prompts import FormerPromptRepository


class ProjectLedger:
    """A `Ledger` as one project reads it: answers to its former prompts count, under the labels' present names.

    What is booked goes into the ledger of all.
    """

    def __init__(
        self,
        ledger: Ledger,
        former_prompts: FormerPromptRepository,
        label_renames: LabelRenameRepository,
        project_id: int,
    ) -> None:
        self._ledger = ledger
        self._former_prompts = former_prompts
        self._label_renames = label_renames
        self._project_id = project_id

    def find_answer(self, identity: TeacherIdentity, text_hash: str) -> TeacherAnswer | None:
        """The answer to this prompt, else to one that differs from it in a renamed label alone."""
        found = self._ledger.find_answer(identity, text_hash)
        if found is None:
            for former in self._former_prompts.list_former(self._project_id, identity):
                found = found or self._ledger.find_answer(former, text_hash)
        if found is None or found.label is None:
            return found
        renames = self._label_renames.load(self._project_id)
        shares = found.probabilities
        return replace(
            found,
            label=renames.get(found.label, found.label),
            probabilities=tuple(rename_shares(shares, renames).items()) if shares is not None else None,
        )

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
        """See `Ledger.reserve`."""
        return self._ledger.reserve(
            project_id=project_id,
            identity=identity,
            text_hash=text_hash,
            cost_bound_usd=cost_bound_usd,
            tokens_bound=tokens_bound,
            budget=budget,
            total_budget=total_budget,
            with_headroom=with_headroom,
        )

    def is_under_way(self, identity: TeacherIdentity, text_hash: str) -> bool:
        """See `Ledger.is_under_way`."""
        return self._ledger.is_under_way(identity, text_hash)

    def bound_factor(self, identity: TeacherIdentity) -> float:
        """See `Ledger.bound_factor`."""
        return self._ledger.bound_factor(identity)

    def settle(self, call_id: int, answer: TeacherAnswer) -> None:
        """See `Ledger.settle`."""
        self._ledger.settle(call_id, answer)

    def release(self, call_id: int, error: str) -> None:
        """See `Ledger.release`."""
        self._ledger.release(call_id, error)

    def forfeit(self, call_id: int, error: str) -> None:
        """See `Ledger.forfeit`."""
        self._ledger.forfeit(call_id, error)
