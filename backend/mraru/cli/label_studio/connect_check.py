"""The check of the LLMs that `mraru connect` makes, before the worker may begin; it undoes nothing."""

from __future__ import annotations

from contextlib import ExitStack

from mraru.bootstrap import Services
from mraru.cli.teacher.teacher_check import ask_each_alone, describe_shortly
from mraru.errors import ProjectBusy
from mraru.schema_records import LabelSchema


class ConnectCheck:
    """Asks each LLM that is set one question, and keeps in words what came of it."""

    def __init__(self, services: Services, project_id: int, schema: LabelSchema, *, is_wanted: bool) -> None:
        """Ask nothing yet.

        Args:
            is_wanted: nobody said that there is to be no check.
        """
        self._services = services
        self._project_id = project_id
        self._schema = schema
        self._is_wanted = is_wanted and services.settings.uses_llm and services.settings.teacher_check
        self.lines: list[str] = []

    def run(self, *, is_alone: bool) -> None:
        """Ask, unless nobody wants it or the budget is 0.

        Args:
            is_alone: the caller holds the project's lease; else it is taken here, if that can be had.
        """
        if not self._is_wanted:
            return
        budget = self._services.budget_of(self._project_id)
        if budget.max_calls == 0 or budget.max_cost_usd == 0:
            self.lines.append("The LLM was not checked: the project's budget is 0.")
            return
        with ExitStack() as stack:
            if not is_alone:
                try:
                    stack.enter_context(self._services.store.leases.hold(self._project_id))
                except ProjectBusy:
                    self.lines.append("The LLM is checked before the first round: the worker is at work already.")
                    return
            results = ask_each_alone(self._services, self._project_id, self._schema)
        self.lines += [describe_shortly(result, self._project_id) for result in results]
