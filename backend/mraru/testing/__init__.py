"""Laws that every part keeps to that other packages may bring, as classes of tests to inherit from.

For whoever writes one: docs/extending.md shows how. Needs pytest and hypothesis (the extra `test`); nothing of the
product imports it.
"""

from mraru.testing.acceptance_rule_laws import AcceptanceRuleLaws
from mraru.testing.embedder_laws import EmbedderLaws
from mraru.testing.query_strategy_laws import QueryStrategyLaws
from mraru.testing.stopping_criterion_laws import StoppingCriterionLaws
from mraru.testing.student_laws import AnyStudentLaws, StudentLaws
from mraru.testing.teacher_laws import TeacherLaws

__all__ = [
    "AcceptanceRuleLaws",
    "AnyStudentLaws",
    "EmbedderLaws",
    "QueryStrategyLaws",
    "StoppingCriterionLaws",
    "StudentLaws",
    "TeacherLaws",
]
