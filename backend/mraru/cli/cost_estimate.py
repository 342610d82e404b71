"""`mraru cost estimate`: what the planned budget buys, and what labelling everything would cost. Asks nobody."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from mraru.bootstrap import Services
from mraru.cli.project_lookup import find_project
from mraru.errors import LabelStudioRefused
from mraru.records import LabelSchema, hash_text
from mraru.teaching.cost_estimate import (
    ASSUMED_LABEL_TOKENS,
    ASSUMED_REASON_TOKENS,
    CallEstimate,
    average_call,
    estimate_prompt_tokens,
    plan_calls,
)
from mraru.teaching.openai_teacher import OpenAITeacher


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledTexts:
    n_texts: int  # distinct texts of the project
    n_answered: int  # those that the teacher has been asked about
    sample: tuple[str, ...]


def estimate_costs(services: Services, project_id: int, n_sample: int, console: Console | None = None) -> None:
    """Print tokens and dollars of the planned calls beside those of labelling every text.

    Raises:
        LabelStudioError: the store does not know the project's texts, and Label Studio cannot be asked for them.
        PriceUnknown: the model's price is neither known nor set.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    if not services.settings.uses_llm:
        console.print("No LLM is set: the built-in zero-shot teacher (no LLM) costs nothing.")
        return
    project, schema = find_project(services, project_id)
    texts = _sample_texts(services, project_id, schema, n_sample)
    teacher = services.make_llm_teacher(project, schema, services.store.label_definitions.list_all(project_id))
    try:
        call, basis = _estimate_call(services, teacher, texts.sample)
    finally:
        teacher.close()
    ledger = services.store.ledger
    plan = plan_calls(
        texts.n_texts - texts.n_answered,
        call,
        [
            ("MRARU_MAX", services.budget, ledger.spending(project_id)),
            ("MRARU_TOTAL_MAX", services.total_budget, ledger.total_spending()),
        ],
    )
    table = Table()
    for name in ("", "calls", "prompt tokens", "answer tokens", "cost"):
        table.add_column(name, justify="right" if name else "left")
    table.add_row(*_row("Planned from now on", plan.n_calls, call))
    table.add_row(*_row("Every text by the LLM", texts.n_texts, call))
    console.print(
        f"Estimate for project {project_id} '{project.title}': {texts.n_texts:,} distinct texts, of which the teacher "
        f"was asked about {texts.n_answered:,}; model {teacher.identity.model} at {teacher.identity.server}."
    )
    console.print(table)
    share = plan.n_calls / texts.n_texts
    console.print(f"The plan ends at {plan.limit}: {share:.0%} of the texts, at about ${call.cost_usd:.6f} a call.")
    console.print(basis)
    console.print("Failed calls that are made again, and answers that are asked for once more, come on top.")


def _row(what: str, n_calls: int, call: CallEstimate) -> Iterator[str]:
    yield what
    yield f"{n_calls:,}"
    yield f"about {round(n_calls * call.prompt_tokens):,}"
    yield f"about {round(n_calls * call.answer_tokens):,}"
    yield f"about ${n_calls * call.cost_usd:.4f}"


def _estimate_call(services: Services, teacher: OpenAITeacher, sample: Sequence[str]) -> tuple[CallEstimate, str]:
    """An average call, and in words what it was estimated from."""
    price = services.find_price()
    measured = services.store.costs.measure_usage(teacher.identity)
    if measured is not None:
        tokens_per_bound = measured.prompt_tokens / measured.tokens_bound
        prompts = [teacher.tokens_bound(text) * tokens_per_bound for text in sample]
        answer_tokens = measured.completion_tokens / measured.n_calls
        basis = (
            f"Prompts: {len(sample):,} texts of the project, at the ratio of tokens to size that the server counted "
            f"for {measured.n_calls:,} calls with this prompt. Answers: the average of these calls."
        )
        return average_call(prompts, answer_tokens, price), basis
    bodies = [teacher.plan_request(text) for text in sample]
    n_answers = services.settings.confidence_samples if services.settings.confidence == "samples" else 1
    per_answer = ASSUMED_LABEL_TOKENS + (ASSUMED_REASON_TOKENS if services.settings.explanations else 0)
    # A server that gives one answer at a time is sent the prompt as often.
    prompts = [n_answers / _answers_at_once(body) * estimate_prompt_tokens(body) for body in bodies]
    basis = (
        f"Prompts: those of {len(sample):,} texts of the project, their tokens estimated from their characters, "
        f"rather too many than too few. Answers: {per_answer} tokens each are assumed. After the first calls, what "
        "the server counted takes the place of both."
    )
    return average_call(prompts, n_answers * per_answer, price), basis


def _answers_at_once(body: dict[str, object]) -> int:
    n = body.get("n", 1)
    return n if isinstance(n, int) else 1


def _sample_texts(services: Services, project_id: int, schema: LabelSchema, n_sample: int) -> SampledTexts:
    store = services.store
    draw = random.Random(services.settings.seed)
    hashes = store.tasks.list_text_hashes(project_id)
    if hashes:
        asked = {label.text_hash for label in store.teacher_labels.list_all(project_id)}
        chosen = draw.sample(hashes, min(n_sample, len(hashes)))
        sample = store.tasks.load_texts(project_id, chosen)
        return SampledTexts(
            n_texts=len(hashes), n_answered=len(asked.intersection(hashes)), sample=tuple(sample.values())
        )
    texts = {
        hash_text(task.text): task.text
        for task in services.label_studio(project_id).list_tasks(project_id, schema)
        if task.text.strip()
    }
    if not texts:
        raise LabelStudioRefused(f"Project {project_id} has no task with a text in '{schema.text_field}'.")
    chosen = draw.sample(sorted(texts), min(n_sample, len(texts)))
    return SampledTexts(n_texts=len(texts), n_answered=0, sample=tuple(texts[name] for name in chosen))
