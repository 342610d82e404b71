"""`mraru prompt show`: what the LLM would be sent about a task, and whether it was asked already. Asks nobody."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from mraru.bootstrap import Services
from mraru.cli.project_lookup import find_project, find_task_text
from mraru.quantities import spell_quantity
from mraru.records import TeacherIdentity, TeacherMode, hash_text
from mraru.schema_records import LabelSchema
from mraru.store.ledger.answered_calls import AnsweredCall
from mraru.teachers.llm.openai_teacher import OpenAITeacher
from mraru.teachers.prices.cost_estimate import estimate_prompt_tokens
from mraru.teachers.zero_shot.zero_shot_teacher import TEMPLATE, ZeroShotTeacher


def describe_request(services: Services, project_id: int, task_id: int, *, as_json: bool = False) -> str:
    """The request about a task: messages, answer format, parameters, version, size, earlier answer.

    Args:
        as_json: the request's body alone, as it would be sent; of several teachers an object of bodies by name.

    Raises:
        LabelStudioError: neither the store nor Label Studio has the task.
        PriceUnknown: the model's price is neither known nor set.
    """
    project, schema = find_project(services, project_id)
    text = find_task_text(services, project_id, task_id, schema)
    settings = services.settings
    if settings.brought_teacher is not None:
        return f"{settings.teacher_name} makes its own prompt, which nobody sees here."
    if not settings.uses_llm:
        return _describe_built_in(services, project_id, schema, text)
    about = f"{project_id} '{project.title}', task {task_id}, text {hash_text(text)}"
    teachers = services.llms.make_all(project, schema, services.store.label_definitions.list_all(project_id))
    try:
        if as_json:
            bodies = {
                llm.name: teacher.plan_request(text) for llm, teacher in zip(settings.llms, teachers, strict=True)
            }
            return json.dumps(
                bodies if settings.several_teachers is not None else bodies[settings.llms[0].name], indent=2
            )
        if settings.several_teachers is None:
            return _describe_llm(services, project_id, about, teachers[0], text)
        shown = [
            f"=== {make_printable(llm.name)} ===\n{_describe_llm(services, project_id, about, teacher, text)}"
            for llm, teacher in zip(settings.llms, teachers, strict=True)
        ]
        is_cascade = settings.several_teachers.mode is TeacherMode.CASCADE
        order = "each only where the one before is unsure" if is_cascade else "all are sent"
        return "\n\n".join(
            [f"{make_printable(settings.llm_name)}: {spell_quantity(len(shown), 'request')}, {order}", *shown]
        )
    finally:
        for teacher in teachers:
            teacher.close()


def _describe_llm(services: Services, project_id: int, about: str, teacher: OpenAITeacher, text: str) -> str:
    body = teacher.plan_request(text)
    identity = teacher.identity_of(text)
    factor = services.store.ledger.bound_factor(identity)
    heading = {
        "project": about,
        "model": f"{identity.model} at {identity.server}",
        "prompt version": identity.prompt_version,
        "parameters": ", ".join(f"{name}={json.dumps(value)}" for name, value in _parameters(body).items()),
        "size": f"about {estimate_prompt_tokens(body):,} tokens; at most "
        f"{math.ceil(factor * teacher.tokens_bound(text)):,} tokens and "
        f"${factor * teacher.cost_bound_usd(text):.4f} with the answers, should it be asked again",
        "answered": _describe_answer(services, project_id, identity, text),
    }
    parts = ["\n".join(f"{name + ':':<16}{make_printable(line)}" for name, line in heading.items())]
    parts += [f"--- {message['role']} ---\n{make_printable(str(message['content']))}" for message in _messages(body)]
    parts += [
        f"--- {name} ---\n{json.dumps(body[name], ensure_ascii=False, indent=2)}"
        for name in ("response_format", "tools", "tool_choice")
        if name in body
    ]
    return "\n\n".join(parts)


def make_printable(shown: str) -> str:
    """Control characters written out, so that a text cannot steer the terminal.

    >>> make_printable("a\\x1b[2Jb\\n\\tc\\r")
    'a\\\\x1b[2Jb\\n\\tc\\\\x0d'
    """
    return "".join(
        f"\\x{ord(char):02x}" if unicodedata.category(char) == "Cc" and char not in "\n\t" else char for char in shown
    )


def _describe_built_in(services: Services, project_id: int, schema: LabelSchema, text: str) -> str:
    descriptions = [f"- {TEMPLATE.format(label=choice.described)}" for choice in schema.choices]
    identity = ZeroShotTeacher(services.embedder, schema).identity
    answered = _describe_answer(services, project_id, identity, text)
    return "\n".join(
        [
            "No LLM is set, so nothing is sent: the built-in zero-shot teacher picks the nearest of",
            *descriptions,
            f"answered: {answered}",
        ]
    )


def _messages(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    messages = body["messages"]
    return messages if isinstance(messages, list) else []


def _parameters(body: Mapping[str, object]) -> dict[str, object]:
    shown_apart = ("model", "messages", "response_format", "tools", "tool_choice")
    return {name: value for name, value in body.items() if name not in shown_apart}


def _describe_answer(services: Services, project_id: int, identity: TeacherIdentity, text: str) -> str:
    store = services.store
    asked = [identity, *store.former_prompts.list_former(project_id, identity)]
    found = (store.answered_calls.find(one, hash_text(text)) for one in asked)
    call: AnsweredCall | None = next((call for call in found if call is not None), None)
    if call is None:
        return "not yet"
    at = datetime.fromtimestamp(call.answered_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = f"'{call.label}'" if call.label is not None else "no label"
    if call.is_none_shown:
        return f"none of these labels, on {at} for project {call.project_id}: it would be shown the rest"
    name = store.label_renames.load(project_id).get(call.label or "")
    now = f", which is '{name}' now" if name is not None else ""
    return f"{said}{now}, on {at} for project {call.project_id}: it would not be asked again"
