"""Laws that every student, query strategy and acceptance rule keeps to, as classes of tests to inherit from.

For whoever writes one: docs/extending.md shows how. Needs pytest and hypothesis (the extra `test`); nothing of the
product imports it.
"""

from mraru.testing.acceptance_rule_laws import AcceptanceRuleLaws
from mraru.testing.query_strategy_laws import QueryStrategyLaws
from mraru.testing.student_laws import StudentLaws

__all__ = ["AcceptanceRuleLaws", "QueryStrategyLaws", "StudentLaws"]
