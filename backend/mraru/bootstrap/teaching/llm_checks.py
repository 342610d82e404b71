"""Checks of the LLMs that are set: one question to each, booked and guarded like every call."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mraru.bootstrap.teaching.llm_factory import LLMFactory, find_llm_price
from mraru.bootstrap.teaching.server_guards import ServerGuards
from mraru.errors import BudgetExceeded, TeacherError, TeacherMisconfigured
from mraru.interfaces import Teacher
from mraru.records import ProjectDescription, TeacherAnswer
from mraru.schema_records import LabelSchema
from mraru.settings import LLMSettings, Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store
from mraru.teachers.servers.server_name import server_name

if TYPE_CHECKING:
    from mraru.teachers.prices.pricing import Price
    from mraru.teachers.side_questions.check_findings import CheckFindings

logger = logging.getLogger(__name__)

MOST_USD = 0.01  # that a check may cost without anybody's consent
ASK_AGAIN_S = 3600.0  # seconds before an LLM that answered a check with no label is checked again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What came of the check of one LLM."""

    llm: LLMSettings
    server: str
    price: Price | None  # None: not known
    bound_usd: float = 0.0  # the most that the check could cost
    answer: TeacherAnswer | None = None
    error: TeacherError | None = None
    is_too_dear: bool = False  # so it was not made

    @property
    def findings(self) -> CheckFindings | None:
        from mraru.teachers.side_questions.check_findings import CheckFindings

        return CheckFindings.load(self.answer.parameters) if self.answer is not None else None

    @property
    def is_passed(self) -> bool:
        return self.answer is not None and self.answer.label is not None

    @property
    def problem(self) -> str:
        """What is wrong and what to do; empty where it passed."""
        if self.is_passed:
            return ""
        if self.error is not None:
            return str(self.error)
        if self.answer is not None:
            return explain_no_label(self.answer.no_label_reason or "no label was named", self.findings)
        return f"Not asked: the check may cost ${self.bound_usd:.4f}, more than a cent. Add --yes to make it."


class LLMChecks:
    """Checks that a person asked for, or that the rounds wait for."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        llms: LLMFactory,
        guards: ServerGuards,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
        began_at: float,
    ) -> None:
        """Nothing is asked.

        Args:
            sleep: waits so many seconds; returns True if the process is to end.
            began_at: when this process began, in seconds since 1970: settings change with a restart alone.
        """
        self._settings = settings
        self._store = store
        self._llms = llms
        self._guards = guards
        self._sleep = sleep
        self._clock = clock
        self._began_at = began_at

    def check(
        self, project_id: int, schema: LabelSchema, llm: LLMSettings, *, most_usd: float, max_attempts: int = 1
    ) -> CheckResult:
        """Ask one LLM one question; the caller holds the project's lease. Failures are in what comes back.

        Args:
            project_id: on which it is booked.
            schema: whose labels it is to choose from.
            most_usd: a check that may cost more is not made.

        Raises:
            WorkInterrupted: the process is to end.
        """
        from mraru.teachers.side_questions.teacher_probe import SEVERAL, make_question

        server = server_name(llm.base_url)
        price = None
        try:
            price = find_llm_price(self._settings, llm)
            bound_usd = 0.0
            for n_answers in (SEVERAL, 1):  # several are tried where the price allows
                with self._open_probe(project_id, schema, llm, n_answers, max_attempts) as probe:
                    question = make_question(schema, secrets.token_hex(4))
                    while (bound_usd := probe.cost_bound_usd(question)) <= most_usd:
                        answer = probe.label(question)
                        if answer.cut_at is None or answer.cut_at >= probe.identity.answer_limit:
                            return CheckResult(llm=llm, server=server, price=price, bound_usd=bound_usd, answer=answer)
            return CheckResult(llm=llm, server=server, price=price, bound_usd=bound_usd, is_too_dear=True)
        except TeacherError as exc:
            return CheckResult(llm=llm, server=server, price=price, error=exc)

    def check_before_rounds(self, project: Project, schema: LabelSchema) -> None:
        """Check each LLM that has never named a label for this project, before a batch of texts goes out.

        A check that the budget has no room for, or that may cost more than a cent, is not made.

        Raises:
            TeacherUnavailable, TeacherMisconfigured, PriceUnknown: a check failed; what to do is said.
            WorkInterrupted: the process is to end.
        """
        if not self._settings.teacher_check:
            return
        for llm in self._settings.llms:
            server = server_name(llm.base_url)
            if self._store.teacher_checks.has_labelled(project.project_id, server, llm.model):
                continue
            self._raise_last_failure(project.project_id, server, llm)
            result = self.check(
                project.project_id,
                schema,
                llm,
                most_usd=MOST_USD,
                max_attempts=self._settings.teacher_max_attempts,
            )
            _log(project.project_id, result)
            if isinstance(result.error, BudgetExceeded) or result.is_too_dear:
                continue
            if result.error is not None:
                raise result.error
            if not result.is_passed:
                raise TeacherMisconfigured(_failed(project.project_id, llm, result.problem))

    def _raise_last_failure(self, project_id: int, server: str, llm: LLMSettings) -> None:
        """An answer that names no label is paid: by itself, the same is asked again after an hour or a restart."""
        from mraru.teachers.side_questions.check_findings import CheckFindings

        for check in self._store.teacher_checks.list_latest(project_id):
            is_same = (check.server, check.model) == (server, llm.model)
            is_fresh = check.at >= max(self._began_at, self._clock() - ASK_AGAIN_S)
            if is_same and is_fresh and check.is_answered and check.problem:
                problem = explain_no_label(check.problem, CheckFindings.load(check.parameters))
                raise TeacherMisconfigured(_failed(project_id, llm, problem))

    @contextmanager
    def _open_probe(
        self, project_id: int, schema: LabelSchema, llm: LLMSettings, n_answers: int, max_attempts: int
    ) -> Iterator[Teacher]:
        from mraru.teachers.guards.budgeted import BudgetedTeacher
        from mraru.teachers.guards.retrying import RetryingTeacher
        from mraru.teachers.side_questions.teacher_probe import TeacherProbe

        nothing = ProjectDescription(
            project_id=project_id,
            title="",
            instruction="",
            label_config="",
            created_at="",
            model_version=None,
            sampling="",
        )
        asked = self._llms.make(nothing, schema, {}, llm)
        try:
            booked = BudgetedTeacher(
                TeacherProbe(asked, lists_models=llm.api_version is None, n_answers=n_answers),
                self._store.ledger,
                project_id=project_id,
                budget=self._settings.budget,
                total_budget=self._settings.total_budget,
            )
            guarded = self._guards.guard_of(llm).wrap(booked)
            yield RetryingTeacher(guarded, max_attempts=max_attempts, sleep=self._sleep)
        finally:
            asked.close()


def explain_no_label(reason: str, findings: CheckFindings | None) -> str:
    """Why an answer named no label, and what to do.

    >>> explain_no_label("the answer is empty", None)
    'It answered, but the answer is empty. Try another MRARU_ANSWER_FORMAT, or another model.'
    """
    if findings is not None and findings.reasoning == "in place of the answer":
        return (
            f"It reasoned and gave no answer: {reason}. Raise MRARU_TEACHER_THINKING_TOKENS, or turn reasoning off at "
            "the server, or take another model."
        )
    if "cut at" in reason:
        return f"It answered, but {reason}. Raise that limit."
    return f"It answered, but {reason}. Try another MRARU_ANSWER_FORMAT, or another model."


def _failed(project_id: int, llm: LLMSettings, problem: str) -> str:
    return (
        f"The check of {llm.name} failed, so no text was sent. {problem} Then run `mraru teacher check {project_id}` "
        f"and, once it passes, `mraru start {project_id}` (MRARU_TEACHER_CHECK=false begins without a check)."
    )


def _log(project_id: int, result: CheckResult) -> None:
    logger.info(
        "project %d: the check of %s %s",
        project_id,
        result.llm.name,
        "passed" if result.is_passed else "was not made or failed",
        extra={"event": "teacher_checked"},
    )
