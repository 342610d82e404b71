"""`mraru cost estimate`: what the planned budget buys, and what labelling everything would cost. Asks nobody."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.cli.money.label_room import describe_label_room
from mraru.cli.money.rest_calls import add_rest
from mraru.cli.project_lookup import find_project
from mraru.errors import LabelStudioRefused
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.quantities import spell_quantity
from mraru.records import TeacherMode, hash_text
from mraru.schema_records import LabelSchema
from mraru.settings import LLMSettings, Settings
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.cost_estimate import (
    ASSUMED_LABEL_TOKENS,
    ASSUMED_REASON_TOKENS,
    CallEstimate,
    PlannedCalls,
    add_calls,
    average_call,
    estimate_prompt_tokens,
    plan_calls,
)

LEAST_MEASURED = 20  # texts of a cascade before its shares are believed


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledTexts:
    n_texts: int  # distinct texts of the project
    n_answered: int  # those that the teacher has been asked about
    n_known: int  # these, and those that people labelled: the teacher is not asked about them any more
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an average text takes if things go one way."""

    suffix: str  # to the names of rows; empty where there is one way
    per_text: CallEstimate


def estimate_costs(services: Services, project_id: int, n_sample: int, console: Console | None = None) -> None:
    """Print tokens and dollars of the planned calls beside those of labelling every text.

    Raises:
        LabelStudioError: the store does not know the project's texts, and Label Studio cannot be asked for them.
        PriceUnknown: the model's price is neither known nor set.
    """
    console = console or Console(highlight=False, markup=False, emoji=False)
    if services.settings.brought_teacher is not None:
        console.print(
            f"{services.settings.teacher_name} says what it costs with each answer, so that cannot be estimated; no "
            "call passes the budget."
        )
        return
    if not services.settings.uses_llm:
        console.print("No LLM is set: the built-in zero-shot teacher (no LLM) costs nothing.")
        return
    project, schema = find_project(services, project_id)
    texts = _sample_texts(services, project_id, schema, n_sample)
    definitions = services.store.label_definitions.list_all(project_id)
    teachers = services.llms.make_all(project, schema, definitions, stand_ins=texts.sample)
    try:
        estimates = [
            add_rest(services, llm, teacher, texts.sample, *_estimate_call(services, llm, teacher, texts.sample))
            for llm, teacher in zip(services.settings.llms, teachers, strict=True)
        ]
        cases, note = _list_cases(services, project_id, teachers, schema, [call for call, _ in estimates])
        asked = ", ".join(f"{teacher.identity.model} at {teacher.identity.server}" for teacher in teachers)
    finally:
        for teacher in teachers:
            teacher.close()
    ledger = services.store.ledger
    caps = [
        ("MRARU_MAX", services.budget_of(project_id), ledger.spending(project_id)),
        ("MRARU_TOTAL_MAX", services.settings.total_budget, ledger.total_spending()),
    ]
    settings, n_labels = services.settings_for(project_id), len(schema.choices)
    room = _count_round_room(services, project_id, settings, n_labels)
    plans = [limit_by_rounds(plan_calls(texts.n_texts - texts.n_known, case.per_text, caps), room) for case in cases]
    table = Table()
    for name in ("", "calls", "prompt tokens", "answer tokens", "cost"):
        table.add_column(name, justify="right" if name else "left")
    for case, plan in zip(cases, plans, strict=True):
        table.add_row(*_row(f"Planned from now on{case.suffix}", plan.n_texts, case.per_text))
    for case in cases:
        table.add_row(*_row(f"Every text by the LLM{case.suffix}", texts.n_texts, case.per_text))
    several = services.settings.several_teachers
    console.print(
        f"Estimate for project {project_id} '{project.title}': {texts.n_texts:,} distinct texts, of which the teacher "
        f"was asked about {texts.n_answered:,}; {'model' if several is None else several.mode + ' of'} {asked}."
    )
    console.print(table)
    for case, plan in zip(cases, plans, strict=True):
        share = plan.n_texts / texts.n_texts
        per = "a call" if several is None and case.per_text.n_calls == 1 else "a text"
        console.print(
            f"The plan{case.suffix} ends at {plan.limit}: {share:.0%} of the texts, at about "
            f"${case.per_text.cost_usd:.6f} {per}."
        )
    if note:
        console.print(note)
    for llm, (_, basis) in zip(services.settings.llms, estimates, strict=True):
        console.print(basis if several is None else f"{llm.name}: {basis}")
    if services.settings.few_shot:
        console.print(_explain_examples(services, project_id, schema))
    for line in describe_label_room(
        project_id, n_labels, settings.seeding_limit_of(n_labels), cases[-1].per_text, caps
    ):
        console.print(line)
    console.print("Failed calls that are made again, and answers that are asked for once more, come on top.")
    factor = services.settings.batch_price_factor
    console.print(f"By batch jobs (MRARU_BATCH_API), where the server offers them, it is about {factor:.0%} of that.")


def limit_by_rounds(plan: PlannedCalls, room: tuple[int, str] | None) -> PlannedCalls:
    """The plan as far as the rounds go.

    Args:
        room: texts that they have room for, and the setting; None: any number.

    >>> limit_by_rounds(PlannedCalls(n_texts=100, limit="MRARU_MAX_CALLS"), (75, "MRARU_MAX_ROUNDS"))
    PlannedCalls(n_texts=75, limit='MRARU_MAX_ROUNDS')
    """
    if room is None or room[0] >= plan.n_texts:
        return plan
    return PlannedCalls(n_texts=room[0], limit=room[1])


def _count_round_room(services: Services, project_id: int, settings: Settings, n_labels: int) -> tuple[int, str] | None:
    """How many texts the rounds that are left ask about, seeding at its most, and what limits them."""
    if settings.max_rounds is None:
        return None
    store = services.store
    project = store.projects.get(project_id)
    n_done = sum(round_.is_sampled for round_ in store.rounds.list_all(project_id))
    n_texts = max(0, settings.max_rounds - n_done) * settings.batch_size
    if project is not None and project.is_seeded:
        return n_texts, "MRARU_MAX_ROUNDS"
    return n_texts + settings.seeding_limit_of(n_labels), "MRARU_MAX_ROUNDS, with all that seeding may ask about"


def _list_cases(
    services: Services,
    project_id: int,
    teachers: Sequence[OpenAITeacher],
    schema: LabelSchema,
    calls: Sequence[CallEstimate],
) -> tuple[list[Case], str]:
    """What an average text may cost, and in words why that is not one figure."""
    several = services.settings.several_teachers
    n_members = len(calls)
    every = Case(suffix="", per_text=add_calls(calls, [1.0] * n_members))
    if several is None or several.mode is not TeacherMode.CASCADE:
        return [every], ""
    identity = services.teachers.join(teachers, schema).identity
    n_asked = [
        len(row.votes)
        for row in services.store.teacher_labels.list_all(project_id)
        if (row.model, row.prompt_version) == (identity.model, identity.prompt_version)
    ]
    if len(n_asked) < LEAST_MEASURED:
        return [
            Case(suffix=", none passed on", per_text=add_calls(calls, [1.0] + [0.0] * (n_members - 1))),
            Case(suffix=", all passed on", per_text=every.per_text),
        ], (
            "Nobody knows yet on how many texts the first teacher is unsure: the cost lies between these. After "
            f"{LEAST_MEASURED} texts, the share that was passed on so far takes the place of both."
        )
    shares = [sum(n > position for n in n_asked) / len(n_asked) for position in range(n_members)]
    passed_on = ", ".join(
        f"{share:.0%} to {llm.name}" for llm, share in zip(services.settings.llms[1:], shares[1:], strict=True)
    )
    return [Case(suffix="", per_text=add_calls(calls, shares))], (
        f"Of the {len(n_asked):,} texts so far, as many were passed on: {passed_on}. M-RARU picks hard ones, so of "
        "every text fewer would be. If all were passed on, a text would cost about "
        f"${every.per_text.cost_usd:.6f}."
    )


def _row(what: str, n_texts: int, per_text: CallEstimate) -> Iterator[str]:
    yield what
    yield f"{round(n_texts * per_text.n_calls):,}"
    yield f"about {round(n_texts * per_text.prompt_tokens):,}"
    yield f"about {round(n_texts * per_text.answer_tokens):,}"
    yield f"about ${n_texts * per_text.cost_usd:.4f}"


def _estimate_call(
    services: Services, llm: LLMSettings, teacher: OpenAITeacher, sample: Sequence[str]
) -> tuple[CallEstimate, str]:
    """An average call, and in words what it was estimated from."""
    price = find_llm_price(services.settings, llm)
    n_examples = services.settings.few_shot
    measured = services.store.costs.measure_usage(teacher.identity, n_examples)
    if measured is not None:
        with_examples = f" and {spell_quantity(n_examples, 'example')}" if n_examples else ""
        tokens_per_bound = measured.prompt_tokens / measured.tokens_bound
        prompts = [teacher.tokens_bound(text) * tokens_per_bound for text in sample]
        answer_tokens = measured.completion_tokens / measured.n_calls
        basis = (
            f"Prompts: {spell_quantity(len(sample), 'text')} of the project, at the ratio of tokens to size "
            "that the server counted "
            f"for {spell_quantity(measured.n_calls, 'call')} with this prompt{with_examples}. Answers: the "
            "average of these calls."
        )
        return average_call(prompts, answer_tokens, price), basis
    bodies = [teacher.plan_request(text) for text in sample]
    n_answers = services.settings.confidence_samples if llm.confidence == "samples" else 1
    per_answer = ASSUMED_LABEL_TOKENS + (ASSUMED_REASON_TOKENS if services.settings.explanations else 0)
    # A server that gives one answer at a time is sent the prompt as often.
    prompts = [n_answers / _answers_at_once(body) * estimate_prompt_tokens(body) for body in bodies]
    shown = f" with {spell_quantity(n_examples, 'example')} each" if n_examples else ""
    basis = (
        f"Prompts: those of {spell_quantity(len(sample), 'text')} of the project{shown}, their tokens estimated "
        "from their characters, "
        "rather too many than too few."
    )
    answered = services.store.costs.measure_usage(teacher.identity)  # without as many examples as are configured
    if answered is not None:
        basis += f" Answers: the average of {spell_quantity(answered.n_calls, 'call')} with fewer examples."
        return average_call(prompts, answered.completion_tokens / answered.n_calls, price), basis
    basis += (
        f" Answers: {per_answer} tokens each are assumed. After the first calls{shown}, what the server counted takes "
        "the place of both."
    )
    return average_call(prompts, n_answers * per_answer, price), basis


def _explain_examples(services: Services, project_id: int, schema: LabelSchema) -> str:
    """How the examples are counted in; people may not have labelled as many yet."""
    n_examples, n_gold = services.settings.few_shot, len(read_labelled_set(services.store, project_id, schema).gold)
    if n_gold > n_examples:
        return (
            f"Each prompt is counted with {spell_quantity(n_examples, 'example')} (MRARU_FEW_SHOT) of what "
            "people labelled."
        )
    return (
        f"Each prompt is counted with {spell_quantity(n_examples, 'example')} (MRARU_FEW_SHOT). People have labelled "
        f"{spell_quantity(n_gold, 'text')} so far, so texts of the project stand in for the rest; calls made "
        "before people have labelled as many cost less."
    )


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
            n_texts=len(hashes),
            n_answered=len(asked.intersection(hashes)),
            n_known=len(read_labelled_set(store, project_id, schema).known.intersection(hashes)),
            sample=tuple(sample.values()),
        )
    texts = {
        hash_text(task.text): task.text
        for task in services.label_studio(project_id).list_tasks(project_id, schema)
        if task.text.strip()
    }
    if not texts:
        raise LabelStudioRefused(f"Project {project_id} has no task with a text in '{schema.text_field}'.")
    chosen = draw.sample(sorted(texts), min(n_sample, len(texts)))
    return SampledTexts(n_texts=len(texts), n_answered=0, n_known=0, sample=tuple(texts[name] for name in chosen))
