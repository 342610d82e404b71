"""`mraru teacher check`: one question to each LLM that is set, and what its server understands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Console

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_checks import MOST_USD, CheckResult
from mraru.cli.project_lookup import find_project
from mraru.cli.teacher.prompt_display import make_printable
from mraru.errors import LabelConfigError, LabelStudioError, SettingsError, TeacherMisconfigured
from mraru.records import CHECKS_PROJECT
from mraru.schema_records import LabelSchema
from mraru.settings import LLMSettings
from mraru.teachers.prices.pricing import Price
from mraru.teachers.servers.call_failures import CallRefused, CallUnavailable
from mraru.teachers.side_questions.check_findings import CheckFindings
from mraru.teachers.side_questions.teacher_probe import MADE_UP

NO_LLM = "No LLM is set: the built-in zero-shot teacher labels, which asks no server and needs no check."
NOT_CHECKED = "No LLM is set: a teacher that another package brings is not checked."


def check_teachers(
    services: Services, project_id: int | None, *, yes: bool = False, console: Console | None = None
) -> bool:
    """Ask each LLM, print what it understands, and say whether all passed.

    Args:
        project_id: whose labels it is to choose from and on which it is booked, within its budget and that of all;
            None: two made-up labels, booked on no project.
        yes: also a check that may cost more than a cent.

    Raises:
        ProjectBusy: the worker is in the middle of a round; nothing was asked.
    """
    console = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not services.settings.uses_llm:
        console.print(NO_LLM if services.settings.uses_zero_shot else NOT_CHECKED)
        return True
    schema, note = _find_schema(services, project_id)
    console.print(note)
    booked_on = CHECKS_PROJECT if project_id is None else project_id
    with services.store.hold_to_ask(booked_on):
        results = ask_each_alone(services, booked_on, schema, most_usd=math.inf if yes else MOST_USD)
    for result in results:
        name = result.llm.name if result.llm.name == result.llm.model else f"{result.llm.name}: {result.llm.model}"
        console.print(f"\n{name} at {result.server}: {'works' if result.is_passed else 'does not work'}")
        for fact, said in _describe(services, result, project_id):
            console.print(f"  {fact + ':':<21}{make_printable(said)}")
    return all(result.is_passed for result in results)


def ask_each_alone(
    services: Services, project_id: int, schema: LabelSchema, *, most_usd: float = MOST_USD
) -> list[CheckResult]:
    """Check every LLM; the caller holds the project's lease."""
    return [services.llm_checks.check(project_id, schema, llm, most_usd=most_usd) for llm in services.settings.llms]


def describe_shortly(result: CheckResult, project_id: int) -> str:
    """One line for whoever has just connected a project."""
    who = f"{result.llm.name} at {result.server}"
    if result.answer is None or not result.is_passed:
        if result.is_too_dear:
            return (
                f"{who} was not checked, as that may cost more than a cent: `mraru teacher check {project_id} --yes`."
            )
        return f"The LLM does not work yet. {who}: {result.problem} See `mraru teacher check {project_id}`."
    answer, findings = result.answer, result.findings
    how = f", as {findings.answer_format}" if findings is not None else ""
    doubt = f" Beware: {findings.usage_doubt}." if findings is not None and findings.usage_doubt else ""
    return f"{who} works: it answered in {answer.latency_s:.1f} s{how}, for ${answer.cost_usd:.4f}.{doubt}"


def _find_schema(services: Services, project_id: int | None) -> tuple[LabelSchema, str]:
    made_up = f"two made-up labels, {' and '.join(MADE_UP.labels)}"
    if project_id is None:
        return MADE_UP, f"One question to each LLM, about {made_up}; booked on no project."
    try:
        project, schema = find_project(services, project_id)
    except (LabelStudioError, LabelConfigError, SettingsError) as exc:
        return MADE_UP, (
            f"One question to each LLM, booked on project {project_id}, about {made_up}, as the project's own are not "
            f"known: {exc}"
        )
    return schema, f"One question to each LLM, about the labels of project {project_id} '{project.title}'."


def _describe(services: Services, result: CheckResult, project_id: int | None) -> Iterator[tuple[str, str]]:
    yield "reachable", _say_reachable(result)
    yield "key", _say_key(result)
    if result.answer is not None:
        yield "answer", _say_answer(result)
    if result.findings is not None:
        yield from _list_findings(result.findings)
    if result.answer is not None:
        usage, doubt = result.answer.usage, result.findings.usage_doubt if result.findings is not None else ""
        counted = f"{usage.prompt_tokens:,} for the prompt, {usage.completion_tokens:,} for the answers"
        yield "tokens", f"{counted}; {f'not to be believed: {doubt}' if doubt else 'believable'}"
    if result.price is not None:
        yield "price", _say_price(services, result.llm, result.price)
    if result.answer is not None:
        whose = "no project" if project_id is None else f"project {project_id}"
        yield "cost", f"${result.answer.cost_usd:.6f}, at most ${result.bound_usd:.4f}; booked on {whose}"
    if not result.is_passed:
        yield "what to do", result.problem


def _say_reachable(result: CheckResult) -> str:
    error = result.error
    if result.answer is not None or isinstance(error, CallRefused):
        return "yes"
    if isinstance(error, CallUnavailable):
        return "not in time, or it is busy" if error.maybe_billed or "cannot be reached" not in str(error) else "no"
    return "not asked"


def _say_key(result: CheckResult) -> str:
    if result.llm.api_key is None:
        return "none is set" + (", and none is asked for" if result.answer is not None else "")
    if result.answer is not None:
        return "accepted"
    is_refused = isinstance(result.error, TeacherMisconfigured) and "check OPENAI_API_KEY" in str(result.error)
    return "refused" if is_refused else "not known"


def _say_answer(result: CheckResult) -> str:
    answer = result.answer
    assert answer is not None
    said = f"'{answer.label}'" if answer.label is not None else f"no label ({answer.no_label_reason})"
    by = result.findings.answered_by if result.findings is not None else ""
    return f"{said} in {answer.latency_s:.1f} s{f', by {by}' if by else ''}"


def _list_findings(findings: CheckFindings) -> Sequence[tuple[str, str]]:
    return [
        ("answer format", findings.answer_format),
        ("reasoning", f"yes, {findings.reasoning}" if findings.reasoning else "none that shows"),
        (
            "token probabilities",
            "given" if findings.gives_logprobs else "not given: MRARU_CONFIDENCE=logprobs finds none",
        ),
        ("several answers", _say_n(findings.takes_n)),
        ("limit of answers", findings.limit_name),
        ("temperature", "taken" if findings.takes_temperature else "refused: the same text may get another answer"),
        ("context", f"{findings.context_tokens:,} tokens" if findings.context_tokens else "not told"),
    ]


def _say_n(takes_n: bool | None) -> str:
    if takes_n is None:
        return "not tried, to stay within a cent"
    return "at once (n)" if takes_n else "one a request: MRARU_CONFIDENCE=samples asks more often"


def _say_price(services: Services, llm: LLMSettings, price: Price) -> str:
    prompts, answers = f"${price.input_usd_per_mtok:g}", f"${price.output_usd_per_mtok:g}"
    source = _say_source(services, llm)
    return f"{prompts} per million prompt tokens, {answers} per million answer tokens, {source}"


def _say_source(services: Services, llm: LLMSettings) -> str:
    """Where a price is from."""
    where = "in MRARU_TEACHERS_FILE or the settings" if services.settings.teachers_file else "in the settings"
    are_set = [price is not None for price in (llm.input_usd_per_mtok, llm.output_usd_per_mtok)]
    if all(are_set):
        return f"as set {where}"
    published = "as published for this server (package genai-prices)"
    return f"one as set {where}, the other {published}" if any(are_set) else published
