"""What `mraru connect` says of a project's texts before anything is registered: three of them, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Protocol

from rich.console import Console

from mraru.bootstrap import Services
from mraru.bootstrap.teaching.llm_factory import find_llm_price
from mraru.cli.money.label_room import describe_label_room, describe_shortlists
from mraru.cli.teacher.prompt_display import make_printable
from mraru.errors import PriceUnknown, TextsUnfit
from mraru.interfaces import LabelStudio
from mraru.labelstudio.texts.text_check import MOST_LOOKED_AT, check_tasks, cut_to_line
from mraru.quantities import spell_quantity
from mraru.records import ProjectDescription, TaskText
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.teachers.prices.cost_estimate import ASSUMED_LABEL_TOKENS, average_call, estimate_prompt_tokens
from mraru.teachers.prompting.token_counting import shorten_text

N_SHOWN = 3  # texts
WIDTH = 100  # characters of a text that is shown


class ProjectTasks(LabelStudio, Protocol):
    """What is asked of Label Studio here."""

    def list_fields(self, project_id: int) -> tuple[str, ...]: ...


def preview_texts(
    services: Services,
    client: ProjectTasks,
    project: ProjectDescription,
    schema: LabelSchema,
    console: Console,
    *,
    force: bool,
) -> str | None:
    """Show some texts as the teacher will be asked about them, and what it may cost.

    Args:
        force: go on where it would be refused.

    Returns:
        What was found to speak against it, and is overruled.

    Raises:
        TextsUnfit: money would be spent on what are no texts.
        LabelStudioError: Label Studio cannot be reached, or refuses.
    """
    fetched = partial(services.store.tasks.load_fetched, project.project_id) if services.has_store else None
    tasks = list(islice(client.list_tasks(project.project_id, schema, fetched), MOST_LOOKED_AT))
    shown = _choose_shown(tasks)
    fields = () if shown else client.list_fields(project.project_id)
    settings = services.settings_for(project.project_id) if services.has_store else services.settings
    checked = check_tasks(
        tasks, schema, fields, is_cut=lambda text: shorten_text(text, settings.max_text_tokens) != text
    )
    if checked.refusal is not None and not force:
        raise TextsUnfit(
            f"{make_printable(checked.refusal)} Nothing was registered or asked. To connect it all the same: "
            f"`mraru connect {project.project_id} --force`."
        )
    for line in (*_describe_texts(tasks, shown), *_describe_cost(services, settings, project, schema, shown)):
        console.print(f"- {line}")
    for sentence in (*((checked.refusal,) if checked.refusal else ()), *checked.warnings):
        console.print(f"! {make_printable(sentence)}")
    return checked.refusal


def _choose_shown(tasks: Sequence[TaskText]) -> list[TaskText]:
    """The first tasks with different texts."""
    by_text: dict[str, TaskText] = {}
    for task in tasks:
        if task.text.strip():
            by_text.setdefault(task.text, task)
    return list(by_text.values())[:N_SHOWN]


def _describe_texts(tasks: Sequence[TaskText], shown: Sequence[TaskText]) -> list[str]:
    if not tasks:
        return ["It has no tasks yet: their texts are looked at before the first round."]
    which = "the first" if len(tasks) == MOST_LOOKED_AT else "all"
    n_looked_at = f"{which} {len(tasks):,} tasks" if len(tasks) != 1 else "its only task"
    lines = [f"Looked at {n_looked_at}. As the teacher will be asked:"] if shown else []
    return [*lines, *(f"  task {task.task_id}: {make_printable(cut_to_line(task.text, WIDTH))}" for task in shown)]


def _describe_cost(
    services: Services, settings: Settings, project: ProjectDescription, schema: LabelSchema, shown: Sequence[TaskText]
) -> list[str]:
    """What the calls may cost together, and how large the first one is."""
    if not settings.uses_llm:
        return []
    caps = f"{spell_quantity(settings.max_calls, 'call')} and ${settings.max_cost_usd:.2f}"
    lines = [f"The LLM, {settings.llm_name}, may be asked up to {caps}: no call passes either."]
    if not shown or not services.has_store:
        return lines
    first = shown[0]
    try:
        teachers = services.llms.make_all(
            project, schema, services.store.label_definitions.list_all(project.project_id)
        )
    except PriceUnknown as exc:
        return [*lines, str(exc)]
    try:
        n_tokens = estimate_prompt_tokens(teachers[0].plan_request(first.text))
        price = find_llm_price(settings, settings.llms[0])
        factor = services.store.ledger.bound_factor(teachers[0].identity)
        bound_usd = factor * teachers[0].cost_bound_usd(first.text)
    finally:
        for teacher in teachers:
            teacher.close()
    ledger = services.store.ledger
    budgets = [
        ("MRARU_MAX", services.budget_of(project.project_id), ledger.spending(project.project_id)),
        ("MRARU_TOTAL_MAX", settings.total_budget, ledger.total_spending()),
    ]
    n_labels = len(schema.choices)
    shortlists = describe_shortlists(settings, schema)
    return [
        *lines,
        *([shortlists] if shortlists else []),
        *describe_label_room(
            project.project_id,
            n_labels,
            settings.seeding_limit_of(n_labels),
            average_call([n_tokens], ASSUMED_LABEL_TOKENS, price),
            budgets,
        ),
        f"The prompt about task {first.task_id} has about {n_tokens:,} tokens, and its call costs ${bound_usd:.4f} at "
        f"most, should it be asked again included; `mraru prompt show {project.project_id} --task {first.task_id}` "
        "prints it.",
    ]
